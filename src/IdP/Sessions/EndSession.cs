using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Grants;
using IdP.Protocol.Logout;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Sessions;

/// <summary>Ends a session everywhere: its pages, its refresh tokens and its userinfo stop on every node, and the apps reached from it are told.</summary>
public sealed class EndSession(IdpDbContext db, BackChannelLogout logout, GrantRevocation revocation, AuditLog audit, TimeProvider clock)
{
    /// <summary>Ends a session of this person; null when there is none of this id.</summary>
    public async Task<Outcome<bool>> ExecuteAsync(Guid sessionId, Guid userId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ended = await db.Sessions.Where(s => s.Id == sessionId && s.UserId == userId && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), ct);
        if (ended == 0) return Failure.NotFound("session");

        await logout.QueueAsync(userId.ToString(), db.Sessions.Where(s => s.Id == sessionId).Select(s => s.Id), ct);
        await revocation.RevokeSessionAsync(sessionId, ct);
        audit.Record("session.ended", "session", sessionId.ToString(), actorId: userId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>Signs this browser out.</summary>
    public async Task SignOutAsync(SignedInPerson person, HttpContext http, CancellationToken ct)
    {
        await ExecuteAsync(person.SessionId, person.UserId, ct);
        Handles.Delete(http, SessionAuthenticationHandler.Cookie);
        BrowserState.Delete(http);
    }
}
