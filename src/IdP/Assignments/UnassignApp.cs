using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Assignments;

/// <summary>Takes people and groups off an app. Where the app is for assigned people only, whoever of them may not use it by another way loses what they hold there.</summary>
public sealed class UnassignApp(IdpDbContext db, Actor actor, AuditLog audit, EndLostAccess lost, ILookupNormalizer normalizer)
{
    /// <returns>How many were taken off.</returns>
    public async Task<Outcome<int>> ExecuteAsync(string clientId, IReadOnlyCollection<string> userNames, IReadOnlyCollection<string> groupNames, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (await db.Clients.Where(c => c.ClientId == clientId).Select(c => (Guid?)c.Id).SingleOrDefaultAsync(ct) is not { } key) return Failure.NotFound("client");
        if (!(await Assignees.FindAsync(db, normalizer, userNames, groupNames, ct)).Succeeded(out var assignees, out var unknown)) return unknown;

        var (userIds, groupIds) = (assignees.Users.Values.ToArray(), assignees.Groups.Values.ToArray());
        var users = await db.AssignedUsers.Where(a => a.ClientKey == key && userIds.Contains(a.UserId)).ToListAsync(ct);
        var groups = await db.AssignedGroups.Where(a => a.ClientKey == key && groupIds.Contains(a.GroupId)).ToListAsync(ct);
        if (users.Count + groups.Count == 0) return 0;

        List<Guid> left = [.. groups.Select(a => a.GroupId)];
        lost.Note(key, users.Select(a => a.UserId));
        if (left.Count > 0) lost.Note(key, await db.GroupMembers.Where(m => left.Contains(m.GroupId)).Select(m => m.UserId).ToListAsync(ct));
        db.AssignedUsers.RemoveRange(users);
        db.AssignedGroups.RemoveRange(groups);
        audit.Record("client.unassigned", "client", clientId, new { users = users.Select(a => a.UserId), groups = assignees.Groups.Where(g => groups.Exists(a => a.GroupId == g.Value)).Select(g => g.Key) });
        await using var transaction = await db.BeginAsync(ct);
        if (await db.SaveAsync("assignment", ct) is { } conflict) return conflict;
        if (transaction is not null)
        {
            await lost.FinishAsync(ct);
            await transaction.CommitAsync(CancellationToken.None);
        }
        return users.Count + groups.Count;
    }
}
