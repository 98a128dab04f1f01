using IdP.Testing;

namespace IdP.UI.Tests;

/// <summary>Pages look alike on both databases, so both themes at both widths are looked at once over the two of them.</summary>
internal static class Looks
{
    public static bool IsPhone(DatabaseKind database, bool dark) => dark == database is DatabaseKind.PostgreSql;

    /// <summary>And in two languages.</summary>
    public static string? Language(bool german) => german ? "de-DE" : null;
}
