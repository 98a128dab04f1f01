using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Organizations;

public sealed class UpdateOrganization(IdpDbContext db, Actor actor, AuditLog audit, Domains domains)
{
    public async Task<Outcome<Organization>> ExecuteAsync(string name, int version, OrganizationSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        List<Failure> failures = [.. OrganizationRules.Check(name, settings), .. await domains.CheckFreeAsync(name, settings, ct)];
        if (Failure.Several(failures) is { } invalid) return invalid;
        var organization = await db.Organizations.Include(o => o.Domains).SingleOrDefaultAsync(o => o.Name == name, ct);
        if (organization is null) return Failure.NotFound("organization");
        if (organization.Version != version) return Failure.Stale("organization");
        var changes = Change.Between(OrganizationSettings.From(organization), settings);
        if (changes.Count == 0) return organization;

        (organization.DisplayName, organization.Enabled) = (settings.DisplayName, settings.Enabled);
        domains.Set(organization, settings);
        db.Entry(organization).State = EntityState.Modified; // also when only a domain changed: raises the version
        audit.Record("organization.updated", "organization", name, new { changes = changes.Select(change => change.ToString()) });
        if (await db.SaveAsync("organization", ct) is { } conflict) return conflict;
        return organization;
    }
}
