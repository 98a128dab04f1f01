using Microsoft.Extensions.Logging;

namespace IdP.Policies;

internal static partial class Log
{
    [LoggerMessage(2802, LogLevel.Warning, "{Count} passages of sessions to apps could not be written and are tried again")]
    public static partial void PassagesWait(ILogger logger, Exception exception, int count);

    [LoggerMessage(2803, LogLevel.Warning, "Passages that no what-if can use any more could not be deleted; this is tried again")]
    public static partial void PassagesNotForgotten(ILogger logger, Exception exception);

    [LoggerMessage(2801, LogLevel.Error, "{Count} passages of sessions to apps were not kept: what-if for policies knows nothing of them")]
    public static partial void PassagesLost(ILogger logger, Exception exception, int count);
}
