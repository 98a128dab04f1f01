using Microsoft.Extensions.Logging;

namespace IdP.Audit;

internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Error, "Audit entries could not be put into the chain; this is tried again")]
    public static partial void SealingFailed(ILogger logger, Exception exception);
}
