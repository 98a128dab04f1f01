using Microsoft.Extensions.Logging;

namespace IdP.Exports;

internal static partial class Log
{
    [LoggerMessage(3201, LogLevel.Error, "The copy {Export} of a person's data stopped; it goes on in a few minutes")]
    public static partial void ExportFailed(ILogger logger, Exception exception, Guid export);

    [LoggerMessage(3202, LogLevel.Error, "Whether copies of data were asked for could not be found out; this is tried again")]
    public static partial void ExportsNotRead(ILogger logger, Exception exception);
}
