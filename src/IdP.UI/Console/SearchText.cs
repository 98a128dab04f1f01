namespace IdP.UI.Console;

/// <summary>What is typed into a search field or stands in the address of a page of a list, made fit for a query: without NUL, which PostgreSQL refuses, and no longer than any name, because SQLite gives up on long patterns.</summary>
internal static class SearchText
{
    private const int MaxLength = 256;

    public static string Of(string? text)
    {
        var usable = (text ?? "").Trim().Replace("\0", "", StringComparison.Ordinal);
        return usable.Length <= MaxLength ? usable : usable[..(char.IsHighSurrogate(usable[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
    }
}
