using IdP.Access;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Credentials;

/// <summary>An administrator takes away every second factor of somebody who has lost them all. The password is enough again until they add new ones, and they are signed out everywhere.</summary>
public sealed class ResetFactors(IdpDbContext db, Actor actor, FactorChanges changes)
{
    public async Task<Outcome<bool>> ExecuteAsync(Guid userId, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        await using var transaction = await db.BeginAsync(ct);
        if (await changes.BeginAsync(userId, ct, evenDisabled: true) is not { } user) return Failure.NotFound("user");
        await db.UserPasskeys.Where(p => p.UserId == userId).ExecuteDeleteAsync(ct);
        await db.Credentials.Where(c => c.UserId == userId).ExecuteDeleteAsync(ct);
        await db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u.SetProperty(x => x.FactorFailedCount, 0).SetProperty(x => x.FactorLockedUntil, (DateTimeOffset?)null), ct);
        await changes.RemovedAsync(user, "all", keep: null, ct);
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
