using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Groups;

public sealed class UpdateGroup(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<Group>> ExecuteAsync(string name, int version, GroupSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(GroupRules.Check(name, settings)) is { } invalid) return invalid;
        var group = await db.Groups.SingleOrDefaultAsync(g => g.Name == name, ct);
        if (group is null) return Failure.NotFound("group");
        if (group.Version != version) return Failure.Stale("group");
        var changes = Change.Between(GroupSettings.From(group), settings);
        if (changes.Count == 0) return group;

        group.Description = settings.Description;
        audit.Record("group.updated", "group", name, new { changes = changes.Select(change => change.ToString()) });
        if (await db.SaveAsync("group", ct) is { } conflict) return conflict;
        return group;
    }
}
