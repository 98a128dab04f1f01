using IdP.Protocol.Token;
using Microsoft.Extensions.Logging;

namespace IdP.SignIn;

/// <summary>What happens at the protocol endpoints goes to the operator's log; client ids come from outside and are shortened.</summary>
internal sealed class ProtocolEvents(ILogger<ProtocolEvents> logger) : IProtocolEvents
{
    public void TokensIssued(string clientId, string? subject, string grantType) => Log.TokensIssued(logger, clientId, subject, grantType);

    public void RequestRefused(string endpoint, string? clientId, string error) => Log.RequestRefused(logger, endpoint, Short(clientId), error);

    public void ReuseDetected(string? clientId, string? subject, Guid grantId) => Log.ReuseDetected(logger, Short(clientId), subject, grantId);

    public void TokenRevoked(string clientId, string? subject) => Log.TokenRevoked(logger, clientId, subject);

    private static string? Short(string? text) => text is { Length: > 100 } ? text[..100] : text;
}
