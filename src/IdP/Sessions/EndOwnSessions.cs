using IdP.Audit;
using IdP.Data;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Sessions;

/// <summary>Somebody ends their own sessions, all or all but the one they do it in.</summary>
public sealed class EndOwnSessions(IdpDbContext db, EndAllSessions sessions, AuditLog audit, TimeProvider clock)
{
    public Task OthersAsync(SignedInPerson person, CancellationToken ct) => EndAsync(person.UserId, person.SessionId, ct);

    /// <summary>For an app of the person.</summary>
    /// <param name="keep">The session that the app comes from; null for none, and then every app loses what it was given, too.</param>
    public Task OthersAsync(Guid userId, Guid? keep, CancellationToken ct) => EndAsync(userId, keep, ct);

    /// <summary>With everything that apps hold for the person, for one of them.</summary>
    public Task AllAsync(Guid userId, CancellationToken ct) => EndAsync(userId, keep: null, ct);

    /// <summary>The same for a page, with its browser.</summary>
    /// <returns>When it began, for the receipt.</returns>
    public async Task<DateTimeOffset> AllAsync(SignedInPerson person, HttpContext http, CancellationToken ct)
    {
        var began = clock.GetUtcNow();
        await AllAsync(person.UserId, ct);
        Handles.Delete(http, SessionAuthenticationHandler.Cookie);
        BrowserState.Delete(http);
        return began;
    }

    private async Task EndAsync(Guid userId, Guid? keep, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters: changed to what it is, it is held until the end.
        await db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u.SetProperty(x => x.ConcurrencyStamp, x => x.ConcurrencyStamp), ct);
        await sessions.OfAsync(userId, ct, keep);
        audit.Record(keep is null ? "user.signed_out" : "user.signed_out_elsewhere", "user", userId.ToString(), actorId: userId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
    }
}
