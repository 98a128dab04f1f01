using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Federation;

/// <summary>
/// Whether a provider may speak for an address. One of organizations speaks for the domains that they have proved their own, any other one for those an administrator allowed it: from everybody
/// else's mouth an address is a claim and no more.
/// </summary>
public sealed class SpokenDomains(IdpDbContext db)
{
    /// <summary>The identity with an address that counts as verified only where the provider speaks for its domain, and with the organization that owns that domain.</summary>
    internal async Task<ExternalIdentity> JudgeAsync(Upstream upstream, ExternalIdentity identity, CancellationToken ct)
    {
        if (upstream.Provider is not { } provider) return identity; // Google is believed about every address it verified
        if (!identity.EmailVerified || MailDomain.Read(identity.Email) is not { } address) return identity with { EmailVerified = false };
        var own = identity with { Email = address.Address };
        if (!provider.HasOrganizations)
            return own with { EmailVerified = provider.Row.AllowedDomains.Contains("*") || provider.Row.AllowedDomains.Contains(address.Domain) };

        var id = provider.Row.Id;
        var owner = await db.Organizations.Where(o => o.Enabled && o.Domains.Any(d => d.Name == address.Domain && d.VerifiedAt != null) && db.IdentityProviderOrganizations.Any(l => l.ProviderId == id && l.OrganizationId == o.Id))
            .Select(o => o.Name).FirstOrDefaultAsync(ct);
        return own with { EmailVerified = owner is not null, Organization = owner };
    }
}
