using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;

namespace IdP.SignIn;

/// <summary>A remembered browser is asked for a second factor again.</summary>
public sealed class ForgetBrowser(IdpDbContext db, AuditLog audit)
{
    public async Task<Outcome<bool>> ExecuteAsync(SignedInPerson person, Guid id, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.KnownDevices.Where(d => d.Id == id && d.UserId == person.UserId && d.RememberedUntil != null).ExecuteUpdateAsync(d => d.SetProperty(x => x.RememberedUntil, (DateTimeOffset?)null), ct) == 0)
            return Failure.NotFound("browser");
        audit.Record("user.browser_forgotten", "user", person.UserId.ToString());
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
