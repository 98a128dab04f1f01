namespace IdP.Protocol.Grants;

/// <summary>
/// What one person gave one client in one sign-in: the family of tokens that lives and dies together. The engine calls it an authorization.
/// </summary>
public sealed class Grant
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid? ClientKey { get; set; }
    public string? Subject { get; set; }

    /// <summary>The server-side session the grant came from, null for grants without a person.</summary>
    public Guid? SessionId { get; set; }

    public List<string> Scopes { get; set; } = [];
    public string Status { get; set; } = TokenStatus.Valid;
    public string? Type { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }
}

/// <summary>States of grants and tokens as the engine writes them.</summary>
public static class TokenStatus
{
    public const string Valid = "valid";
    public const string Redeemed = "redeemed";
    public const string Revoked = "revoked";

    /// <summary>A device code that waits for a person.</summary>
    public const string Inactive = "inactive";

    /// <summary>A device code that a person refused.</summary>
    public const string Rejected = "rejected";
}
