using IdP.SignIn;
using Microsoft.Extensions.Logging;

namespace IdP.Recovery.Rescue;

internal static partial class Log
{
    [LoggerMessage(2151, LogLevel.Information, "Recovery decided: {Outcome} for user {UserId}")]
    public static partial void RescueStep(ILogger logger, SignInOutcome outcome, Guid userId);
}
