using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.PersonalTokens;

/// <summary>Ends tokens for good. Part of the change being made, whose caller holds the person's row and writes the audit entry.</summary>
public sealed class EndPersonalTokens(IdpDbContext db, TimeProvider clock)
{
    /// <returns>How many there were.</returns>
    public Task<int> OfAsync(Guid userId, CancellationToken ct) => EndAsync(db.PersonalTokens.Where(t => t.UserId == userId), ct);

    public async Task<bool> OneAsync(Guid userId, Guid tokenId, CancellationToken ct) => await EndAsync(db.PersonalTokens.Where(t => t.UserId == userId && t.Id == tokenId), ct) == 1;

    private Task<int> EndAsync(IQueryable<PersonalToken> tokens, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return tokens.Where(t => t.ExpiresAt > now && t.RevokedAt == null).ExecuteUpdateAsync(t => t.SetProperty(x => x.RevokedAt, now).SetProperty(x => x.ExpiresAt, now), ct);
    }
}
