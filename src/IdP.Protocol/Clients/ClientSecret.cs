namespace IdP.Protocol.Clients;

/// <summary>One of several secrets of a client, so that a new one can be rolled out before the old one goes.</summary>
public sealed class ClientSecret : IStoredSecret
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid ClientKey { get; set; }

    /// <summary>The hash as written by <see cref="SecretHasher"/>; the secret itself is never stored.</summary>
    public required string Hash { get; set; }

    /// <summary>The secret encrypted with the provider's key ring, kept only for clients whose registration uses it as an HMAC key (client_secret_jwt, HS256); else null.</summary>
    public string? ProtectedValue { get; set; }

    public string? Description { get; set; }

    /// <summary>The first characters of a generated secret, so that an admin can tell which one an app holds; null for chosen ones.</summary>
    public string? Hint { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    public bool IsValidAt(DateTimeOffset now) => ExpiresAt is null || ExpiresAt > now;
}
