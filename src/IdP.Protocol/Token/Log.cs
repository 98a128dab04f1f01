using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Token;

internal static partial class Log
{
    [LoggerMessage(6201, LogLevel.Information, "An assertion of issuer {IssuerId}, brought by client {ClientId}, was refused: {Reason}")]
    public static partial void AssertionRefused(ILogger logger, Guid issuerId, string clientId, string reason);
}
