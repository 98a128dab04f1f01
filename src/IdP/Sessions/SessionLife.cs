using IdP.Data;
using IdP.Protocol.Grants;
using Microsoft.Extensions.Options;

namespace IdP.Sessions;

/// <summary>Which sessions go on, for the protocol's own housekeeping.</summary>
internal sealed class SessionLife(IdpDbContext db, IOptions<SessionOptions> options) : ISessionLife
{
    public IQueryable<Guid> AliveAt(DateTimeOffset now)
    {
        var seen = now - options.Value.IdleLifetime;
        return db.Sessions.Where(s => s.EndedAt == null && s.ExpiresAt > now && s.LastSeenAt > seen).Select(s => s.Id);
    }
}
