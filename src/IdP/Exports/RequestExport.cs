using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Exports;

/// <summary>Has a copy made of everything that is kept about the person who asks. An earlier one goes.</summary>
public sealed class RequestExport(IdpDbContext db, AuditLog audit, IOptions<ExportOptions> options, TimeProvider clock)
{
    public async Task<Outcome<PersonalExport>> ExecuteAsync(SignedInPerson person, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.BeginAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == person.UserId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.AccessFailedCount, x => x.AccessFailedCount), ct) == 0) return Failure.NotFound("user");
        await db.PersonalExports.Where(e => e.UserId == person.UserId).ExecuteDeleteAsync(ct);
        var export = new PersonalExport { UserId = person.UserId, RequestedAt = now, ExpiresAt = now + options.Value.Lifetime };
        db.PersonalExports.Add(export);
        audit.Record("user.export_requested", "user", person.UserId.ToString());
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return export;
    }
}
