using System.Collections.Frozen;
using IdP.Data;
using IdP.Protocol.Changes;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.SignIn;

/// <summary>
/// For which organization a wrong password counts: by the verified domain of the typed name and by nothing that is known of the account, or "try later" would tell that there is one. In memory, forgotten together with the <see cref="Catalog"/>.
/// </summary>
public sealed class OrganizationsOfNames(IServiceScopeFactory scopes, Catalog catalog, ChangeFeed feed, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private volatile Loaded? _loaded;

    /// <param name="normalizedName">What was typed, normalized.</param>
    /// <returns>The one that owns the domain of the address, whoever has it; null for every other name.</returns>
    public async ValueTask<Guid?> OwnerOfAsync(string normalizedName, CancellationToken ct)
    {
        var loaded = _loaded is { } known && IsFresh(known) ? known : await LoadAsync(ct);
        return normalizedName.LastIndexOf('@') is >= 0 and var at && loaded.Domains.TryGetValue(normalizedName[(at + 1)..], out var owner) ? owner : null;
    }

    public void Dispose() => _loading.Dispose();

    private async Task<Loaded> LoadAsync(CancellationToken ct)
    {
        await _loading.WaitAsync(ct);
        try
        {
            if (_loaded is { } before && IsFresh(before)) return before;
            // Taken before the reading: a change that comes meanwhile makes what was read old at once.
            var (generation, at) = (catalog.Version, clock.GetUtcNow());
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
            var domains = await db.Organizations.AsNoTracking().SelectMany(o => o.Domains).Where(d => d.VerifiedAt != null).Select(d => new { d.Name, d.OrganizationId }).ToListAsync(ct);
            return _loaded = new(domains.DistinctBy(d => d.Name).ToFrozenDictionary(d => d.Name.ToUpperInvariant(), d => d.OrganizationId, StringComparer.OrdinalIgnoreCase), generation, at);
        }
        finally
        {
            _loading.Release();
        }
    }

    private bool IsFresh(Loaded loaded) => loaded.Generation == catalog.Version && clock.GetUtcNow() - loaded.At < feed.Lifetime;

    private sealed record Loaded(FrozenDictionary<string, Guid> Domains, int Generation, DateTimeOffset At);
}
