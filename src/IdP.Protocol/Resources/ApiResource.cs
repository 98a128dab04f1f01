using IdP.Protocol.Clients;
using IdP.Protocol.Storage;

namespace IdP.Protocol.Resources;

/// <summary>An API: the audience of access tokens that carry one of its scopes, and a caller of introspection when it has secrets.</summary>
public sealed class ApiResource : IVersioned
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>The audience value (<c>aud</c>), and the API's own <c>client_id</c> at introspection.</summary>
    public required string Name { get; set; }

    public string? DisplayName { get; set; }
    public string? Description { get; set; }
    public bool Enabled { get; set; } = true;

    /// <summary>Names of the <see cref="ApiScope"/>s this API serves.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>Claim types about the person that go into every access token for this API.</summary>
    public List<string> UserClaims { get; set; } = [];

    /// <summary>Whether tokens for this API are issued only to requests that name it by <c>resource</c> (RFC 8707), and then alone. Default false.</summary>
    public bool RequireResourceIndicator { get; set; }

    /// <summary>The API's public keys as a JWK set (RFC 7517), by value. Not with <see cref="JwksUri"/>.</summary>
    public string? Jwks { get; set; }

    /// <summary>Where the API publishes its JWK set; fetched when needed and cached.</summary>
    public string? JwksUri { get; set; }

    /// <summary>JWE key management algorithm of access tokens for this API, which are signed first; null: not encrypted.</summary>
    public string? AccessTokenEncryptedResponseAlg { get; set; }

    /// <summary>JWE content encryption of access tokens; with an algorithm the default is A128CBC-HS256.</summary>
    public string? AccessTokenEncryptedResponseEnc { get; set; }

    /// <summary>JWS algorithm of introspection answers to this API (RFC 9701); null: RS256 when a JWT is asked for.</summary>
    public string? IntrospectionSignedResponseAlg { get; set; }

    public string? IntrospectionEncryptedResponseAlg { get; set; }
    public string? IntrospectionEncryptedResponseEnc { get; set; }

    public List<ApiSecret> ApiSecrets { get; set; } = [];
    public int Version { get; set; }
}

/// <summary>A secret an API authenticates with at the introspection endpoint.</summary>
public sealed class ApiSecret : IStoredSecret
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid ApiResourceId { get; set; }

    /// <summary>The hash as written by <see cref="SecretHasher"/>.</summary>
    public required string Hash { get; set; }

    public string? Description { get; set; }

    /// <summary>The first characters of a generated secret, so that an admin can tell which one an API holds; null for chosen ones.</summary>
    public string? Hint { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    public bool IsValidAt(DateTimeOffset now) => ExpiresAt is null || ExpiresAt > now;
}
