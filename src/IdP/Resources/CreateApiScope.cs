using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

public sealed class CreateApiScope(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<ApiScope>> ExecuteAsync(string name, ApiScopeSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(ResourceRules.Check(name, settings)) is { } invalid) return invalid;
        if (await db.ApiScopes.AnyAsync(r => r.Name == name, ct))
            return Failure.Conflict("taken", "There is already an API scope with this name.", "name");
        if (await db.IdentityResources.AnyAsync(r => r.Name == name, ct))
            return Failure.Conflict("taken", "There is an identity resource with this name, and both are scopes.", "name");

        var created = new ApiScope { Name = name };
        db.ApiScopes.Add(created).CurrentValues.SetValues(settings);
        audit.Record("api_scope.created", "api_scope", name);
        if (await db.SaveAsync("API scope", ct) is { } conflict) return conflict;
        return created;
    }
}
