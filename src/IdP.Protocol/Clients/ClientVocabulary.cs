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
}

/// <summary>Grant types as named in RFC 7591 and in IdentityServer's client model.</summary>
public static class GrantTypes
{
    public const string AuthorizationCode = "authorization_code";
    public const string ClientCredentials = "client_credentials";
    public const string RefreshToken = "refresh_token";

    /// <summary>The values a client may carry; refresh is switched by <see cref="Client.AllowOfflineAccess"/>.</summary>
    public static IReadOnlySet<string> Supported { get; } = new HashSet<string>(StringComparer.Ordinal) { AuthorizationCode, ClientCredentials };
}

/// <summary>Client authentication methods of RFC 7591 / OpenID Connect Core 9 that this provider accepts.</summary>
public static class ClientAuthenticationMethods
{
    public const string ClientSecretBasic = "client_secret_basic";
    public const string ClientSecretPost = "client_secret_post";
    public const string None = "none";

    public static IReadOnlySet<string> Supported { get; } = new HashSet<string>(StringComparer.Ordinal) { ClientSecretBasic, ClientSecretPost, None };
}

/// <summary>JWS algorithms (RFC 7518) this provider signs with.</summary>
public static class SigningAlgorithms
{
    public const string RS256 = "RS256";
    public const string ES256 = "ES256";

    public static IReadOnlyList<string> Supported { get; } = [RS256, ES256];
}
