using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Recovery.Supervised;

/// <summary>Somebody who has made sure who is asking lets them in, or does not. It counts for the browser that asked, once, for <see cref="ApprovalLifetime"/>.</summary>
public sealed class DecideRecovery(IdpDbContext db, Actor actor, HelpDesk desk, AuditLog audit, TimeProvider clock)
{
    public static readonly TimeSpan ApprovalLifetime = TimeSpan.FromMinutes(15);
    public const int MaxReason = 200;

    public async Task<Outcome<RecoveryRequest>> ExecuteAsync(Guid id, bool approve, string? reason, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (await db.RecoveryRequests.AsNoTracking().FirstOrDefaultAsync(r => r.Id == id, ct) is not { } request) return Failure.NotFound("request");
        // A name that nobody has is refused by whoever may help at all.
        if (await desk.RefuseHelpingAsync(request.UserId ?? Guid.Empty, ct) is { } refusal) return refusal;
        List<Failure> failures = [];
        if (string.IsNullOrWhiteSpace(reason)) failures.Add(Failure.Invalid("required", "Say why: it is kept in the audit log.", "reason"));
        TextRules.Check(failures, reason, MaxReason, "reason");
        if (approve && request.UserId is null) failures.Add(Failure.Conflict("nobody", "Nobody has the name that was typed, so there is nothing to approve."));
        if (Failure.Several(failures) is { } invalid) return invalid;

        await using var transaction = await db.BeginAsync(ct);
        string? stamp = null;
        if (request.UserId is { } userId)
        {
            // The person's row before any other, see FactorCounters.
            if (await db.Users.Where(u => u.Id == userId && (u.Enabled || !approve)).ExecuteUpdateAsync(u => u.SetProperty(x => x.AccessFailedCount, x => x.AccessFailedCount), ct) == 0) return Failure.Conflict("disabled", "The account is disabled. Enable it first.");
            stamp = await db.Users.Where(u => u.Id == userId).Select(u => u.SecurityStamp ?? "").SingleAsync(ct);
        }
        var (state, decider, kept, until) = (approve ? RecoveryState.Approved : RecoveryState.Refused, actor.UserId, reason!.Trim(), approve ? now + ApprovalLifetime : request.ExpiresAt); // checked above
        if (await db.RecoveryRequests.Where(r => r.Id == id && r.State == RecoveryState.Waiting && r.ExpiresAt > now && r.UserId == request.UserId).ExecuteUpdateAsync(r => r.SetProperty(x => x.State, state)
                .SetProperty(x => x.DecidedAt, now).SetProperty(x => x.DecidedBy, decider).SetProperty(x => x.Reason, kept).SetProperty(x => x.SecurityStamp, stamp).SetProperty(x => x.ExpiresAt, until), ct) == 0)
            return Failure.Conflict("decided", "This request is over: it was decided or stopped in the meantime, or has waited too long.");
        audit.Record(approve ? "recovery.approved" : "recovery.refused", "recovery", id.ToString(), new { userId = request.UserId, reason = kept }, about: request.UserId);
        // The person it was about finds it among what happened to their account.
        if (request.UserId is { } about) audit.Record(approve ? "user.recovery_approved" : "user.recovery_refused", "user", about.ToString());
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return request;
    }
}
