using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

public sealed class UpdateIdentityResource(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<IdentityResource>> ExecuteAsync(string name, int version, IdentityResourceSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(ResourceRules.Check(name, settings)) is { } invalid) return invalid;
        var stored = await db.IdentityResources.SingleOrDefaultAsync(r => r.Name == name, ct);
        if (stored is null) return Failure.NotFound("identity resource");
        if (stored.Version != version) return Failure.Stale("identity resource");
        var changes = Change.Between(IdentityResourceSettings.From(stored), settings);
        if (changes.Count == 0) return stored;

        db.Entry(stored).CurrentValues.SetValues(settings);
        audit.Record("identity_resource.updated", "identity_resource", name, new { changes = changes.Select(change => change.ToString()) });
        if (await db.SaveAsync("identity resource", ct) is { } conflict) return conflict;
        return stored;
    }
}
