using System.Collections.Concurrent;
using System.Linq.Expressions;
using IdP.Data;
using IdP.Protocol.Changes;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.IdentityProviders;

/// <summary>An enabled provider as it is kept in memory. What it returns is shared: never change it.</summary>
public sealed record KnownProvider(IdentityProvider Row, bool HasOrganizations);

/// <summary>
/// The upstream providers that are enabled, each read when it is first asked for and forgotten together with the <see cref="Catalog"/>. No question depends on how many there are.
/// </summary>
public sealed class ProviderCatalog(IServiceScopeFactory scopes, Catalog catalog, ChangeFeed feed, TimeProvider clock)
{
    private const int MaxProviders = 2000, MaxDomains = 10_000, MaxShown = 20, MaxOfDomain = 5;

    private readonly ConcurrentDictionary<string, Entry<KnownProvider>> _byName = new(StringComparer.Ordinal), _byKey = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Entry<IReadOnlyList<KnownProvider>>> _byDomain = new(StringComparer.Ordinal);
    private volatile Entry<IReadOnlyList<KnownProvider>>? _shown;

    /// <summary>Unknown names are not remembered, because strangers could fill the memory with them.</summary>
    public async ValueTask<KnownProvider?> FindAsync(string name, CancellationToken ct)
    {
        if (!IdentityProviderRules.IsName(name)) return null;
        return _byName.TryGetValue(name, out var entry) && IsFresh(entry.Read) ? entry.Value : await LoadAsync(p => p.Name == name, ct);
    }

    /// <param name="key">See <see cref="IdentityProvider.LinkKey"/>.</param>
    public async ValueTask<KnownProvider?> FindByKeyAsync(string key, CancellationToken ct)
    {
        if (!key.StartsWith(IdentityProvider.KeyPrefix, StringComparison.Ordinal) || !Guid.TryParseExact(key[IdentityProvider.KeyPrefix.Length..], "N", out var link)) return null;
        return _byKey.TryGetValue(key, out var entry) && IsFresh(entry.Read) ? entry.Value : await LoadAsync(p => p.LinkId == link, ct);
    }

    /// <summary>Those that the sign-in page offers to everybody; beyond twenty nobody would find theirs.</summary>
    public async ValueTask<IReadOnlyList<KnownProvider>> ShownAsync(CancellationToken ct)
    {
        if (_shown is { } known && IsFresh(known.Read)) return known.Value;
        var read = Now();
        var shown = await ReadAsync(providers => providers.Where(p => p.Enabled && p.ShowOnSignInPage).OrderBy(p => p.DisplayName).ThenBy(p => p.Name).Take(MaxShown), ct);
        _shown = new(shown, read);
        return shown;
    }

    /// <summary>Those of the organization that has proved the domain its own. The answer has nothing to do with who exists.</summary>
    public async ValueTask<IReadOnlyList<KnownProvider>> OfDomainAsync(string domain, CancellationToken ct)
    {
        if (_byDomain.TryGetValue(domain, out var entry) && IsFresh(entry.Read)) return entry.Value;
        var read = Now();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
        var owners = db.Organizations.Where(o => o.Enabled && o.Domains.Any(d => d.Name == domain && d.VerifiedAt != null));
        var found = await db.IdentityProviders.AsNoTracking()
            .Where(p => p.Enabled && db.IdentityProviderOrganizations.Any(l => l.ProviderId == p.Id && owners.Any(o => o.Id == l.OrganizationId)))
            .OrderBy(p => p.DisplayName).ThenBy(p => p.Name).Take(MaxOfDomain).ToListAsync(ct);
        IReadOnlyList<KnownProvider> known = [.. found.Select(p => new KnownProvider(p, HasOrganizations: true))];
        if (known.Count == 0) return known; // not remembered either
        if (_byDomain.Count >= MaxDomains) _byDomain.Clear();
        _byDomain[domain] = new(known, read);
        return known;
    }

    private async Task<KnownProvider?> LoadAsync(Expression<Func<IdentityProvider, bool>> which, CancellationToken ct)
    {
        var read = Now();
        if (await ReadAsync(providers => providers.Where(p => p.Enabled).Where(which), ct) is not [var known]) return null;
        if (_byName.Count >= MaxProviders)
        {
            _byName.Clear();
            _byKey.Clear();
        }
        _byName[known.Row.Name] = _byKey[known.Row.LinkKey] = new(known, read);
        return known;
    }

    private async Task<IReadOnlyList<KnownProvider>> ReadAsync(Func<IQueryable<IdentityProvider>, IQueryable<IdentityProvider>> which, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
        var found = await which(db.IdentityProviders.AsNoTracking()).Select(p => new { Row = p, HasOrganizations = db.IdentityProviderOrganizations.Any(l => l.ProviderId == p.Id) }).ToListAsync(ct);
        return [.. found.Select(p => new KnownProvider(p.Row, p.HasOrganizations))];
    }

    /// <summary>Taken before the reading: a change that comes meanwhile makes what was read old at once.</summary>
    private Stamp Now() => new(catalog.Version, clock.GetUtcNow());

    private bool IsFresh(Stamp read) => read.Generation == catalog.Version && clock.GetUtcNow() - read.At < feed.Lifetime;

    private sealed record Entry<T>(T Value, Stamp Read);

    private readonly record struct Stamp(int Generation, DateTimeOffset At);
}
