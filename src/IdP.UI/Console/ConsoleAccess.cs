using IdP.Users;

namespace IdP.UI.Console;

/// <summary>Where the console begins for whom.</summary>
internal static class ConsoleAccess
{
    public const string HelpDeskPath = "/console/users", RecoveriesPath = "/console/recoveries";

    /// <summary>Null for whom it does not open.</summary>
    public static string? UrlFor(IEnumerable<string> roles) => roles.Contains(Role.Owner) ? "/console" : roles.Contains(Role.HelpDesk) ? HelpDeskPath : null;
}
