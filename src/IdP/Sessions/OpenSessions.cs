using IdP.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Sessions;

/// <summary>A session that goes on.</summary>
/// <param name="Apps">The apps that were reached in it, by name.</param>
public sealed record OpenSession(Session Session, string? UserName, string? Name, IReadOnlyList<ReachedApp> Apps);

public sealed record ReachedApp(string ClientId, string Name);

/// <summary>Lists of sessions that go on, newest first, page by page. How many statements it takes depends on nothing, and no table is counted or read through.</summary>
public sealed class OpenSessions(IdpDbContext db, TimeProvider clock, IOptions<SessionOptions> options)
{
    /// <summary>Of an organization with no more people than this, their sessions are looked up; of a larger one, the newest sessions are looked through for its people.</summary>
    private const int FewPeople = 1000;

    /// <summary>Before which every id is.</summary>
    private static readonly Guid End = new("ffffffff-ffff-ffff-ffff-ffffffffffff");

    /// <param name="before">The last one of the page before.</param>
    /// <returns>Null when there is no such person, app or organization.</returns>
    public async Task<IReadOnlyList<OpenSession>?> ReadAsync(SessionScope scope, Guid? before, int most, CancellationToken ct)
    {
        if (await OfAsync(scope, before ?? End, ct) is not { } query) return null;
        var rows = await query.Take(most).Select(s => new { Session = s, s.User!.UserName, s.User.Name }).AsNoTracking().ToListAsync(ct);
        var ids = rows.ConvertAll(row => row.Session.Id);
        var reached = await db.Grants.Where(g => g.SessionId != null && ids.Contains(g.SessionId.Value)).Join(db.Clients, g => g.ClientKey, c => c.Id, (g, c) => new { g.SessionId, c.ClientId, c.ClientName }).Distinct().ToListAsync(ct);
        var apps = reached.ToLookup(one => one.SessionId, one => new ReachedApp(one.ClientId, one.ClientName ?? one.ClientId));
        return [.. rows.Select(row => new OpenSession(row.Session, row.UserName, row.Name, [.. apps[row.Session.Id].OrderBy(app => app.Name, StringComparer.InvariantCultureIgnoreCase)]))];
    }

    /// <summary>Up to so many ids, newest first; null when there is no such person, app or organization.</summary>
    public async Task<IReadOnlyList<Guid>?> IdsAsync(SessionScope scope, int most, CancellationToken ct) => await OfAsync(scope, End, ct) is { } query ? await query.Take(most).Select(s => s.Id).ToListAsync(ct) : null;

    /// <summary>Whether this one goes on and is among those meant.</summary>
    public async Task<bool> HasAsync(SessionScope scope, Guid sessionId, CancellationToken ct) => await OfAsync(scope, End, ct) is { } query && await query.AnyAsync(s => s.Id == sessionId, ct);

    private async Task<IQueryable<Session>?> OfAsync(SessionScope scope, Guid before, CancellationToken ct)
    {
        var (now, seen) = (clock.GetUtcNow(), clock.GetUtcNow() - options.Value.IdleLifetime);
        var open = db.Sessions.Where(s => s.EndedAt == null && s.Id < before && s.ExpiresAt > now && s.LastSeenAt > seen);
        if (scope.UserId is { } userId) return await db.Users.AnyAsync(u => u.Id == userId, ct) ? open.Where(s => s.UserId == userId).OrderByDescending(s => s.Id) : null;
        if (scope.ClientId is { } clientId)
        {
            if (await db.Clients.Where(c => c.ClientId == clientId).Select(c => (Guid?)c.Id).SingleOrDefaultAsync(ct) is not { } key) return null;
            return db.Grants.Where(g => g.ClientKey == key && g.SessionId < before).Select(g => g.SessionId!.Value).Distinct().Join(open, id => id, s => s.Id, (_, s) => s).OrderByDescending(s => s.Id);
        }
        if (scope.Organization is { } name)
        {
            if (await db.Organizations.Where(o => o.Name == name).Select(o => (Guid?)o.Id).SingleOrDefaultAsync(ct) is not { } id) return null;
            var people = await db.OrganizationMembers.Where(m => m.OrganizationId == id).Select(m => m.UserId).Take(FewPeople + 1).ToListAsync(ct);
            return (people.Count <= FewPeople ? open.Where(s => people.Contains(s.UserId)) : open.Where(s => db.OrganizationMembers.Any(m => m.UserId == s.UserId && m.OrganizationId == id))).OrderByDescending(s => s.Id);
        }
        return open.OrderByDescending(s => s.Id);
    }
}
