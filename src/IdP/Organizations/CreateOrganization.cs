using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Organizations;

public sealed class CreateOrganization(IdpDbContext db, Actor actor, AuditLog audit, Domains domains, TimeProvider clock)
{
    public async Task<Outcome<Organization>> ExecuteAsync(string name, OrganizationSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        List<Failure> failures = [.. OrganizationRules.Check(name, settings), .. await domains.CheckFreeAsync(name, settings, ct)];
        if (Failure.Several(failures) is { } invalid) return invalid;
        if (await db.Organizations.AnyAsync(o => o.Name == name, ct))
            return Failure.Conflict("taken", "There is already an organization with this name.", "name");

        var organization = new Organization { Name = name, DisplayName = settings.DisplayName, Enabled = settings.Enabled, CreatedAt = clock.GetUtcNow() };
        domains.Set(organization, settings);
        db.Organizations.Add(organization);
        audit.Record("organization.created", "organization", name, new { domains = settings.Domains.Select(d => d.ToString()) });
        if (await db.SaveAsync("organization", ct) is { } conflict) return conflict;
        return organization;
    }
}
