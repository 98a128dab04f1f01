namespace WebApp;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "The provider at {Authority} did not answer: {Reason}. Start it, or set Authority to its address")]
    public static partial void ProviderUnreachable(ILogger logger, string? authority, string reason);

    [LoggerMessage(2, LogLevel.Error, "The API did not answer: {Reason}. Start it, or set ApiUrl to its address")]
    public static partial void ApiUnreachable(ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Warning, "The sign-in was not completed: {Reason}")]
    public static partial void SignInFailed(ILogger logger, string? reason);

    [LoggerMessage(4, LogLevel.Warning, "The provider refused to refresh the tokens: {Error}")]
    public static partial void RefreshRefused(ILogger logger, string? error);

    [LoggerMessage(5, LogLevel.Warning, "The refresh token was not revoked at the sign-out: {Reason}")]
    public static partial void RevocationFailed(ILogger logger, string reason);

    [LoggerMessage(6, LogLevel.Warning, "A message that a session has ended was refused: {Reason}")]
    public static partial void LogoutRefused(ILogger logger, string reason);
}
