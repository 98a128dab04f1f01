using IdP.Data;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Sessions;

/// <summary>Adds a new session to the change being made and gives its handle to the browser: the session id changes at every sign-in, so one planted before is worth nothing.</summary>
public sealed class StartSession(IdpDbContext db, TimeProvider clock, IOptions<SessionOptions> options)
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
            UserAgent = http.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent[..Math.Min(agent.Length, 300)] : null,
        };
        db.Sessions.Add(session);
        Handles.Write(http, SessionAuthenticationHandler.Cookie, handle, lifetime: null);
        return session;
    }

    /// <summary>The row of the session this browser had before, ended without touching the grants it led to: the same person may go on.</summary>
    public async Task EndPreviousAsync(HttpContext http, CancellationToken ct)
    {
        if (Handles.Read(http, SessionAuthenticationHandler.Cookie) is not { } handle) return;
        var (hash, now) = (Handles.Hash(handle), clock.GetUtcNow());
        await db.Sessions.Where(s => s.HandleHash == hash && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.ExpiresAt, now), ct);
    }
}
