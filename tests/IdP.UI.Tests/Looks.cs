using IdP.Testing;

namespace IdP.UI.Tests;

/// <summary>Pages look alike on both databases: on each of them a theme is looked at in one width, so that both themes and both widths are seen on one, and all four looks where a class runs on both.</summary>
internal static class Looks
{
    public static bool IsPhone(DatabaseKind database, bool dark) => dark == database is DatabaseKind.PostgreSql;

    /// <summary>And in two languages.</summary>
    public static string? Language(bool german) => german ? "de-DE" : null;
}
