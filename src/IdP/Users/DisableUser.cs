using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Recovery;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>Closes an account: its sessions and tokens end at once, its data stays.</summary>
public sealed class DisableUser(IdpDbContext db, Actor actor, AuditLog audit, Owners owners, EndAllSessions sessions, EndRescues rescues, TimeProvider clock)
{
    public async Task<Outcome<User>> ExecuteAsync(Guid userId, string? reason, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        List<Failure> failures = [];
        TextRules.Check(failures, reason, 200, "reason");
        if (Failure.Several(failures) is { } invalid) return invalid;
        var user = await db.Users.SingleOrDefaultAsync(u => u.Id == userId, ct);
        if (user is null) return Failure.NotFound("user");
        if (!user.Enabled) return user;
        if (await owners.RefuseLosingAsync(userId, ct) is { } last) return last;

        (user.Enabled, user.DisabledReason, user.UpdatedAt, user.ConcurrencyStamp) = (false, reason, clock.GetUtcNow(), Guid.NewGuid().ToString("N"));
        audit.Record("user.disabled", "user", userId.ToString(), new { reason });
        await using var transaction = await db.BeginAsync(ct);
        if (await db.SaveAsync("user", ct) is { } conflict) return conflict;
        await sessions.OfAsync(userId, ct);
        await rescues.OfAsync(userId, ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return user;
    }
}
