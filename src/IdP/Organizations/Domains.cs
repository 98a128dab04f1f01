using System.Globalization;
using IdP.Access;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Organizations;

/// <summary>Domains of organizations: a verified one decides where people sign in, so it belongs to one organization only.</summary>
public sealed class Domains(IdpDbContext db, TimeProvider clock)
{
    public async Task<IReadOnlyList<Failure>> CheckFreeAsync(string organization, OrganizationSettings settings, CancellationToken ct)
    {
        var verified = settings.Domains.Where(d => d.Verified).Select(d => d.Name).ToList();
        var taken = await db.Organizations.Where(o => o.Name != organization).SelectMany(o => o.Domains)
            .Where(d => d.VerifiedAt != null && verified.Contains(d.Name)).Select(d => d.Name).ToListAsync(ct);
        return [.. taken.Distinct().Select(name => Failure.Conflict("taken", $"The domain {name} is verified for another organization.",
            string.Create(CultureInfo.InvariantCulture, $"domains[{settings.Domains.FindIndex(d => d.Name == name)}].name")))];
    }

    internal void Set(Organization organization, OrganizationSettings settings)
    {
        organization.Domains.RemoveAll(held => !settings.Domains.Exists(wanted => wanted.Name == held.Name));
        foreach (var wanted in settings.Domains)
        {
            var domain = organization.Domains.Find(held => held.Name == wanted.Name);
            if (domain is null) organization.Domains.Add(domain = new OrganizationDomain { OrganizationId = organization.Id, Name = wanted.Name });
            domain.VerifiedAt = wanted.Verified ? domain.VerifiedAt ?? clock.GetUtcNow() : null;
        }
    }
}
