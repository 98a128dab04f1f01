using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Logos;

internal static partial class Log
{
    [LoggerMessage(6301, LogLevel.Information, "The logo of client {ClientId} was fetched")]
    public static partial void Fetched(ILogger logger, string clientId);

    [LoggerMessage(6302, LogLevel.Warning, "The logo of client {ClientId} could not be fetched, {Failures} times in a row: {Reason}")]
    public static partial void NotFetched(ILogger logger, string clientId, int failures, string reason);

    [LoggerMessage(6303, LogLevel.Error, "Fetching the logo of client {ClientId} failed")]
    public static partial void AttemptFailed(ILogger logger, string clientId, Exception exception);

    [LoggerMessage(6304, LogLevel.Error, "Looking for logos to fetch failed")]
    public static partial void QueueUnreadable(ILogger logger, Exception exception);
}
