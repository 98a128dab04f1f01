using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace IdP.Protocol.Device;

/// <summary>
/// The code a person reads from a device and types into a browser (RFC 8628 6.1): eight letters of an alphabet without vowels, so that no words come out,
/// and without digits, so that none is taken for a letter. About 34 bits, enough for a code that lives minutes behind a limit on guesses.
/// </summary>
public static class UserCode
{
    public const string Alphabet = "BCDFGHJKLMNPQRSTVWXZ";
    public const int Length = 8;

    /// <summary>How a code is shown: BCDF-GHJK.</summary>
    internal const string DisplayFormat = "{0}{1}{2}{3}-{4}{5}{6}{7}";

    /// <summary>Longest text that is looked at; nobody types this many separators.</summary>
    private const int MaxTyped = 64;

    public static string Show(string code) => $"{code[..4]}-{code[4..]}";

    /// <summary>Reads what a person typed: small letters, dashes and spaces, or none of them, make no difference.</summary>
    /// <param name="code">The bare letters.</param>
    public static bool TryParse(string? typed, [NotNullWhen(true)] out string? code)
    {
        code = null;
        if (typed is null or { Length: > MaxTyped }) return false;

        Span<char> letters = stackalloc char[Length];
        var count = 0;
        foreach (var c in typed)
        {
            if (IsSeparator(c)) continue;
            var letter = char.IsAsciiLetterLower(c) ? (char)(c - 'a' + 'A') : c;
            if (count == Length || !Alphabet.Contains(letter, StringComparison.Ordinal)) return false;
            letters[count++] = letter;
        }
        if (count < Length) return false;

        code = letters.ToString();
        return true;
    }

    /// <summary>Phones replace a hyphen by whatever looks better to them.</summary>
    private static bool IsSeparator(char c) => CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.DashPunctuation or UnicodeCategory.SpaceSeparator || c is '_' or '.' or '\u2212';
}
