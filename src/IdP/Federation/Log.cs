using IdP.SignIn;
using Microsoft.Extensions.Logging;

namespace IdP.Federation;

internal static partial class Log
{
    [LoggerMessage(2301, LogLevel.Information, "Sign-in with {Provider} decided: {Outcome} for user {UserId}")]
    public static partial void ExternalSignInDecided(ILogger logger, string provider, SignInOutcome outcome, Guid? userId);

    [LoggerMessage(2302, LogLevel.Warning, "No account was created for a person of {Provider}: {Code}")]
    public static partial void AccountNotCreated(ILogger logger, string provider, string code);

    [LoggerMessage(2303, LogLevel.Warning, "The answer of the provider {Provider} was refused: {Reason} (trace {TraceId})")]
    public static partial void UpstreamRefused(ILogger logger, string provider, string reason, string traceId);
}
