using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.IdentityProviders;

/// <summary>Which organizations a provider speaks for.</summary>
public sealed class ProviderOrganizations(IdpDbContext db)
{
    /// <summary>Which of some names exist.</summary>
    public async Task<HashSet<string>> AmongAsync(IReadOnlyCollection<string> names, CancellationToken ct)
    {
        string[] possible = [.. names.Where(name => name.Length <= 100 && !name.Contains('\0'))]; // PostgreSQL refuses text with NUL
        return possible.Length == 0 ? [] : await db.Organizations.Where(o => possible.Contains(o.Name)).Select(o => o.Name).ToHashSetAsync(StringComparer.Ordinal, ct);
    }

    internal async Task SetAsync(IdentityProvider provider, IReadOnlyCollection<string> names, CancellationToken ct)
    {
        var wanted = names.Count == 0 ? [] : await db.Organizations.Where(o => names.Contains(o.Name)).Select(o => o.Id).ToListAsync(ct);
        var held = await db.IdentityProviderOrganizations.Where(l => l.ProviderId == provider.Id).ToListAsync(ct);
        db.IdentityProviderOrganizations.RemoveRange(held.Where(link => !wanted.Contains(link.OrganizationId)));
        db.IdentityProviderOrganizations.AddRange(wanted.Except(held.Select(link => link.OrganizationId)).Select(id => new IdentityProviderOrganization { ProviderId = provider.Id, OrganizationId = id }));
    }
}
