using Microsoft.Extensions.Logging;

namespace IdP.Risk;

internal static partial class Log
{
    [LoggerMessage(2701, LogLevel.Information, "{Setting}: {Path} was read again")]
    public static partial void FileRead(ILogger logger, string setting, string path);

    [LoggerMessage(2702, LogLevel.Error, "{Wrong} What was read from it before goes on to count")]
    public static partial void FileBroken(ILogger logger, string wrong);
}
