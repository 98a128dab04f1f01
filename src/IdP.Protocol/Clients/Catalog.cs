using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using IdP.Protocol.Logos;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Clients;

/// <summary>
/// Clients and resources in memory, so that the hot paths ask the database nothing. A change made on this node is seen at once
/// (<see cref="CatalogInvalidation"/>), one made on another node after <see cref="Lifetime"/>. What it returns is shared: never change it.
/// </summary>
public sealed class Catalog(IServiceScopeFactory scopes, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);
    private const int MaxClients = 10_000;

    private readonly ConcurrentDictionary<string, Entry> _clients = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, Entry> _byKey = new();
    private readonly SemaphoreSlim _loading = new(1, 1);
    private volatile ResourceSet? _resources;
    private DateTimeOffset _resourcesLoadedAt;
    private int _generation;

    /// <summary>Another number after each change on this node.</summary>
    internal int Version => Volatile.Read(ref _generation);

    /// <summary>
    /// The client, enabled or not; null when unknown. Unknown ids are not remembered, because strangers could fill the memory with them, but for the names of APIs: one that
    /// introspects is asked for as a client first.
    /// </summary>
    public async ValueTask<Client?> FindClientAsync(string clientId, CancellationToken ct)
    {
        // PostgreSQL refuses text with NUL, and no client id has one.
        if (clientId.Length > 200 || clientId.Contains('\0')) return null;
        if (_clients.TryGetValue(clientId, out var entry) && IsFresh(entry)) return entry.Client;

        var generation = _generation;
        var client = await LoadAsync(clients => clients.Where(c => c.ClientId == clientId), ct);
        if (client is null && generation == _generation && _resources?.ApiResources.ContainsKey(clientId) is true) _clients[clientId] = new(null, clock.GetUtcNow());
        return client;
    }

    public async ValueTask<Client?> FindClientByKeyAsync(Guid key, CancellationToken ct)
    {
        if (_byKey.TryGetValue(key, out var entry) && IsFresh(entry)) return entry.Client;

        return await LoadAsync(clients => clients.Where(c => c.Id == key), ct);
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
        if (_resources is { } current && clock.GetUtcNow() - _resourcesLoadedAt < Lifetime) return current;

        await _loading.WaitAsync(ct);
        try
        {
            if (_resources is { } fresh && clock.GetUtcNow() - _resourcesLoadedAt < Lifetime) return fresh;
            var generation = _generation;
            await using var scope = scopes.CreateAsyncScope();
            var loaded = await ResourceSet.LoadAsync(scope.ServiceProvider.GetRequiredService<DbContext>(), ct);
            if (generation == _generation) (_resources, _resourcesLoadedAt) = (loaded, clock.GetUtcNow());
            return loaded;
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Raised after a change on this node; whoever listens must be quick.</summary>
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

    private async ValueTask<Client?> LoadAsync(Func<IQueryable<Client>, IQueryable<Client>> filter, CancellationToken ct)
    {
        var generation = _generation;
        await using var scope = scopes.CreateAsyncScope();
        if (await WithLogo(scope.ServiceProvider.GetRequiredService<DbContext>(), filter).SingleOrDefaultAsync(ct) is not { } found) return null;
        var client = found.ToClient();

        if (_clients.Count >= MaxClients)
        {
            _clients.Clear();
            _byKey.Clear();
        }
        // A write that happened while this was loading wins: what was read may be the state before it.
        if (generation == _generation) _clients[client.ClientId] = _byKey[client.Id] = new(client, clock.GetUtcNow());
        return client;
    }

    private bool IsFresh(Entry entry) => clock.GetUtcNow() - entry.LoadedAt < Lifetime;

    /// <summary>In the same statement, so that a page that shows a client knows its logo without asking.</summary>
    private static IQueryable<Found> WithLogo(DbContext db, Func<IQueryable<Client>, IQueryable<Client>> filter) =>
        filter(db.Set<Client>().AsNoTracking().Include(c => c.ClientSecrets))
            .Select(c => new Found(c, db.Set<ClientLogo>().Where(l => l.ClientKey == c.Id && l.Uri == c.LogoUri).Select(l => l.Fingerprint).FirstOrDefault()));

    private sealed record Entry(Client? Client, DateTimeOffset LoadedAt);

    private sealed record Found(Client Client, string? Logo)
    {
        public Client ToClient()
        {
            Client.LogoFingerprint = Logo;
            return Client;
        }
    }
}
