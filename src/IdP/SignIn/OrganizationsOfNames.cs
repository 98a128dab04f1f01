using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using IdP.Data;
using IdP.Keys;
using IdP.Protocol.Changes;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.SignIn;

/// <summary>For which organization a wrong password counts, as far as the typed name alone tells.</summary>
/// <param name="ByDomain">The one that owns the domain of the address, whoever has it.</param>
/// <param name="OfNobody">The one that a name which nobody has is counted for when its domain does not tell: as many of them as people belong to it. Otherwise "try later" would tell that there is such a member.</param>
public readonly record struct NameOrganization(Guid? ByDomain, Guid? OfNobody);

/// <summary>
/// Organizations by their verified domains and by their size, in memory. Domains are forgotten together with the <see cref="Catalog"/>; sizes are counted once in an hour, because nothing but the
/// share of names that nobody has depends on them.
/// </summary>
public sealed class OrganizationsOfNames(IServiceScopeFactory scopes, Catalog catalog, ChangeFeed feed, IOptions<KeyProtectionOptions> protection, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan SizesLifetime = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _loading = new(1, 1);
    private volatile Loaded? _loaded;

    /// <param name="normalizedName">What was typed, normalized.</param>
    public async ValueTask<NameOrganization> OfAsync(string normalizedName, CancellationToken ct)
    {
        var loaded = _loaded is { } known && IsFresh(known) ? known : await LoadAsync(ct);
        if (normalizedName.LastIndexOf('@') is >= 0 and var at && loaded.Domains.TryGetValue(normalizedName[(at + 1)..], out var owner)) return new(owner, null);
        return new(null, loaded.Sizes.Count == 0 ? null : Draw(normalizedName, loaded));
    }

    public void Dispose() => _loading.Dispose();

    /// <summary>The same for a name on every node, and known to nobody outside.</summary>
    private Guid? Draw(string name, Loaded loaded)
    {
        var hash = HMACSHA256.HashData(Convert.FromBase64String(protection.Value.Secret!), Encoding.UTF8.GetBytes("organization of " + name)); // checked at start
        var drawn = BinaryPrimitives.ReadUInt64BigEndian(hash) / (double)ulong.MaxValue * loaded.People;
        foreach (var (organization, members) in loaded.Sizes)
        {
            if (drawn < members) return organization;
            drawn -= members;
        }
        return null;
    }

    private async Task<Loaded> LoadAsync(CancellationToken ct)
    {
        await _loading.WaitAsync(ct);
        try
        {
            var before = _loaded;
            if (before is not null && IsFresh(before)) return before;
            // Taken before the reading: a change that comes meanwhile makes what was read old at once.
            var (generation, at) = (catalog.Version, clock.GetUtcNow());
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
            var domains = await db.Organizations.AsNoTracking().SelectMany(o => o.Domains).Where(d => d.VerifiedAt != null).Select(d => new { d.Name, d.OrganizationId }).ToListAsync(ct);
            var areSizesFresh = before is not null && at - before.CountedAt < SizesLifetime;
            var sizes = areSizesFresh ? before!.Sizes : await CountAsync(db, ct);
            var people = areSizesFresh ? before!.People : Math.Max(await db.Users.CountAsync(ct), sizes.Sum(size => size.Members));
            return _loaded = new(
                domains.DistinctBy(d => d.Name).ToFrozenDictionary(d => d.Name.ToUpperInvariant(), d => d.OrganizationId, StringComparer.OrdinalIgnoreCase), sizes, people, areSizesFresh ? before!.CountedAt : at, generation, at);
        }
        finally
        {
            _loading.Release();
        }
    }

    private static async Task<IReadOnlyList<(Guid Organization, int Members)>> CountAsync(IdpDbContext db, CancellationToken ct) =>
        [.. (await db.OrganizationMembers.GroupBy(m => m.OrganizationId).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(ct)).OrderBy(size => size.Key).Select(size => (size.Key, size.Count))];

    private bool IsFresh(Loaded loaded) => loaded.Generation == catalog.Version && clock.GetUtcNow() - loaded.At < feed.Lifetime;

    private sealed record Loaded(FrozenDictionary<string, Guid> Domains, IReadOnlyList<(Guid Organization, int Members)> Sizes, int People, DateTimeOffset CountedAt, int Generation, DateTimeOffset At);
}
