using IdP.Protocol.Clients;

namespace IdP.Clients;

/// <summary>Everything about a client that an administrator decides, with the values a new client starts with. Forms bind to it, files are read onto it.</summary>
public sealed class ClientSettings
{
    public string? ClientName { get; set; }
    public string? Description { get; set; }
    public string? ClientUri { get; set; }
    public string? LogoUri { get; set; }
    public bool Enabled { get; set; } = true;
    public ApplicationType ApplicationType { get; set; }
    public string TokenEndpointAuthMethod { get; set; } = ClientAuthenticationMethods.ClientSecretBasic;
    public List<string> AllowedGrantTypes { get; set; } = [];
    public List<string> RedirectUris { get; set; } = [];
    public List<string> PostLogoutRedirectUris { get; set; } = [];
    public List<string> AllowedCorsOrigins { get; set; } = [];
    public List<string> AllowedScopes { get; set; } = [];
    public bool RequirePkce { get; set; } = true;
    public bool AllowOfflineAccess { get; set; }
    public bool RequireConsent { get; set; }
    public bool AllowRememberConsent { get; set; } = true;
    public int? ConsentLifetime { get; set; }
    public AccessTokenType AccessTokenType { get; set; }
    public int AccessTokenLifetime { get; set; } = 3600;
    public int IdentityTokenLifetime { get; set; } = 300;
    public int AuthorizationCodeLifetime { get; set; } = 60;
    public int AbsoluteRefreshTokenLifetime { get; set; } = 2_592_000;
    public int SlidingRefreshTokenLifetime { get; set; } = 1_296_000;
    public string IdTokenSignedResponseAlg { get; set; } = SigningAlgorithms.RS256;

    public bool IsPublic => TokenEndpointAuthMethod == ClientAuthenticationMethods.None;

    public static ClientSettings From(Client client) => new()
    {
        ClientName = client.ClientName,
        Description = client.Description,
        ClientUri = client.ClientUri,
        LogoUri = client.LogoUri,
        Enabled = client.Enabled,
        ApplicationType = client.ApplicationType,
        TokenEndpointAuthMethod = client.TokenEndpointAuthMethod,
        AllowedGrantTypes = [.. client.AllowedGrantTypes],
        RedirectUris = [.. client.RedirectUris],
        PostLogoutRedirectUris = [.. client.PostLogoutRedirectUris],
        AllowedCorsOrigins = [.. client.AllowedCorsOrigins],
        AllowedScopes = [.. client.AllowedScopes],
        RequirePkce = client.RequirePkce,
        AllowOfflineAccess = client.AllowOfflineAccess,
        RequireConsent = client.RequireConsent,
        AllowRememberConsent = client.AllowRememberConsent,
        ConsentLifetime = client.ConsentLifetime,
        AccessTokenType = client.AccessTokenType,
        AccessTokenLifetime = client.AccessTokenLifetime,
        IdentityTokenLifetime = client.IdentityTokenLifetime,
        AuthorizationCodeLifetime = client.AuthorizationCodeLifetime,
        AbsoluteRefreshTokenLifetime = client.AbsoluteRefreshTokenLifetime,
        SlidingRefreshTokenLifetime = client.SlidingRefreshTokenLifetime,
        IdTokenSignedResponseAlg = client.IdTokenSignedResponseAlg,
    };
}
