using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>Takes a role away from everybody who holds it.</summary>
public sealed class DeleteRole(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<string>> ExecuteAsync(string name, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var role = await db.Roles.SingleOrDefaultAsync(r => r.Name == name, ct);
        // One that an app had before the provider did may be deleted to make place.
        if (role?.Id == Role.HelpDeskId) return Failure.Conflict("helpdesk_needed", "The role helpdesk is built in and cannot be deleted. Take it away from whoever should not have it.");
        if (name == Role.Owner) return Failure.Conflict("owner_needed", "The role owner cannot be deleted: without it nobody can administer the provider.");
        if (role is null) return Failure.NotFound("role");

        db.Roles.Remove(role);
        audit.Record("role.deleted", "role", name);
        if (await db.SaveAsync("role", ct) is { } conflict) return conflict;
        return name;
    }
}
