using IdP.Protocol.Storage;

namespace IdP.Protocol.Grants;

/// <summary>A token that must be looked up: authorization, device and user codes, refresh tokens and reference access tokens. JWT access tokens and ID tokens have no row.</summary>
public sealed class GrantToken : IVersioned
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid? GrantId { get; set; }
    public Grant? Grant { get; set; }
    public Guid? ClientKey { get; set; }
    public string? Subject { get; set; }

    /// <summary>Token type URI (RFC 8693 3) or the engine's own private one.</summary>
    public string? Type { get; set; }

    public string Status { get; set; } = TokenStatus.Valid;

    /// <summary>Hash of the handle the client holds.</summary>
    public string? ReferenceId { get; set; }

    /// <summary>The claims, encrypted by the engine.</summary>
    public string? Payload { get; set; }

    public DateTimeOffset? CreatedAt { get; set; }
    public DateTimeOffset? ExpiresAt { get; set; }
    public DateTimeOffset? RedeemedAt { get; set; }

    /// <summary>When the device last asked for the outcome (RFC 8628 3.5); after a question that came too early one interval later, so that the next wait is longer.</summary>
    public DateTimeOffset? LastPolledAt { get; set; }

    /// <summary>The refresh token that replaced this one, encrypted so that only the holder of this one can read it; given again in the grace window alone.</summary>
    public string? Successor { get; set; }

    public int Version { get; set; }
}

/// <summary>
/// A row-less JWT access token that was revoked before its end (RFC 7009), kept until it would have expired anyway.
/// </summary>
public sealed class RevokedToken
{
    /// <summary>The token's <c>jti</c>.</summary>
    public required string TokenId { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }
}
