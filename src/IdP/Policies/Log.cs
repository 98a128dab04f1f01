using Microsoft.Extensions.Logging;

namespace IdP.Policies;

internal static partial class Log
{
    [LoggerMessage(2801, LogLevel.Error, "{Count} passages of sessions to apps were not kept: what-if for policies knows nothing of them")]
    public static partial void PassagesLost(ILogger logger, Exception exception, int count);
}
