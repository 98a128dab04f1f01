using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Grants;
using IdP.Protocol.Logout;
using Microsoft.EntityFrameworkCore;

namespace IdP.Assignments;

/// <summary>
/// Whoever may use an app no longer, because they or a group of theirs were taken off it, loses what they hold there: codes, refresh tokens and reference tokens are revoked, and an app that was reached in a session which
/// goes on is told, as at the end of the session. Part of the change that takes them off: the caller notes whom it may concern, and holds the transaction. In a configuration file that is the whole file, so that nobody
/// loses what a later line of it gives back.
/// </summary>
public sealed class EndLostAccess(IdpDbContext db, GrantRevocation revocation, BackChannelLogout logout, AuditLog audit)
{
    private const int Batch = 500;
    private readonly Dictionary<Guid, HashSet<Guid>> _noted = [];

    public void Note(Guid clientKey, IEnumerable<Guid> people)
    {
        if (!_noted.TryGetValue(clientKey, out var noted)) _noted[clientKey] = noted = [];
        noted.UnionWith(people);
    }

    /// <summary>Somebody who leaves groups.</summary>
    public async Task NoteAsync(Guid userId, IReadOnlyCollection<string> groupNames, CancellationToken ct)
    {
        if (groupNames.Count == 0) return;
        foreach (var key in await db.AssignedGroups.Where(a => db.Groups.Any(g => g.Id == a.GroupId && groupNames.Contains(g.Name))).Select(a => a.ClientKey).Distinct().ToListAsync(ct)) Note(key, [userId]);
    }

    /// <summary>Ends what was lost, once the assignments are as they shall be: in parts, however many people there are, and of those only who holds something.</summary>
    public async Task FinishAsync(CancellationToken ct)
    {
        foreach (var (key, people) in _noted)
            if (await db.Clients.Where(c => c.Id == key && c.AssignmentRequired).Select(c => c.ClientId).SingleOrDefaultAsync(ct) is { } clientId)
                foreach (var some in people.Order().Chunk(Batch)) // in an order, so that two who do the same at once wait for each other in it
                    await EndAsync(key, clientId, some, ct);
        _noted.Clear();
    }

    private async Task EndAsync(Guid key, string clientId, Guid[] people, CancellationToken ct)
    {
        var assigned = await db.AssignedUsers.Where(a => a.ClientKey == key && people.Contains(a.UserId)).Select(a => a.UserId)
            .Union(db.GroupMembers.Where(m => people.Contains(m.UserId) && db.AssignedGroups.Any(a => a.ClientKey == key && a.GroupId == m.GroupId)).Select(m => m.UserId)).ToListAsync(ct);
        var subjects = people.Except(assigned).Select(id => id.ToString()).ToList();
        var holders = await db.Grants.Where(g => g.Subject != null && subjects.Contains(g.Subject) && g.ClientKey == key && g.Status == TokenStatus.Valid).Select(g => g.Subject!).Distinct().ToListAsync(ct);
        if (holders.Count == 0) return;

        await logout.QueueAsync(key, holders, db.Sessions.Where(s => s.EndedAt == null).Select(s => s.Id), ct);
        await revocation.RevokeSubjectsAsync(holders, key, ct);
        foreach (var holder in holders) audit.Record("user.app_access_ended", "user", holder, new { app = clientId });
        await db.SaveChangesAsync(ct);
        // The next part does not carry this one along.
        foreach (var saved in db.ChangeTracker.Entries().Where(entry => entry is { State: EntityState.Unchanged, Entity: AuditEntry or LogoutDelivery }).ToList()) saved.State = EntityState.Detached;
    }
}
