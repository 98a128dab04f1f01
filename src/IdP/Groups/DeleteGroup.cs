using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Groups;

public sealed class DeleteGroup(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<string>> ExecuteAsync(string name, int version, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var group = await db.Groups.SingleOrDefaultAsync(g => g.Name == name, ct);
        if (group is null) return Failure.NotFound("group");
        if (group.Version != version) return Failure.Stale("group");

        db.Groups.Remove(group);
        audit.Record("group.deleted", "group", name);
        if (await db.SaveAsync("group", ct) is { } conflict) return conflict;
        return name;
    }
}
