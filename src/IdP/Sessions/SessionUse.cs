using IdP.Data;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Sessions;

/// <summary>For apps whose tokens end with the session also when it expires or is not used (<see cref="Client.CoordinateLifetimeWithUserSession"/>). For others it asks the database nothing.</summary>
public sealed class SessionUse(IdpDbContext db, IOptions<SessionOptions> options, TimeProvider clock)
{
    /// <param name="isUse">Whether the app does something for the person now, so that the session counts as used.</param>
    public async ValueTask<bool> GoesOnAsync(Client app, Guid? sessionId, bool isUse, CancellationToken ct)
    {
        if (!app.CoordinateLifetimeWithUserSession || sessionId is not { } id) return true;
        var (now, seen) = (clock.GetUtcNow(), clock.GetUtcNow() - options.Value.IdleLifetime);
        var alive = db.Sessions.Where(s => s.Id == id && s.EndedAt == null && s.ExpiresAt > now && s.LastSeenAt > seen);
        if (await alive.Select(s => (DateTimeOffset?)s.LastSeenAt).FirstOrDefaultAsync(ct) is not { } last) return false;
        if (isUse && now - last > SessionAuthenticationHandler.TouchInterval) await alive.Where(s => s.LastSeenAt < now).ExecuteUpdateAsync(s => s.SetProperty(x => x.LastSeenAt, now), ct);
        return true;
    }
}
