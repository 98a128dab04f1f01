using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Recovery.Passes;

/// <summary>Takes a temporary pass back, also from a browser in which it was typed and that has not finished.</summary>
public sealed class RevokeTemporaryPass(IdpDbContext db, HelpDesk desk, EndRescues rescues, AuditLog audit)
{
    public async Task<Outcome<bool>> ExecuteAsync(Guid userId, CancellationToken ct)
    {
        if (await desk.RefuseHelpingAsync(userId, ct) is { } refusal) return refusal;
        await using var transaction = await db.BeginAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u.SetProperty(x => x.AccessFailedCount, x => x.AccessFailedCount), ct) == 0) return Failure.NotFound("user");
        if (await rescues.PassesOfAsync(userId, ct) > 0) audit.Record("user.temporary_pass_revoked", "user", userId.ToString());
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
