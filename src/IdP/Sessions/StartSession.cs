using IdP.Data;
using IdP.Http;
using IdP.Protocol.Grants;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Sessions;

/// <summary>Adds a new session to the change being made and gives its handle to the browser: the session id changes at every sign-in, so one planted before is worth nothing.</summary>
public sealed class StartSession(IdpDbContext db, GrantRevocation revocation, TimeProvider clock, IOptions<SessionOptions> options)
{
    public Session Add(User user, IReadOnlyList<string> methods, string identityProvider, HttpContext http)
    {
        var now = clock.GetUtcNow();
        var handle = Handles.New();
        var session = new Session
        {
            HandleHash = Handles.Hash(handle),
            UserId = user.Id,
            CreatedAt = now,
            AuthenticatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + options.Value.AbsoluteLifetime,
            AuthenticationMethods = [.. methods],
            IdentityProvider = identityProvider,
            RemoteAddress = http.Connection.RemoteIpAddress?.ToString(),
            UserAgent = http.UserAgent(),
        };
        db.Sessions.Add(session);
        Handles.Write(http, SessionAuthenticationHandler.Cookie, handle, lifetime: null);
        return session;
    }

    /// <summary>
    /// Closes the session this browser had before. The same person goes on: apps keep what they were given, now under the new session, so that
    /// signing out still reaches them. Somebody else's session ends with everything it led to.
    /// </summary>
    public async Task ReplacePreviousAsync(Session next, HttpContext http, CancellationToken ct)
    {
        if (Handles.Read(http, SessionAuthenticationHandler.Cookie) is not { } handle) return;
        var (hash, now) = (Handles.Hash(handle), clock.GetUtcNow());
        var previous = await db.Sessions.AsNoTracking().Where(s => s.HandleHash == hash && s.EndedAt == null).Select(s => new { s.Id, s.UserId }).FirstOrDefaultAsync(ct);
        if (previous is null) return;

        if (previous.UserId == next.UserId)
        {
            await db.Sessions.Where(s => s.Id == previous.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.ExpiresAt, now), ct);
            await db.Grants.Where(g => g.SessionId == previous.Id).ExecuteUpdateAsync(g => g.SetProperty(x => x.SessionId, next.Id), ct);
            return;
        }
        await db.Sessions.Where(s => s.Id == previous.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), ct);
        await revocation.RevokeSessionAsync(previous.Id, ct);
    }
}
