using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Clients;

internal static partial class Log
{
    [LoggerMessage(6101, LogLevel.Warning, "The key set at {Host} could not be used: {Reason}")]
    public static partial void KeysNotFetched(ILogger logger, string host, string reason);

    [LoggerMessage(6102, LogLevel.Information, "An assertion of client {ClientId} was refused: {Reason}")]
    public static partial void AssertionRefused(ILogger logger, string clientId, string reason);

    [LoggerMessage(6103, LogLevel.Error, "Client secret {SecretId} cannot be decrypted: the key ring has lost the key it was stored with")]
    public static partial void SecretUnreadable(ILogger logger, Guid secretId, Exception exception);
}
