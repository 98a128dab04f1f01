using IdP.Data;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;

namespace IdP.IdentityProviders;

/// <summary>Everything about an upstream provider that an administrator decides, but for its name and its secret, with the values a new one starts with.</summary>
public sealed class IdentityProviderSettings
{
    public IdentityProviderType Type { get; set; }
    public string DisplayName { get; set; } = "";
    public bool Enabled { get; set; } = true;
    public string Issuer { get; set; } = "";
    public string ClientId { get; set; } = "";
    public string TokenEndpointAuthMethod { get; set; } = ClientAuthenticationMethods.ClientSecretBasic;
    public string TokenEndpointAuthSigningAlg { get; set; } = SigningAlgorithms.ES256;
    public List<string> Scopes { get; set; } = ["openid", "profile", "email"];
    public List<string> AcrValues { get; set; } = [];
    public bool UsePushedAuthorization { get; set; } = true;
    public bool AllowNewUsers { get; set; } = true;
    public string NameClaim { get; set; } = "name";
    public string GivenNameClaim { get; set; } = "given_name";
    public string FamilyNameClaim { get; set; } = "family_name";
    public string EmailClaim { get; set; } = "email";
    public string EmailVerifiedClaim { get; set; } = "email_verified";
    public EmailTrust EmailTrust { get; set; }
    public List<string> AllowedDomains { get; set; } = [];

    /// <summary>Names of the organizations for whose people it speaks.</summary>
    public List<string> Organizations { get; set; } = [];

    public bool ShowOnSignInPage { get; set; }
    public bool OnlyWay { get; set; }

    internal bool NeedsSecret => ClientAuthenticationMethods.UsesSecret(TokenEndpointAuthMethod);

    internal bool NeedsKey => TokenEndpointAuthMethod == ClientAuthenticationMethods.PrivateKeyJwt;

    /// <summary>What is stored now: the starting point of every edit.</summary>
    public static async Task<IdentityProviderSettings> LoadAsync(IdpDbContext db, IdentityProvider provider, CancellationToken ct) => new()
    {
        Type = provider.Type,
        DisplayName = provider.DisplayName,
        Enabled = provider.Enabled,
        Issuer = provider.Issuer,
        ClientId = provider.ClientId,
        TokenEndpointAuthMethod = provider.TokenEndpointAuthMethod,
        TokenEndpointAuthSigningAlg = provider.TokenEndpointAuthSigningAlg,
        Scopes = [.. provider.Scopes],
        AcrValues = [.. provider.AcrValues],
        UsePushedAuthorization = provider.UsePushedAuthorization,
        AllowNewUsers = provider.AllowNewUsers,
        NameClaim = provider.NameClaim,
        GivenNameClaim = provider.GivenNameClaim,
        FamilyNameClaim = provider.FamilyNameClaim,
        EmailClaim = provider.EmailClaim,
        EmailVerifiedClaim = provider.EmailVerifiedClaim,
        EmailTrust = provider.EmailTrust,
        AllowedDomains = [.. provider.AllowedDomains],
        Organizations = await db.IdentityProviderOrganizations.Where(l => l.ProviderId == provider.Id).Join(db.Organizations, l => l.OrganizationId, o => o.Id, (_, o) => o.Name).OrderBy(name => name).ToListAsync(ct),
        ShowOnSignInPage = provider.ShowOnSignInPage,
        OnlyWay = provider.OnlyWay,
    };
}
