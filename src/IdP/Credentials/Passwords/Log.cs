using Microsoft.Extensions.Logging;

namespace IdP.Credentials.Passwords;

internal static partial class Log
{
    [LoggerMessage(2401, LogLevel.Warning, "The system refused the nice value {Niceness} for a thread that hashes passwords: many sign-ins at once will slow other requests down")]
    public static partial void PriorityRefused(ILogger logger, int niceness);

    [LoggerMessage(2402, LogLevel.Warning, "The list of Passwords:BreachedHashesPath could not be asked, so a password was taken for one that is not in it: {Reason}")]
    public static partial void HashListFailed(ILogger logger, string reason);

    [LoggerMessage(2404, LogLevel.Warning, "The service of Passwords:BreachService is not asked for {Seconds} seconds ({Reason}): meanwhile passwords count as not known to it")]
    public static partial void BreachServiceRests(ILogger logger, double seconds, string reason);

    [LoggerMessage(2405, LogLevel.Information, "The service of Passwords:BreachService answers again")]
    public static partial void BreachServiceIsBack(ILogger logger);

    [LoggerMessage(2403, LogLevel.Warning, "Former passwords beyond Passwords:History could not be deleted; the next start tries again")]
    public static partial void TrimFailed(ILogger logger, Exception exception);
}
