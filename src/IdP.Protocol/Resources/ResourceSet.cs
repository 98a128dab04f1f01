using IdP.Protocol.Clients;
using IdP.Protocol.LocalApi;
using IdP.Protocol.Token;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Resources;

/// <summary>All enabled scopes, APIs and assertion issuers, and the browser origins clients registered: an immutable snapshot.</summary>
public sealed class ResourceSet
{
    /// <summary>Asks for a refresh token (OpenID Connect Core 11); not a resource of its own.</summary>
    public const string OfflineAccess = "offline_access";

    private ResourceSet(
        IEnumerable<IdentityResource> identityResources, IEnumerable<ApiScope> apiScopes, IEnumerable<ApiResource> apiResources, IEnumerable<AssertionIssuer> assertionIssuers,
        IEnumerable<string> corsOrigins, IEnumerable<string?> signingAlgorithms)
    {
        IdentityResources = identityResources.ToDictionary(r => r.Name, StringComparer.Ordinal);
        ApiScopes = apiScopes.ToDictionary(s => s.Name, StringComparer.Ordinal);
        ApiResources = apiResources.ToDictionary(r => r.Name, StringComparer.Ordinal);
        AssertionIssuers = assertionIssuers.ToDictionary(i => i.Issuer, StringComparer.Ordinal);
        CorsOrigins = corsOrigins.ToHashSet(StringComparer.Ordinal);
        RegisteredSigningAlgorithms = signingAlgorithms.Concat(ApiResources.Values.Select(api => api.IntrospectionSignedResponseAlg)).OfType<string>().ToHashSet(StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, IdentityResource> IdentityResources { get; }
    public IReadOnlyDictionary<string, ApiScope> ApiScopes { get; }
    public IReadOnlyDictionary<string, ApiResource> ApiResources { get; }
    public IReadOnlyDictionary<string, AssertionIssuer> AssertionIssuers { get; }
    public IReadOnlySet<string> CorsOrigins { get; }

    /// <summary>JWS algorithms that some client or API asked for.</summary>
    public IReadOnlySet<string> RegisteredSigningAlgorithms { get; }

    public bool IsScope(string name) => name == OfflineAccess || IdentityResources.ContainsKey(name) || ApiScopes.ContainsKey(name);

    /// <summary>The APIs that serve one of these scopes: the audience of the access token.</summary>
    public IEnumerable<ApiResource> ApisOf(IEnumerable<string> scopes)
    {
        var wanted = scopes.ToHashSet(StringComparer.Ordinal);
        return ApiResources.Values.Where(api => api.Scopes.Any(wanted.Contains));
    }

    /// <param name="accountApi">The name of our own API for accounts.</param>
    internal static async Task<ResourceSet> LoadAsync(DbContext db, string accountApi, CancellationToken ct)
    {
        var clients = await db.Set<Client>().AsNoTracking().Where(c => c.Enabled)
            .Select(c => new { c.AllowedCorsOrigins, c.IdTokenSignedResponseAlg, c.UserInfoSignedResponseAlg, c.IntrospectionSignedResponseAlg }).ToListAsync(ct);
        var builtIn = AccountResource.ScopeNames;
        var scopes = await db.Set<ApiScope>().AsNoTracking().Where(s => s.Enabled || builtIn.Contains(s.Name)).ToListAsync(ct);
        var apis = await db.Set<ApiResource>().AsNoTracking().Include(r => r.ApiSecrets).Where(r => r.Enabled || r.Name == accountApi).ToListAsync(ct);
        // What the operator has made of them goes before.
        scopes.AddRange(AccountResource.Scopes().Where(own => !scopes.Exists(s => s.Name == own.Name)));
        if (!apis.Exists(api => api.Name == accountApi)) apis.Add(AccountResource.Api(accountApi));
        return new(
            await db.Set<IdentityResource>().AsNoTracking().Where(r => r.Enabled).ToListAsync(ct),
            scopes.Where(s => s.Enabled),
            apis.Where(api => api.Enabled),
            await db.Set<AssertionIssuer>().AsNoTracking().Where(i => i.Enabled).ToListAsync(ct),
            clients.SelectMany(c => c.AllowedCorsOrigins),
            clients.SelectMany(c => (string?[])[c.IdTokenSignedResponseAlg, c.UserInfoSignedResponseAlg, c.IntrospectionSignedResponseAlg]));
    }
}
