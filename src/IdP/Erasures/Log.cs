using Microsoft.Extensions.Logging;

namespace IdP.Erasures;

internal static partial class Log
{
    [LoggerMessage(3101, LogLevel.Information, "Deletion {Erasure} of a person is done")]
    public static partial void PersonErased(ILogger logger, Guid erasure);

    [LoggerMessage(3102, LogLevel.Error, "Deletion {Erasure} of a person stopped; it goes on in a few minutes")]
    public static partial void ErasureFailed(ILogger logger, Exception exception, Guid erasure);

    [LoggerMessage(3103, LogLevel.Error, "Whether there are people to delete could not be found out; this is tried again")]
    public static partial void ErasuresNotRead(ILogger logger, Exception exception);
}
