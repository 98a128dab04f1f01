using IdP.Data;
using IdP.Protocol.Authorize;
using Microsoft.EntityFrameworkCore;

namespace IdP.Sessions;

/// <summary>How long a session opens an app that says less than the session would (<c>userSsoLifetime</c>, <c>userSsoIdleLifetime</c>). Only the second asks the database.</summary>
public sealed class AppSessions(IdpDbContext db)
{
    /// <summary>Whether the person must sign in again on the way to this app. Whoever has since the request first arrived has done so.</summary>
    public async ValueTask<bool> IsOverAsync(AuthorizationRequest request, SignedInPerson person, CancellationToken ct)
    {
        var (app, startedAt) = (request.Client, request.StartedAt);
        if (person.AuthenticatedAt >= startedAt) return false;
        if (app.UserSsoLifetime is { } most && person.AuthenticatedAt < startedAt.AddSeconds(-most)) return true;
        if (app.UserSsoIdleLifetime is not { } idle) return false;
        var since = startedAt.AddSeconds(-idle);
        if (person.AuthenticatedAt >= since) return false;
        // By the ways to this app and not by the last use of the session: a look at any other page would begin it anew.
        return !await db.Grants.AnyAsync(g => g.SessionId == person.SessionId && g.ClientKey == app.Id && g.CreatedAt >= since, ct);
    }
}
