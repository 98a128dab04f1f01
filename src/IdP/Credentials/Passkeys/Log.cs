using Microsoft.Extensions.Logging;

namespace IdP.Credentials.Passkeys;

internal static partial class Log
{
    [LoggerMessage(2411, LogLevel.Information, "A new passkey was refused because its attestation is not trusted: {Reason}")]
    public static partial void AttestationRefused(ILogger logger, string reason);

    [LoggerMessage(2412, LogLevel.Warning, "A passkey of the person {UserId} was refused: its counter went back, so there may be a copy of it")]
    public static partial void CounterWentBack(ILogger logger, Guid userId);
}
