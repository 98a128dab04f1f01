using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Assignments;

/// <summary>Lets people and groups use an app that is for assigned people only. Whoever is assigned already stays so.</summary>
public sealed class AssignApp(IdpDbContext db, Actor actor, AuditLog audit, ILookupNormalizer normalizer, TimeProvider clock)
{
    /// <returns>How many were added.</returns>
    public async Task<Outcome<int>> ExecuteAsync(string clientId, IReadOnlyCollection<string> userNames, IReadOnlyCollection<string> groupNames, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (await db.Clients.Where(c => c.ClientId == clientId).Select(c => (Guid?)c.Id).SingleOrDefaultAsync(ct) is not { } key) return Failure.NotFound("client");
        if (!(await Assignees.FindAsync(db, normalizer, userNames, groupNames, ct)).Succeeded(out var assignees, out var unknown)) return unknown;

        var now = clock.GetUtcNow();
        var (userIds, groupIds) = (assignees.Users.Values.ToArray(), assignees.Groups.Values.ToArray());
        var users = await db.AssignedUsers.Where(a => a.ClientKey == key && userIds.Contains(a.UserId)).Select(a => a.UserId).ToHashSetAsync(ct);
        var groups = await db.AssignedGroups.Where(a => a.ClientKey == key && groupIds.Contains(a.GroupId)).Select(a => a.GroupId).ToHashSetAsync(ct);
        var (newUsers, newGroups) = (assignees.Users.Where(user => !users.Contains(user.Value)).ToList(), assignees.Groups.Where(group => !groups.Contains(group.Value)).ToList());
        if (newUsers.Count + newGroups.Count == 0) return 0;

        db.AssignedUsers.AddRange(newUsers.Select(user => new AssignedUser { ClientKey = key, UserId = user.Value, AssignedAt = now }));
        db.AssignedGroups.AddRange(newGroups.Select(group => new AssignedGroup { ClientKey = key, GroupId = group.Value, AssignedAt = now }));
        audit.Record("client.assigned", "client", clientId, new { users = newUsers.Select(user => user.Value), groups = newGroups.Select(group => group.Key) });
        if (await db.SaveAsync("assignment", ct) is { } conflict) return conflict;
        return newUsers.Count + newGroups.Count;
    }
}
