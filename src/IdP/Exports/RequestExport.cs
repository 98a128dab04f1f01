using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Exports;

/// <summary>Has a copy made of everything that is kept about the person who asks. An earlier one goes.</summary>
public sealed class RequestExport(IdpDbContext db, AuditLog audit, IOptions<ExportOptions> options, TimeProvider clock)
{
    public async Task<Outcome<PersonalExport>> ExecuteAsync(Guid userId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.BeginAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == userId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.AccessFailedCount, x => x.AccessFailedCount), ct) == 0) return Failure.NotFound("user");
        await db.PersonalExports.Where(e => e.UserId == userId).ExecuteDeleteAsync(ct);
        var export = new PersonalExport { UserId = userId, RequestedAt = now, ExpiresAt = now + options.Value.Lifetime };
        db.PersonalExports.Add(export);
        audit.Record("user.export_requested", "user", userId.ToString());
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return export;
    }
}
