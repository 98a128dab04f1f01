using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using IdP.Protocol.Changes;
using IdP.Protocol.Discovery;
using IdP.Protocol.LocalApi;
using IdP.Protocol.Logos;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Clients;

/// <summary>
/// Clients and resources in memory, so that the hot paths ask the database nothing. A change made on this node is seen at once (<see cref="ChangeAnnouncer"/>), one made on
/// another node when it is heard of (<see cref="ChangeFollower"/>), otherwise after <see cref="ChangeFeed.Lifetime"/>. What it returns is shared: never change it.
/// </summary>
public sealed class Catalog(IServiceScopeFactory scopes, ChangeFeed feed, IssuerUrl issuer, TimeProvider clock) : IDisposable
{
    private const int MaxClients = 10_000;

    private readonly ConcurrentDictionary<string, Entry<Client?>> _clients = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, Entry<Client?>> _byKey = new();
    private readonly ConcurrentDictionary<(string ClientId, int Generation), Lazy<Task<Client?>>> _loads = new();
    private readonly SemaphoreSlim _loading = new(1, 1);
    private volatile Entry<ResourceSet>? _resources;
    private int _generation;

    /// <summary>Another number after each change that this node made or heard of.</summary>
    public int Version => Volatile.Read(ref _generation);

    /// <summary>
    /// The client, enabled or not; null when unknown. Unknown ids are not remembered, because strangers could fill the memory with them, but for the names of APIs: one that
    /// introspects is asked for as a client first.
    /// </summary>
    public async ValueTask<Client?> FindClientAsync(string clientId, CancellationToken ct)
    {
        // PostgreSQL refuses text with NUL, and no client id has one.
        if (clientId.Length > 200 || clientId.Contains('\0')) return null;
        if (_clients.TryGetValue(clientId, out var entry) && IsFresh(entry)) return entry.Value;

        // Whoever misses the same client at the same time waits for one reading of it; whoever gives up leaves it to the others.
        var load = _loads.GetOrAdd((clientId, Version), key => new(() => LoadOnceAsync(key)));
        return await load.Value.WaitAsync(ct);
    }

    public async ValueTask<Client?> FindClientByKeyAsync(Guid key, CancellationToken ct)
    {
        if (_byKey.TryGetValue(key, out var entry) && IsFresh(entry)) return entry.Value;

        return await LoadAsync(clients => clients.Where(c => c.Id == key), Now(), ct);
    }

    public async IAsyncEnumerable<Client> FindClientsByPostLogoutRedirectUriAsync(string uri, [EnumeratorCancellation] CancellationToken ct)
    {
        if (uri.Contains('\0')) yield break;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DbContext>();
        await foreach (var found in WithLogo(db, clients => clients.Where(c => c.Enabled && c.PostLogoutRedirectUris.Contains(uri))).AsAsyncEnumerable().WithCancellation(ct))
            yield return found.ToClient();
    }

    /// <summary>Scopes, APIs and allowed browser origins, as one consistent snapshot.</summary>
    public async ValueTask<ResourceSet> GetResourcesAsync(CancellationToken ct)
    {
        if (_resources is { } current && IsFresh(current)) return current.Value;

        await _loading.WaitAsync(ct);
        try
        {
            if (_resources is { } fresh && IsFresh(fresh)) return fresh.Value;
            var stamp = Now();
            await using var scope = scopes.CreateAsyncScope();
            var loaded = await ResourceSet.LoadAsync(scope.ServiceProvider.GetRequiredService<DbContext>(), issuer.Of(AccountResource.Path), ct);
            _resources = new(loaded, stamp);
            return loaded;
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>The snapshot in memory while it counts, otherwise null: what was made from another one is out of date. Asks the database nothing.</summary>
    internal ResourceSet? Remembered => _resources is { } current && IsFresh(current) ? current.Value : null;

    /// <summary>Raised after a change that this node made or heard of; whoever listens must be quick.</summary>
    internal event Action? Changed;

    public void Invalidate()
    {
        Interlocked.Increment(ref _generation);
        _clients.Clear();
        _byKey.Clear();
        _resources = null;
        Changed?.Invoke();
    }

    public void Dispose() => _loading.Dispose();

    private async Task<Client?> LoadOnceAsync((string ClientId, int Generation) key)
    {
        await Task.Yield(); // SQLite reads synchronously, and those who wait shall not hold a thread for it
        try
        {
            var stamp = Now();
            var client = await LoadAsync(clients => clients.Where(c => c.ClientId == key.ClientId), stamp, CancellationToken.None);
            if (client is null && _resources?.Value.ApiResources.ContainsKey(key.ClientId) is true) _clients[key.ClientId] = new(null, stamp);
            return client;
        }
        finally
        {
            _loads.TryRemove(key, out _);
        }
    }

    private async Task<Client?> LoadAsync(Func<IQueryable<Client>, IQueryable<Client>> filter, Stamp stamp, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        if (await WithLogo(scope.ServiceProvider.GetRequiredService<DbContext>(), filter).SingleOrDefaultAsync(ct) is not { } found) return null;
        var client = found.ToClient();

        if (_clients.Count >= MaxClients)
        {
            _clients.Clear();
            _byKey.Clear();
        }
        _clients[client.ClientId] = _byKey[client.Id] = new(client, stamp);
        return client;
    }

    /// <summary>
    /// Taken before the reading: a change that comes while something is loading wins, because what was read may be the state before it; it is kept under a generation that is
    /// over, and never used again.
    /// </summary>
    private Stamp Now() => new(Version, clock.GetUtcNow());

    private bool IsFresh<T>(Entry<T> entry) => entry.Read.Generation == Version && clock.GetUtcNow() - entry.Read.At < feed.Lifetime;

    /// <summary>In the same statement, so that a page that shows a client knows its logo without asking.</summary>
    private static IQueryable<Found> WithLogo(DbContext db, Func<IQueryable<Client>, IQueryable<Client>> filter) =>
        filter(db.Set<Client>().AsNoTracking().Include(c => c.ClientSecrets))
            .Select(c => new Found(c, db.Set<ClientLogo>().Where(l => l.ClientKey == c.Id && l.Uri == c.LogoUri).Select(l => l.Fingerprint).FirstOrDefault()));

    private sealed record Entry<T>(T Value, Stamp Read);

    private readonly record struct Stamp(int Generation, DateTimeOffset At);

    private sealed record Found(Client Client, string? Logo)
    {
        public Client ToClient()
        {
            Client.LogoFingerprint = Logo;
            return Client;
        }
    }
}
