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
