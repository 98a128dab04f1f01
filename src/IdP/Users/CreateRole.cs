using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

public sealed class CreateRole(IdpDbContext db, Actor actor, AuditLog audit, ILookupNormalizer normalizer)
{
    public async Task<Outcome<Role>> ExecuteAsync(string name, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(RoleRules.Check(name)) is { } invalid) return invalid;
        var normalized = normalizer.NormalizeName(name);
        if (await db.Roles.AnyAsync(r => r.NormalizedName == normalized, ct))
            return Failure.Conflict("taken", "There is already a role with this name.", "name");

        var role = new Role(name) { NormalizedName = normalized };
        db.Roles.Add(role);
        audit.Record("role.created", "role", name);
        if (await db.SaveAsync("role", ct) is { } conflict) return conflict;
        return role;
    }
}
