using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>Ends everything a person is signed in to, for somebody who has lost a device.</summary>
public sealed class SignOutUser(IdpDbContext db, HelpDesk desk, AuditLog audit, EndAllSessions sessions, TimeProvider clock)
{
    public async Task<Outcome<bool>> ExecuteAsync(Guid userId, CancellationToken ct)
    {
        if (await desk.RefuseHelpingAsync(userId, ct) is { } refusal) return refusal;
        var now = clock.GetUtcNow();
        await using var transaction = await db.BeginAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now), ct) == 0) return Failure.NotFound("user");
        await sessions.OfAsync(userId, ct);
        audit.Record("user.signed_out", "user", userId.ToString());
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
