namespace IdP.Protocol.Clients;

/// <summary>
/// A signed assertion that was accepted once (RFC 7523 3, item 7). The primary key decides between nodes: whoever inserts second is replaying.
/// </summary>
public sealed class UsedAssertion
{
    /// <summary>SHA-256 of issuer and <c>jti</c>, base64url.</summary>
    public required string Id { get; set; }

    /// <summary>From when the assertion is refused for its age alone.</summary>
    public DateTimeOffset ExpiresAt { get; set; }
}
