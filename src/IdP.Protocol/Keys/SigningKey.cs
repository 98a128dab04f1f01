namespace IdP.Protocol.Keys;

/// <summary>
/// A key of the provider. Life of a signing key: announced in the JWKS before it signs (so that caches have it), active, retired
/// (verifies only), gone. Times are fixed at creation; <see cref="KeyRing"/> decides by the clock.
/// </summary>
public sealed class SigningKey
{
    /// <summary>The <c>kid</c> (RFC 7517 4.5).</summary>
    public required string Id { get; set; }

    /// <summary>JWS algorithm, or <c>A256CBC-HS512</c> for the key that encrypts the provider's own stored tokens.</summary>
    public required string Algorithm { get; set; }

    /// <summary>Counts the keys of one algorithm; unique, so that two nodes cannot both make the same successor.</summary>
    public int Generation { get; set; }

    /// <summary>The private key: PKCS#8 or raw bytes, encrypted by data protection.</summary>
    public required string ProtectedData { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>From when it may sign.</summary>
    public DateTimeOffset ActiveAt { get; set; }

    /// <summary>From when it signs no more.</summary>
    public DateTimeOffset RetiredAt { get; set; }

    /// <summary>From when it is not published any more.</summary>
    public DateTimeOffset ExpiresAt { get; set; }
}
