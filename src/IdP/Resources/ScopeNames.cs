using IdP.Data;
using IdP.Protocol.LocalApi;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

/// <summary>The names clients can be allowed: identity resources and API scopes share one name space, that of the <c>scope</c> parameter.</summary>
public sealed class ScopeNames(IdpDbContext db)
{
    public async Task<IReadOnlySet<string>> AllAsync(CancellationToken ct) => (await db.IdentityResources.Select(r => r.Name)
        .Union(db.ApiScopes.Select(s => s.Name)).ToListAsync(ct)).Concat(AccountResource.ScopeNames).ToHashSet(StringComparer.Ordinal);

    public async Task<IReadOnlySet<string>> OfApisAsync(CancellationToken ct) =>
        (await db.ApiScopes.Select(s => s.Name).ToListAsync(ct)).ToHashSet(StringComparer.Ordinal);
}
