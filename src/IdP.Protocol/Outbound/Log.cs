using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Outbound;

internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Warning, "An outbound request to {Host} was refused: the address is not public, or not https, and not in OutboundHttp:AllowedNetworks")]
    public static partial void AddressRefused(ILogger logger, string host);

    [LoggerMessage(6002, LogLevel.Warning, "An outbound request to {Host} failed: {Reason}")]
    public static partial void RequestFailed(ILogger logger, string host, string reason);
}
