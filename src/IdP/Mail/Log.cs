using Microsoft.Extensions.Logging;

namespace IdP.Mail;

internal static partial class Log
{
    [LoggerMessage(2501, LogLevel.Error, "The queue of mails could not be worked on")]
    public static partial void QueueFailed(ILogger logger, Exception exception);

    [LoggerMessage(2502, LogLevel.Warning, "Mail {MailId} ({Kind}) was not sent at attempt {Attempts}: {Error}; it is tried again")]
    public static partial void AttemptFailed(ILogger logger, Guid mailId, string kind, int attempts, string error);

    [LoggerMessage(2503, LogLevel.Warning, "Mail {MailId} ({Kind}) was given up after {Attempts} attempts: {Error}")]
    public static partial void GaveUp(ILogger logger, Guid mailId, string kind, int attempts, string? error);

    [LoggerMessage(2504, LogLevel.Information, "Mail {MailId} ({Kind}) was sent")]
    public static partial void Sent(ILogger logger, Guid mailId, string kind);
}
