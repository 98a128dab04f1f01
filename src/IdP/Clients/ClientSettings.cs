using IdP.Protocol.Clients;

namespace IdP.Clients;

/// <summary>Everything about a client that an administrator decides, with the values a new client starts with. Forms bind to it, files are read onto it.</summary>
public sealed class ClientSettings
{
    public string? ClientName { get; set; }
    public string? Description { get; set; }
    public string? ClientUri { get; set; }
    public string? LogoUri { get; set; }
    public string? PolicyUri { get; set; }
    public string? TosUri { get; set; }
    public string? InitiateLoginUri { get; set; }
    public List<string> Contacts { get; set; } = [];
    public bool Enabled { get; set; } = true;
    public ApplicationType ApplicationType { get; set; }
    public string TokenEndpointAuthMethod { get; set; } = ClientAuthenticationMethods.ClientSecretBasic;
    public string? TokenEndpointAuthSigningAlg { get; set; }
    public string? Jwks { get; set; }
    public string? JwksUri { get; set; }
    public string? SecurityProfile { get; set; }
    public List<string> AllowedGrantTypes { get; set; } = [];
    public List<string> RedirectUris { get; set; } = [];
    public List<string> PostLogoutRedirectUris { get; set; } = [];
    public string? FrontChannelLogoutUri { get; set; }
    public bool FrontChannelLogoutSessionRequired { get; set; } = true;
    public string? BackChannelLogoutUri { get; set; }
    public bool BackChannelLogoutSessionRequired { get; set; } = true;
    public List<string> AllowedCorsOrigins { get; set; } = [];
    public List<string> AllowedScopes { get; set; } = [];
    public bool RequirePkce { get; set; } = true;
    public bool RequirePushedAuthorization { get; set; }
    public bool AllowAccessTokensViaBrowser { get; set; }
    public bool AllowOfflineAccess { get; set; }
    public bool AssignmentRequired { get; set; }
    public bool ShowInPortal { get; set; }
    public bool RequireConsent { get; set; }
    public bool AllowRememberConsent { get; set; } = true;
    public int? ConsentLifetime { get; set; }
    public AccessTokenType AccessTokenType { get; set; }
    public int AccessTokenLifetime { get; set; } = 3600;
    public int IdentityTokenLifetime { get; set; } = 300;
    public int AuthorizationCodeLifetime { get; set; } = 60;
    public int AbsoluteRefreshTokenLifetime { get; set; } = 2_592_000;
    public int SlidingRefreshTokenLifetime { get; set; } = 1_296_000;
    public int RefreshTokenReuseGrace { get; set; }
    public int DeviceCodeLifetime { get; set; } = 300;
    public string IdTokenSignedResponseAlg { get; set; } = SigningAlgorithms.RS256;
    public string? IdTokenEncryptedResponseAlg { get; set; }
    public string? IdTokenEncryptedResponseEnc { get; set; }
    public string? UserInfoSignedResponseAlg { get; set; }
    public string? UserInfoEncryptedResponseAlg { get; set; }
    public string? UserInfoEncryptedResponseEnc { get; set; }
    public string? IntrospectionSignedResponseAlg { get; set; }
    public string? IntrospectionEncryptedResponseAlg { get; set; }
    public string? IntrospectionEncryptedResponseEnc { get; set; }
    public string SubjectType { get; set; } = SubjectTypes.Public;
    public string? SectorIdentifierUri { get; set; }
    public bool AlwaysIncludeUserClaimsInIdToken { get; set; }
    public int? UserSsoLifetime { get; set; }
    public int? UserSsoIdleLifetime { get; set; }
    public bool CoordinateLifetimeWithUserSession { get; set; }
    public int? DefaultMaxAge { get; set; }
    public List<string> DefaultAcrValues { get; set; } = [];
    public string? SoftwareId { get; set; }
    public string? SoftwareVersion { get; set; }

    public bool IsPublic => TokenEndpointAuthMethod == ClientAuthenticationMethods.None;

    /// <summary>Whether it proves itself with a shared secret.</summary>
    public bool NeedsSecret => ClientAuthenticationMethods.UsesSecret(TokenEndpointAuthMethod);

    /// <summary>A client with these settings that is in no database, for checks that look at clients.</summary>
    public Client ToClient(string clientId)
    {
        var client = new Client { ClientId = clientId };
        foreach (var property in typeof(ClientSettings).GetProperties().Where(property => property.CanWrite))
            typeof(Client).GetProperty(property.Name)!.SetValue(client, property.GetValue(this)); // a test holds the two to each other
        return client;
    }

    /// <summary>Whether its secret is an HMAC key as well, and so must be known again.</summary>
    public bool SignsWithSecret => TokenEndpointAuthMethod == ClientAuthenticationMethods.ClientSecretJwt || NeedsSecret && IdTokenSignedResponseAlg == SigningAlgorithms.HS256;

    public static ClientSettings From(Client client) => new()
    {
        ClientName = client.ClientName,
        Description = client.Description,
        ClientUri = client.ClientUri,
        LogoUri = client.LogoUri,
        PolicyUri = client.PolicyUri,
        TosUri = client.TosUri,
        InitiateLoginUri = client.InitiateLoginUri,
        Contacts = [.. client.Contacts],
        Enabled = client.Enabled,
        ApplicationType = client.ApplicationType,
        TokenEndpointAuthMethod = client.TokenEndpointAuthMethod,
        TokenEndpointAuthSigningAlg = client.TokenEndpointAuthSigningAlg,
        Jwks = client.Jwks,
        JwksUri = client.JwksUri,
        SecurityProfile = client.SecurityProfile,
        AllowedGrantTypes = [.. client.AllowedGrantTypes],
        RedirectUris = [.. client.RedirectUris],
        PostLogoutRedirectUris = [.. client.PostLogoutRedirectUris],
        FrontChannelLogoutUri = client.FrontChannelLogoutUri,
        FrontChannelLogoutSessionRequired = client.FrontChannelLogoutSessionRequired,
        BackChannelLogoutUri = client.BackChannelLogoutUri,
        BackChannelLogoutSessionRequired = client.BackChannelLogoutSessionRequired,
        AllowedCorsOrigins = [.. client.AllowedCorsOrigins],
        AllowedScopes = [.. client.AllowedScopes],
        RequirePkce = client.RequirePkce,
        RequirePushedAuthorization = client.RequirePushedAuthorization,
        AllowAccessTokensViaBrowser = client.AllowAccessTokensViaBrowser,
        AllowOfflineAccess = client.AllowOfflineAccess,
        AssignmentRequired = client.AssignmentRequired,
        ShowInPortal = client.ShowInPortal,
        RequireConsent = client.RequireConsent,
        AllowRememberConsent = client.AllowRememberConsent,
        ConsentLifetime = client.ConsentLifetime,
        AccessTokenType = client.AccessTokenType,
        AccessTokenLifetime = client.AccessTokenLifetime,
        IdentityTokenLifetime = client.IdentityTokenLifetime,
        AuthorizationCodeLifetime = client.AuthorizationCodeLifetime,
        AbsoluteRefreshTokenLifetime = client.AbsoluteRefreshTokenLifetime,
        SlidingRefreshTokenLifetime = client.SlidingRefreshTokenLifetime,
        RefreshTokenReuseGrace = client.RefreshTokenReuseGrace,
        DeviceCodeLifetime = client.DeviceCodeLifetime,
        IdTokenSignedResponseAlg = client.IdTokenSignedResponseAlg,
        IdTokenEncryptedResponseAlg = client.IdTokenEncryptedResponseAlg,
        IdTokenEncryptedResponseEnc = client.IdTokenEncryptedResponseEnc,
        UserInfoSignedResponseAlg = client.UserInfoSignedResponseAlg,
        UserInfoEncryptedResponseAlg = client.UserInfoEncryptedResponseAlg,
        UserInfoEncryptedResponseEnc = client.UserInfoEncryptedResponseEnc,
        IntrospectionSignedResponseAlg = client.IntrospectionSignedResponseAlg,
        IntrospectionEncryptedResponseAlg = client.IntrospectionEncryptedResponseAlg,
        IntrospectionEncryptedResponseEnc = client.IntrospectionEncryptedResponseEnc,
        SubjectType = client.SubjectType,
        SectorIdentifierUri = client.SectorIdentifierUri,
        AlwaysIncludeUserClaimsInIdToken = client.AlwaysIncludeUserClaimsInIdToken,
        UserSsoLifetime = client.UserSsoLifetime,
        UserSsoIdleLifetime = client.UserSsoIdleLifetime,
        CoordinateLifetimeWithUserSession = client.CoordinateLifetimeWithUserSession,
        DefaultMaxAge = client.DefaultMaxAge,
        DefaultAcrValues = [.. client.DefaultAcrValues],
        SoftwareId = client.SoftwareId,
        SoftwareVersion = client.SoftwareVersion,
    };
}
