using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

public sealed class DeleteApiResource(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<string>> ExecuteAsync(string name, int version, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var stored = await db.ApiResources.SingleOrDefaultAsync(r => r.Name == name, ct);
        if (stored is null) return Failure.NotFound("API resource");
        if (stored.Version != version) return Failure.Stale("API resource");

        db.ApiResources.Remove(stored);
        audit.Record("api_resource.deleted", "api_resource", name);
        if (await db.SaveAsync("API resource", ct) is { } conflict) return conflict;
        return name;
    }
}
