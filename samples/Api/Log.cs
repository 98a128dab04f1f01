namespace Api;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "The provider at {Authority} did not answer: {Reason}. Start it, or set Authority to its address")]
    public static partial void ProviderUnreachable(ILogger logger, string? authority, string reason);

    [LoggerMessage(2, LogLevel.Warning, "An access token was refused: {Reason}")]
    public static partial void TokenRefused(ILogger logger, string reason);
}
