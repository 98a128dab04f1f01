namespace IdP.Protocol.Clients;

/// <summary>What the secrets of clients and of APIs have in common.</summary>
public interface IStoredSecret
{
    Guid Id { get; }

    /// <summary>The hash as written by <see cref="SecretHasher"/>; the secret itself is never stored.</summary>
    string Hash { get; set; }

    string? Description { get; set; }

    /// <summary>The first characters of a generated secret; null for one that somebody chose, such as those of a configuration file.</summary>
    string? Hint { get; set; }

    DateTimeOffset? ExpiresAt { get; set; }
    DateTimeOffset CreatedAt { get; set; }
}
