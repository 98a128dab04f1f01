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

    /// <summary>Picture of the app (RFC 7591 logo_uri): fetched by this server, see <see cref="Logos.ClientLogo"/>, and shown where people sign in and decide.</summary>
    public string? LogoUri { get; set; }

    /// <summary>Of the logo that was fetched from <see cref="LogoUri"/>; null when there is none (yet). No column: the <see cref="Catalog"/> sets it.</summary>
    public string? LogoFingerprint { get; set; }

    /// <summary>Privacy policy of the app, linked on the sign-in and consent pages (RFC 7591 policy_uri).</summary>
    public string? PolicyUri { get; set; }

    /// <summary>Terms of service of the app, linked on the sign-in and consent pages (RFC 7591 tos_uri).</summary>
    public string? TosUri { get; set; }

    /// <summary>Where the app begins a sign-in that somebody else asks for (OpenID Connect Core 4), https.</summary>
    public string? InitiateLoginUri { get; set; }

    /// <summary>People who answer for the app, usually e-mail addresses (RFC 7591 contacts).</summary>
    public List<string> Contacts { get; set; } = [];

    public bool Enabled { get; set; } = true;

    /// <summary>What the app is, as chosen in the console: decides which fields the console shows, and whether redirect URIs may have a scheme of their own (native only).</summary>
    public ApplicationType ApplicationType { get; set; } = ApplicationType.Web;

    /// <summary>The one authentication method this client may use (RFC 7591 token_endpoint_auth_method).</summary>
    public string TokenEndpointAuthMethod { get; set; } = ClientAuthenticationMethods.ClientSecretBasic;

    /// <summary>The JWS algorithm client assertions must have (RFC 7591 token_endpoint_auth_signing_alg); null for any that fits the method.</summary>
    public string? TokenEndpointAuthSigningAlg { get; set; }

    public List<ClientSecret> ClientSecrets { get; set; } = [];

    /// <summary>The client's public keys as a JWK set (RFC 7517), by value: they verify what it signs and encrypt what is sent to it. Not with <see cref="JwksUri"/>.</summary>
    public string? Jwks { get; set; }

    /// <summary>Where the client publishes its JWK set; fetched when needed and cached.</summary>
    public string? JwksUri { get; set; }

    /// <summary>The set of rules this client is held to, see <see cref="SecurityProfiles"/>; null for the product's floor alone.</summary>
    public string? SecurityProfile { get; set; }

    /// <summary>Grant types as in RFC 7591, see <see cref="GrantTypes"/>. Refresh tokens are switched by <see cref="AllowOfflineAccess"/>.</summary>
    public List<string> AllowedGrantTypes { get; set; } = [];

    /// <summary>Redirect URIs, compared exactly (RFC 9700 2.1); only the port of a literal loopback address may vary (RFC 8252 7.3).</summary>
    public List<string> RedirectUris { get; set; } = [];

    /// <summary>Where a logout may lead back to, by the rule of <see cref="RedirectUris"/>.</summary>
    public List<string> PostLogoutRedirectUris { get; set; } = [];

    /// <summary>Loaded in a hidden frame when a session of this client ends (OpenID Connect Front-Channel Logout 1.0).</summary>
    public string? FrontChannelLogoutUri { get; set; }

    /// <summary>Whether <c>iss</c> and <c>sid</c> are added to <see cref="FrontChannelLogoutUri"/>. Default true.</summary>
    public bool FrontChannelLogoutSessionRequired { get; set; } = true;

    /// <summary>Receives a signed logout token when a session of this client ends (OpenID Connect Back-Channel Logout 1.0).</summary>
    public string? BackChannelLogoutUri { get; set; }

    /// <summary>Whether the logout token names the session (<c>sid</c>). Default true.</summary>
    public bool BackChannelLogoutSessionRequired { get; set; } = true;

    /// <summary>Origins whose browser code may call the token and userinfo endpoints.</summary>
    public List<string> AllowedCorsOrigins { get; set; } = [];

    public List<string> AllowedScopes { get; set; } = [];

    /// <summary>
    /// Whether a code challenge is demanded (RFC 7636; only S256 is accepted). Default true. Without it the challenge is optional, for confidential clients only;
    /// one that was sent binds the code all the same.
    /// </summary>
    public bool RequirePkce { get; set; } = true;

    /// <summary>Whether authorization requests must be pushed first (RFC 9126 require_pushed_authorization_requests). Default false.</summary>
    public bool RequirePushedAuthorization { get; set; }

    /// <summary>Whether the implicit and hybrid grants may return access tokens through the browser (response types with <c>token</c>). Default false.</summary>
    public bool AllowAccessTokensViaBrowser { get; set; }

    /// <summary>Whether refresh tokens may be issued (scope <c>offline_access</c>). Default false.</summary>
    public bool AllowOfflineAccess { get; set; }

    /// <summary>Whether only people who were assigned to it, themselves or by a group, may use it. Default false.</summary>
    public bool AssignmentRequired { get; set; }

    /// <summary>Whether people find it among their apps, by <see cref="InitiateLoginUri"/> or <see cref="ClientUri"/>. Default false.</summary>
    public bool ShowInPortal { get; set; }

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

    /// <summary>Seconds in which a used refresh token still gets the same successor again, for parallel tabs and lost answers. Default 0: never.</summary>
    public int RefreshTokenReuseGrace { get; set; }

    /// <summary>Seconds a device code and its user code are valid (RFC 8628). Default 300.</summary>
    public int DeviceCodeLifetime { get; set; } = 300;

    /// <summary>JWS algorithm of ID tokens, and of JWT access tokens where it is asymmetric. Default RS256.</summary>
    public string IdTokenSignedResponseAlg { get; set; } = SigningAlgorithms.RS256;

    /// <summary>JWE key management algorithm of ID tokens (RFC 7518 4); null: not encrypted.</summary>
    public string? IdTokenEncryptedResponseAlg { get; set; }

    /// <summary>JWE content encryption of ID tokens (RFC 7518 5); with an algorithm the default is A128CBC-HS256.</summary>
    public string? IdTokenEncryptedResponseEnc { get; set; }

    /// <summary>JWS algorithm of userinfo answers; null: plain JSON.</summary>
    public string? UserInfoSignedResponseAlg { get; set; }

    public string? UserInfoEncryptedResponseAlg { get; set; }
    public string? UserInfoEncryptedResponseEnc { get; set; }

    /// <summary>JWS algorithm of introspection answers to this client (RFC 9701); null: RS256 when a JWT is asked for.</summary>
    public string? IntrospectionSignedResponseAlg { get; set; }

    public string? IntrospectionEncryptedResponseAlg { get; set; }
    public string? IntrospectionEncryptedResponseEnc { get; set; }

    /// <summary>Whether apps see the same subject for a person (<c>public</c>) or one of their own (<c>pairwise</c>, OpenID Connect Core 8). Default public.</summary>
    public string SubjectType { get; set; } = SubjectTypes.Public;

    /// <summary>Lists the redirect URIs of all clients that share pairwise subjects (OpenID Connect Dynamic Registration 5).</summary>
    public string? SectorIdentifierUri { get; set; }

    /// <summary>Whether the ID token carries the claims of the granted scopes even when there is a userinfo endpoint to ask. Default false.</summary>
    public bool AlwaysIncludeUserClaimsInIdToken { get; set; }

    /// <summary>Seconds after a sign-in for which the way to this app asks for no other, whatever the request says; null: as long as the session.</summary>
    public int? UserSsoLifetime { get; set; }

    /// <summary>Seconds without a way to this app in the session after which it asks for a new sign-in; null: as long as the session.</summary>
    public int? UserSsoIdleLifetime { get; set; }

    /// <summary>Whether what was issued in a session ends with it also when it expires or is not used, and a refresh counts as its use. Default false: refresh tokens have a life of their own until somebody ends the session.</summary>
    public bool CoordinateLifetimeWithUserSession { get; set; }

    /// <summary>Seconds after which a request without <c>max_age</c> asks for a new authentication; null: never.</summary>
    public int? DefaultMaxAge { get; set; }

    /// <summary>Authentication context classes asked for when a request has no <c>acr_values</c>.</summary>
    public List<string> DefaultAcrValues { get; set; } = [];

    /// <summary>Identifies the software of a dynamically registered client (RFC 7591 software_id).</summary>
    public string? SoftwareId { get; set; }

    public string? SoftwareVersion { get; set; }

    /// <summary>Hash of the token that manages a dynamically registered client (RFC 7592); null for others.</summary>
    public string? RegistrationAccessTokenHash { get; set; }

    /// <summary>The initial access token a dynamically registered client came with.</summary>
    public Guid? InitialAccessTokenId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public int Version { get; set; }

    public bool IsPublic => TokenEndpointAuthMethod == ClientAuthenticationMethods.None;

    /// <summary>Whether it proves itself with a shared secret.</summary>
    public bool NeedsSecret => ClientAuthenticationMethods.UsesSecret(TokenEndpointAuthMethod);
}
