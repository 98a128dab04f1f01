using IdP.Access;
using IdP.Assignments;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Groups;

public sealed class DeleteGroup(IdpDbContext db, Actor actor, AuditLog audit, EndLostAccess lost)
{
    public async Task<Outcome<string>> ExecuteAsync(string name, int version, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var group = await db.Groups.SingleOrDefaultAsync(g => g.Name == name, ct);
        if (group is null) return Failure.NotFound("group");
        if (group.Version != version) return Failure.Stale("group");

        // Its assignments and its members go with it.
        if (await db.AssignedGroups.Where(a => a.GroupId == group.Id).Select(a => a.ClientKey).ToListAsync(ct) is { Count: > 0 } apps)
        {
            var members = await db.GroupMembers.Where(m => m.GroupId == group.Id).Select(m => m.UserId).ToListAsync(ct);
            foreach (var app in apps) lost.Note(app, members);
        }
        db.Groups.Remove(group);
        audit.Record("group.deleted", "group", name);
        await using var transaction = await db.BeginAsync(ct);
        if (await db.SaveAsync("group", ct) is { } conflict) return conflict;
        if (transaction is not null)
        {
            await lost.FinishAsync(ct);
            await transaction.CommitAsync(CancellationToken.None);
        }
        return name;
    }
}
