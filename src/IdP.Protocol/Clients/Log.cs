using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Clients;

internal static partial class Log
{
    [LoggerMessage(6101, LogLevel.Warning, "The key set at {Host} could not be used: {Reason}")]
    public static partial void KeysNotFetched(ILogger logger, string host, string reason);
}
