using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Logout;

internal static partial class Log
{
    [LoggerMessage(1201, LogLevel.Information, "Logout {DeliveryId} was confirmed by client {ClientKey} at attempt {Attempt}")]
    public static partial void Confirmed(ILogger logger, Guid deliveryId, Guid clientKey, int attempt);

    [LoggerMessage(1202, LogLevel.Warning, "Logout {DeliveryId} was given up for client {ClientKey} after attempt {Attempt}: {Reason}")]
    public static partial void GaveUp(ILogger logger, Guid deliveryId, Guid clientKey, int attempt, string reason);

    [LoggerMessage(1203, LogLevel.Error, "An attempt of logout {DeliveryId} failed")]
    public static partial void AttemptFailed(ILogger logger, Guid deliveryId, Exception exception);

    [LoggerMessage(1204, LogLevel.Error, "Reading the queue of logouts failed")]
    public static partial void QueueUnreadable(ILogger logger, Exception exception);
}
