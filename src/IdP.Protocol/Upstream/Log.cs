using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Upstream;

internal static partial class Log
{
    [LoggerMessage(6601, LogLevel.Warning, "The metadata of the provider at {Host} could not be used: {Reason}")]
    public static partial void MetadataNotFetched(ILogger logger, string host, string reason);
}
