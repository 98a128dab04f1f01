using IdP.Data;
using IdP.Protocol.PersonalTokens;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.PersonalTokens;

/// <summary>What a shown token is worth: one statement reads it and asks for its person.</summary>
internal sealed class PersonalTokenLookup(IdpDbContext db, PersonalTokenQueries queries, IOptions<PersonalTokenOptions> options, TimeProvider clock) : IPersonalTokens
{
    public async Task<FoundPersonalToken?> FindAsync(string text, CancellationToken ct) =>
        options.Value.Enabled && await queries.ByValue(db, Handles.Hash(text), clock.GetUtcNow(), ct) is { } token ? new(token.Id, token.UserId.ToString(), token.Scopes, token.CreatedAt, token.ExpiresAt, token.LastUsedAt) : null;

    /// <summary>Once a minute at most, as with sessions.</summary>
    public async ValueTask UsedAsync(FoundPersonalToken token, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (now - token.LastUsedAt <= SessionAuthenticationHandler.TouchInterval) return;
        await db.PersonalTokens.Where(t => t.Id == token.Id && (t.LastUsedAt == null || t.LastUsedAt < now)).ExecuteUpdateAsync(t => t.SetProperty(x => x.LastUsedAt, now), ct);
    }
}

/// <summary>The statement that every use of a token begins with, translated once for the life of the server.</summary>
internal sealed class PersonalTokenQueries
{
    /// <summary>Parameters: the hash of the value, and now. That it was taken back is asked for by itself: another node's clock may be behind.</summary>
    public Func<IdpDbContext, string, DateTimeOffset, CancellationToken, Task<PersonalToken?>> ByValue { get; } = EF.CompileAsyncQuery((IdpDbContext db, string hash, DateTimeOffset now, CancellationToken ct) =>
        db.PersonalTokens.AsNoTracking().Where(t => t.ValueHash == hash && t.RevokedAt == null && t.ExpiresAt > now && db.Users.Any(u => u.Id == t.UserId && u.Enabled)).FirstOrDefault());
}
