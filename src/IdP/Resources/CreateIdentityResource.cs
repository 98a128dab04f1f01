using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

public sealed class CreateIdentityResource(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<IdentityResource>> ExecuteAsync(string name, IdentityResourceSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(ResourceRules.Check(name, settings)) is { } invalid) return invalid;
        if (await db.IdentityResources.AnyAsync(r => r.Name == name, ct))
            return Failure.Conflict("taken", "There is already an identity resource with this name.", "name");
        if (await db.ApiScopes.AnyAsync(r => r.Name == name, ct))
            return Failure.Conflict("taken", "There is an API scope with this name, and both are scopes.", "name");

        var created = new IdentityResource { Name = name };
        db.IdentityResources.Add(created).CurrentValues.SetValues(settings);
        audit.Record("identity_resource.created", "identity_resource", name);
        if (await db.SaveAsync("identity resource", ct) is { } conflict) return conflict;
        return created;
    }
}
