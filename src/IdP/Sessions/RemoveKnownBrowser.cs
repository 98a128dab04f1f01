using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Sessions;

/// <summary>A browser the person was known in is new to them from now on: it is asked for a second factor again, and has no tries of its own. A session in it goes on.</summary>
public sealed class RemoveKnownBrowser(IdpDbContext db, AuditLog audit)
{
    public async Task<Outcome<bool>> ExecuteAsync(Guid userId, Guid id, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.KnownDevices.Where(d => d.Id == id && d.UserId == userId).ExecuteDeleteAsync(ct) == 0) return Failure.NotFound("browser");
        audit.Record("user.browser_removed", "user", userId.ToString(), actorId: userId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
