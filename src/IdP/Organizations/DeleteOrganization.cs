using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Organizations;

/// <summary>Its members stay: they are people of the provider.</summary>
public sealed class DeleteOrganization(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<string>> ExecuteAsync(string name, int version, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var organization = await db.Organizations.SingleOrDefaultAsync(o => o.Name == name, ct);
        if (organization is null) return Failure.NotFound("organization");
        if (organization.Version != version) return Failure.Stale("organization");

        db.Organizations.Remove(organization);
        audit.Record("organization.deleted", "organization", name);
        if (await db.SaveAsync("organization", ct) is { } conflict) return conflict;
        return name;
    }
}
