namespace IdP.Protocol.Token;

/// <summary>Seam to the product: what happened at the protocol endpoints, for audit, counters and notices. Implementations must not fail the request.</summary>
public interface IProtocolEvents
{
    void TokensIssued(string clientId, string? subject, string grantType);

    /// <param name="clientId">Null when the request names no registered client: what stands there may be a secret or a token that was put into the wrong field.</param>
    /// <param name="error">RFC 6749 error code.</param>
    void RequestRefused(string endpoint, string? clientId, string error);

    /// <summary>A code or refresh token came twice: its family was revoked.</summary>
    void ReuseDetected(string? clientId, string? subject, Guid grantId);

    /// <summary>A client got a token in the name of a subject (RFC 8693); with an actor somebody acts for them, without one the client stands in for them.</summary>
    void TokenExchanged(string clientId, string subject, string? actor);

    void TokenRevoked(string clientId, string? subject);
}
