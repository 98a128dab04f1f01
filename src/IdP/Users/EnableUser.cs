using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Erasures;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

public sealed class EnableUser(IdpDbContext db, Actor actor, AuditLog audit, TimeProvider clock)
{
    public async Task<Outcome<User>> ExecuteAsync(Guid userId, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var user = await db.Users.SingleOrDefaultAsync(u => u.Id == userId, ct);
        if (user is null) return Failure.NotFound("user");
        if (user.Enabled) return user;
        if (await db.Erasures.AnyAsync(e => e.UserId == userId && (e.State == ErasureState.Waiting || e.State == ErasureState.Running), ct)) return Failure.Conflict("erasure_pending", "This account is being deleted. Cancel the deletion first.");

        (user.Enabled, user.DisabledReason, user.UpdatedAt, user.ConcurrencyStamp) = (true, null, clock.GetUtcNow(), Guid.NewGuid().ToString("N"));
        audit.Record("user.enabled", "user", userId.ToString());
        if (await db.SaveAsync("user", ct) is { } conflict) return conflict;
        return user;
    }
}
