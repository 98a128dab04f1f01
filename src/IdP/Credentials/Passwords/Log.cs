using Microsoft.Extensions.Logging;

namespace IdP.Credentials.Passwords;

internal static partial class Log
{
    [LoggerMessage(2401, LogLevel.Warning, "The system refused the nice value {Niceness} for a thread that hashes passwords: many sign-ins at once will slow other requests down")]
    public static partial void PriorityRefused(ILogger logger, int niceness);
}
