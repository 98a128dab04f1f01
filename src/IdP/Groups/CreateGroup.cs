using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Groups;

public sealed class CreateGroup(IdpDbContext db, Actor actor, AuditLog audit, TimeProvider clock)
{
    public async Task<Outcome<Group>> ExecuteAsync(string name, GroupSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(GroupRules.Check(name, settings)) is { } invalid) return invalid;
        if (await db.Groups.AnyAsync(g => g.Name == name, ct))
            return Failure.Conflict("taken", "There is already a group with this name.", "name");

        var group = new Group { Name = name, Description = settings.Description, CreatedAt = clock.GetUtcNow() };
        db.Groups.Add(group);
        audit.Record("group.created", "group", name);
        if (await db.SaveAsync("group", ct) is { } conflict) return conflict;
        return group;
    }
}
