using IdP.Protocol.Storage;

namespace IdP.Protocol.Registration;

/// <summary>Lets its holder register clients (RFC 7591 1.2, 3), within what it allows.</summary>
public sealed class InitialAccessToken : IVersioned
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>SHA-256 of the token; the token itself is shown once.</summary>
    public required string Hash { get; set; }

    public string? Description { get; set; }

    /// <summary>How many more clients may be registered; null for any number.</summary>
    public int? RemainingUses { get; set; }

    /// <summary>Grant types the registered clients may have; empty: those of the provider's registration policy.</summary>
    public List<string> AllowedGrantTypes { get; set; } = [];

    /// <summary>Scopes the registered clients may have; empty: those of the provider's registration policy.</summary>
    public List<string> AllowedScopes { get; set; } = [];

    public DateTimeOffset? ExpiresAt { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public int Version { get; set; }
}
