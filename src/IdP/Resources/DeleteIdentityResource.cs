using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

public sealed class DeleteIdentityResource(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<string>> ExecuteAsync(string name, int version, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (name == "openid")
            return Failure.Conflict("openid_needed", "openid cannot be deleted: without it nobody can sign in to an app.");
        var stored = await db.IdentityResources.SingleOrDefaultAsync(r => r.Name == name, ct);
        if (stored is null) return Failure.NotFound("identity resource");
        if (stored.Version != version) return Failure.Stale("identity resource");
        if (await db.Clients.Where(c => c.AllowedScopes.Contains(name)).Select(c => c.ClientId).FirstOrDefaultAsync(ct) is { } clientId)
            return Failure.Conflict("in_use", $"The client \"{clientId}\" may still ask for this scope.");

        db.IdentityResources.Remove(stored);
        audit.Record("identity_resource.deleted", "identity_resource", name);
        if (await db.SaveAsync("identity resource", ct) is { } conflict) return conflict;
        return name;
    }
}
