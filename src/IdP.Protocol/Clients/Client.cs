using IdP.Protocol.Storage;

namespace IdP.Protocol.Clients;

/// <summary>
/// An app that may ask for tokens. Names follow IdentityServer where it has them, and RFC 7591 / OpenID Connect
/// Dynamic Registration metadata (in camel case) where it has none. Lifetimes are whole seconds.
/// </summary>
public sealed class Client : IVersioned
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>The public identifier sent as <c>client_id</c> (RFC 6749 2.2). Immutable.</summary>
    public required string ClientId { get; set; }

    public string? ClientName { get; set; }
    public string? Description { get; set; }

    /// <summary>Home page of the app, shown on the consent page.</summary>
    public string? ClientUri { get; set; }

    public string? LogoUri { get; set; }
    public bool Enabled { get; set; } = true;

    /// <summary>What the app is, as chosen in the console: decides which fields the console shows, and whether redirect URIs may have a scheme of their own (native only).</summary>
    public ApplicationType ApplicationType { get; set; } = ApplicationType.Web;

    /// <summary>The one authentication method this client may use (RFC 7591 token_endpoint_auth_method).</summary>
    public string TokenEndpointAuthMethod { get; set; } = ClientAuthenticationMethods.ClientSecretBasic;

    public List<ClientSecret> ClientSecrets { get; set; } = [];

    /// <summary>Grant types as in RFC 7591, see <see cref="GrantTypes"/>. Refresh tokens are switched by <see cref="AllowOfflineAccess"/>.</summary>
    public List<string> AllowedGrantTypes { get; set; } = [];

    /// <summary>Redirect URIs, compared exactly (RFC 9700 2.1); only the port of a literal loopback address may vary (RFC 8252 7.3).</summary>
    public List<string> RedirectUris { get; set; } = [];

    public List<string> PostLogoutRedirectUris { get; set; } = [];

    /// <summary>Origins whose browser code may call the token and userinfo endpoints.</summary>
    public List<string> AllowedCorsOrigins { get; set; } = [];

    public List<string> AllowedScopes { get; set; } = [];

    /// <summary>Whether a code challenge is demanded (RFC 7636; only S256 is accepted). Default true.</summary>
    public bool RequirePkce { get; set; } = true;

    /// <summary>Whether refresh tokens may be issued (scope <c>offline_access</c>). Default false.</summary>
    public bool AllowOfflineAccess { get; set; }

    public bool RequireConsent { get; set; }

    /// <summary>Whether the person may let the provider remember the consent. Default true.</summary>
    public bool AllowRememberConsent { get; set; } = true;

    /// <summary>How long a remembered consent lasts, in seconds; null for ever.</summary>
    public int? ConsentLifetime { get; set; }

    public AccessTokenType AccessTokenType { get; set; } = AccessTokenType.Jwt;

    /// <summary>Seconds an access token is valid. Default 3600.</summary>
    public int AccessTokenLifetime { get; set; } = 3600;

    /// <summary>Seconds an ID token is valid. Default 300.</summary>
    public int IdentityTokenLifetime { get; set; } = 300;

    /// <summary>Seconds an authorization code is valid. Default 60 (RFC 6749 4.1.2 allows 600 at most).</summary>
    public int AuthorizationCodeLifetime { get; set; } = 60;

    /// <summary>Seconds from sign-in after which no refresh works any more. Default 2592000 (30 days).</summary>
    public int AbsoluteRefreshTokenLifetime { get; set; } = 2_592_000;

    /// <summary>Seconds a refresh token may stay unused. Default 1296000 (15 days).</summary>
    public int SlidingRefreshTokenLifetime { get; set; } = 1_296_000;

    /// <summary>JWS algorithm of ID tokens and JWT access tokens (RS256 or ES256). Default RS256.</summary>
    public string IdTokenSignedResponseAlg { get; set; } = SigningAlgorithms.RS256;

    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public int Version { get; set; }

    public bool IsPublic => TokenEndpointAuthMethod == ClientAuthenticationMethods.None;
}
