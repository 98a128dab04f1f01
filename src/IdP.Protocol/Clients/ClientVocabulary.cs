namespace IdP.Protocol.Clients;

/// <summary>Form of the access tokens a client receives.</summary>
public enum AccessTokenType
{
    /// <summary>Self-contained JWT (RFC 9068).</summary>
    Jwt = 0,

    /// <summary>Opaque handle that an API resolves by introspection (RFC 7662).</summary>
    Reference = 1,
}

/// <summary>The kinds of app the console's wizard offers.</summary>
public enum ApplicationType
{
    /// <summary>Server-side web app with a secret.</summary>
    Web = 0,

    /// <summary>Single-page app in the browser, without a secret.</summary>
    Spa = 1,

    /// <summary>Mobile, desktop or command-line app, without a secret.</summary>
    Native = 2,

    /// <summary>Service without a person: client credentials.</summary>
    Machine = 3,

    /// <summary>Television, console or other device without a browser of its own: device authorization.</summary>
    Device = 4,
}

/// <summary>Grant types as named in RFC 7591 and in IdentityServer's client model.</summary>
public static class GrantTypes
{
    public const string AuthorizationCode = "authorization_code";
    public const string ClientCredentials = "client_credentials";
    public const string RefreshToken = "refresh_token";

    /// <summary>Tokens straight from the authorization endpoint (OpenID Connect Core 3.2), for older apps.</summary>
    public const string Implicit = "implicit";

    /// <summary>A code and tokens from the authorization endpoint (OpenID Connect Core 3.3), for older apps.</summary>
    public const string Hybrid = "hybrid";

    /// <summary>Resource owner password credentials (RFC 6749 4.3), for older apps.</summary>
    public const string Password = "password";

    /// <summary>RFC 8628.</summary>
    public const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";

    /// <summary>RFC 8693.</summary>
    public const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

    /// <summary>RFC 7523 2.1.</summary>
    public const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    /// <summary>The built-in values a client may carry; refresh is switched by <see cref="Client.AllowOfflineAccess"/>.</summary>
    public static IReadOnlySet<string> Supported { get; } = new HashSet<string>(StringComparer.Ordinal) { AuthorizationCode, ClientCredentials, Implicit, Hybrid, Password, DeviceCode, TokenExchange, JwtBearer };

    /// <summary>Those that use the authorization endpoint, and so need redirect URIs.</summary>
    public static bool IsInteractive(string grant) => grant is AuthorizationCode or Implicit or Hybrid;

    /// <summary>Those in which a person takes part and refresh tokens may be issued.</summary>
    public static bool AllowsRefresh(string grant) => grant is AuthorizationCode or Hybrid or Password or DeviceCode or JwtBearer;
}

/// <summary>Client authentication methods of RFC 7591 / OpenID Connect Core 9 that this provider accepts.</summary>
public static class ClientAuthenticationMethods
{
    public const string ClientSecretBasic = "client_secret_basic";
    public const string ClientSecretPost = "client_secret_post";
    public const string ClientSecretJwt = "client_secret_jwt";
    public const string PrivateKeyJwt = "private_key_jwt";
    public const string None = "none";

    public static IReadOnlySet<string> Supported { get; } = new HashSet<string>(StringComparer.Ordinal) { ClientSecretBasic, ClientSecretPost, ClientSecretJwt, PrivateKeyJwt, None };

    /// <summary>Whether a client with this method proves itself with a shared secret.</summary>
    public static bool UsesSecret(string method) => method is ClientSecretBasic or ClientSecretPost or ClientSecretJwt;

    /// <summary>The methods by which whoever is no public client can authenticate.</summary>
    public static IReadOnlyList<string> Confidential { get; } = [ClientSecretBasic, ClientSecretPost, ClientSecretJwt, PrivateKeyJwt];
}

/// <summary>JWS algorithms (RFC 7518 3) in use.</summary>
public static class SigningAlgorithms
{
    public const string RS256 = "RS256";
    public const string RS384 = "RS384";
    public const string RS512 = "RS512";
    public const string PS256 = "PS256";
    public const string PS384 = "PS384";
    public const string PS512 = "PS512";
    public const string ES256 = "ES256";
    public const string ES384 = "ES384";
    public const string ES512 = "ES512";
    public const string HS256 = "HS256";

    /// <summary>The algorithms this provider signs with a key of its own.</summary>
    public static IReadOnlyList<string> Supported { get; } = [RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512];

    /// <summary>The algorithms of ID tokens. HS256, with the client's secret as key (OpenID Connect Core 10.1), is for older apps that know no other; <c>none</c> does not exist.</summary>
    public static IReadOnlyList<string> OfIdTokens { get; } = [.. Supported, HS256];

    /// <summary>What the provider's own key signs with in tokens for a client that chose HMAC for its ID tokens, or none: an API has no client's secret.</summary>
    internal static string OfOwnKey(Client? client) => client is not null && Supported.Contains(client.IdTokenSignedResponseAlg) ? client.IdTokenSignedResponseAlg : RS256;

    /// <summary>The HMAC algorithms of <c>client_secret_jwt</c>.</summary>
    public static IReadOnlyList<string> Symmetric { get; } = [HS256, "HS384", "HS512"];

    /// <summary>The algorithms of client assertions made with an authentication method (OpenID Connect Core 9); none for methods without.</summary>
    public static IReadOnlyList<string> OfAssertions(string method) => method switch
    {
        ClientAuthenticationMethods.ClientSecretJwt => Symmetric,
        ClientAuthenticationMethods.PrivateKeyJwt => Supported,
        _ => [],
    };

    /// <summary>How long the secret of an HMAC algorithm must be (RFC 7518 3.2).</summary>
    public static int MinSecretBytes(string algorithm) => algorithm switch
    {
        HS256 => 32,
        "HS384" => 48,
        "HS512" => 64,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "No HMAC algorithm."),
    };
}

/// <summary>JWE algorithms (RFC 7518 4 and 5) this provider encrypts with.</summary>
public static class EncryptionAlgorithms
{
    public const string DefaultContent = "A128CBC-HS256";

    /// <summary>Key management: to an RSA key, or to an elliptic curve key by key agreement.</summary>
    public static IReadOnlyList<string> KeyManagement { get; } = ["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES+A128KW", "ECDH-ES+A256KW"];

    public static IReadOnlyList<string> Content { get; } = [DefaultContent, "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"];
}

/// <summary>Subject identifier types (OpenID Connect Core 8).</summary>
public static class SubjectTypes
{
    public const string Public = "public";
    public const string Pairwise = "pairwise";

    public static IReadOnlySet<string> Supported { get; } = new HashSet<string>(StringComparer.Ordinal) { Public, Pairwise };
}

/// <summary>Sets of rules a client can be held to, each stricter than the product's floor.</summary>
public static class SecurityProfiles
{
    /// <summary>OAuth 2.1 (draft-ietf-oauth-v2-1) with RFC 9700.</summary>
    public const string OAuth21 = "oauth-2.1";

    public static IReadOnlySet<string> Supported { get; } = new HashSet<string>(StringComparer.Ordinal) { OAuth21 };
}
