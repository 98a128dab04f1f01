using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

public sealed class DeleteApiScope(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<string>> ExecuteAsync(string name, int version, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var stored = await db.ApiScopes.SingleOrDefaultAsync(s => s.Name == name, ct);
        if (stored is null) return Failure.NotFound("API scope");
        if (stored.Version != version) return Failure.Stale("API scope");
        if (await db.Clients.Where(c => c.AllowedScopes.Contains(name)).Select(c => c.ClientId).FirstOrDefaultAsync(ct) is { } clientId)
            return Failure.Conflict("in_use", $"The client \"{clientId}\" may still ask for this scope.");
        if (await db.ApiResources.Where(r => r.Scopes.Contains(name)).Select(r => r.Name).FirstOrDefaultAsync(ct) is { } api)
            return Failure.Conflict("in_use", $"The API resource \"{api}\" still serves this scope.");

        db.ApiScopes.Remove(stored);
        audit.Record("api_scope.deleted", "api_scope", name);
        if (await db.SaveAsync("API scope", ct) is { } conflict) return conflict;
        return name;
    }
}
