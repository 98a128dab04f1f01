namespace IdP.Credentials;

/// <summary>Codes as people type them: with the spaces and hyphens that a screen or a sheet of paper showed.</summary>
internal static class CodeText
{
    private const int MaxLength = 100;

    /// <summary>The digits alone; what has anything else in it stays as it is, and is no code.</summary>
    public static string Digits(string text) => text.Length > MaxLength ? "" : string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c != '-'));

    /// <summary>Letters and digits in capitals, those that look alike read as the ones that codes have.</summary>
    public static string Letters(string text) => text.Length > MaxLength ? "" : string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c != '-').Select(c => char.ToUpperInvariant(c) switch { 'O' => '0', 'I' or 'L' => '1', var other => other }));
}
