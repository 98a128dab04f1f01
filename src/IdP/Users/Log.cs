using Microsoft.Extensions.Logging;

namespace IdP.Users;

internal static partial class Log
{
    [LoggerMessage(2901, LogLevel.Warning, "The role '{Role}' was made for an app before the provider had a help desk of this name. It goes on to be in tokens and opens nothing of the console, and nobody can be given the help desk. Give its holders another role for the app, delete it and start again: the provider then makes its own")]
    public static partial void ForeignHelpDesk(ILogger logger, string role);
}
