using Microsoft.Extensions.Logging;

namespace IdP.Configuration;

internal static partial class Log
{
    [LoggerMessage(2600, LogLevel.Information, "Configuration applied with {Writes} writes")]
    public static partial void Applied(ILogger logger, int writes);
}
