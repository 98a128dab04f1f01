using IdP.Data;
using IdP.Protocol.Clients;
using IdP.Protocol.PersonalTokens;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.PersonalTokens;

/// <param name="ScopeNames">In words; of a scope that is gone, what it was called by programs.</param>
public sealed record ListedPersonalToken(PersonalToken Token, PersonalTokenState State, IReadOnlyList<string> ScopeNames);

/// <summary>What people see of their tokens, and what they may make.</summary>
public sealed class OwnPersonalTokens(IdpDbContext db, Catalog catalog, IOptions<PersonalTokenOptions> options, TimeProvider clock)
{
    /// <summary>More than a person may have at a time, unless an operator allows so many; those that have ended come last.</summary>
    private const int Most = 1000;

    private static readonly int[] Usual = [7, 30, 60, 90, 180, 365];

    /// <summary>Whether there are tokens at all.</summary>
    public bool IsOn => options.Value.Enabled;

    public int MaxDays => options.Value.MaxDays;

    /// <summary>Lengths to choose from, in days.</summary>
    public IReadOnlyList<int> Lengths => [.. Usual.Append(MaxDays).Where(days => days <= MaxDays).Distinct().Order()];

    /// <summary>Whether there is something to choose; asks the database nothing once the catalog is warm.</summary>
    public async ValueTask<bool> AreOfferedAsync(CancellationToken ct) => IsOn && (await ScopesAsync(ct)).Count > 0;

    public async ValueTask<IReadOnlyList<ApiScope>> ScopesAsync(CancellationToken ct) => (await catalog.GetResourcesAsync(ct)).PersonalScopes();

    /// <summary>Those that count come first.</summary>
    public async Task<IReadOnlyList<ListedPersonalToken>> ListAsync(Guid userId, CancellationToken ct, int most = Most)
    {
        var (now, known) = (clock.GetUtcNow(), (await catalog.GetResourcesAsync(ct)).ApiScopes);
        var tokens = await db.PersonalTokens.AsNoTracking().Where(t => t.UserId == userId).OrderBy(t => t.ExpiresAt > now ? 0 : 1).ThenByDescending(t => t.CreatedAt).ThenBy(t => t.Id).Take(most).ToListAsync(ct);
        return tokens.ConvertAll(token => new ListedPersonalToken(token, token.StateAt(now), [.. token.Scopes.Select(scope => known.GetValueOrDefault(scope)?.DisplayName ?? scope)]));
    }
}
