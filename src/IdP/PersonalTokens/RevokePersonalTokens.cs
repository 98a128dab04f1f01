using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.PersonalTokens;

/// <summary>Takes tokens back, for good.</summary>
public sealed class RevokePersonalTokens(IdpDbContext db, EndPersonalTokens tokens, Actor actor, AuditLog audit)
{
    /// <summary>By their person. One that has ended already stays as it is.</summary>
    public Task<Outcome<bool>> OwnAsync(Guid userId, Guid tokenId, CancellationToken ct) => OneAsync(userId, tokenId, ct);

    public async Task<Outcome<bool>> OfAsync(Guid userId, Guid tokenId, CancellationToken ct) => actor.Refusal() is { } refusal ? refusal : await OneAsync(userId, tokenId, ct);

    public async Task<Outcome<bool>> AllOfAsync(Guid userId, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        await using var transaction = await db.BeginAsync(ct);
        if (!await HoldAsync(userId, ct)) return Failure.NotFound("user");
        if (await tokens.OfAsync(userId, ct) is > 0 and var count) audit.Record("user.tokens_revoked", "user", userId.ToString(), new { count });
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    private async Task<Outcome<bool>> OneAsync(Guid userId, Guid tokenId, CancellationToken ct)
    {
        await using var transaction = await db.BeginAsync(ct);
        if (!await HoldAsync(userId, ct) || !await db.PersonalTokens.AnyAsync(t => t.Id == tokenId && t.UserId == userId, ct)) return Failure.NotFound("token");
        if (await tokens.OneAsync(userId, tokenId, ct)) audit.Record("user.token_revoked", "user", userId.ToString(), new { token = tokenId });
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    /// <summary>The person's row before any other, see FactorCounters: changed to what it is, it is held until the end.</summary>
    private async Task<bool> HoldAsync(Guid userId, CancellationToken ct) =>
        await db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u.SetProperty(x => x.ConcurrencyStamp, x => x.ConcurrencyStamp), ct) == 1;
}
