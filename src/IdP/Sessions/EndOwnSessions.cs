using IdP.Audit;
using IdP.Data;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Sessions;

/// <summary>Somebody ends their own sessions, all or all but the one they do it in.</summary>
public sealed class EndOwnSessions(IdpDbContext db, EndAllSessions sessions, AuditLog audit)
{
    public Task OthersAsync(SignedInPerson person, CancellationToken ct) => EndAsync(person, person.SessionId, ct);

    /// <summary>With everything that apps hold for the person, and this browser.</summary>
    public async Task AllAsync(SignedInPerson person, HttpContext http, CancellationToken ct)
    {
        await EndAsync(person, keep: null, ct);
        Handles.Delete(http, SessionAuthenticationHandler.Cookie);
        BrowserState.Delete(http);
    }

    private async Task EndAsync(SignedInPerson person, Guid? keep, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters: changed to what it is, it is held until the end.
        await db.Users.Where(u => u.Id == person.UserId).ExecuteUpdateAsync(u => u.SetProperty(x => x.ConcurrencyStamp, x => x.ConcurrencyStamp), ct);
        await sessions.OfAsync(person.UserId, ct, keep);
        audit.Record(keep is null ? "user.signed_out" : "user.signed_out_elsewhere", "user", person.UserId.ToString(), actorId: person.UserId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
    }
}
