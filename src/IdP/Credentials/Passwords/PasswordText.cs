using System.Text;

namespace IdP.Credentials.Passwords;

/// <summary>
/// A password as it is counted and hashed: NFC, as RFC 8265 4.2.2 has it, so that the same keys pressed on two systems are the same password. Nothing is trimmed
/// or cut. A compatibility form (NFKC) would make one password of several different ones, such as those with ² and with 2.
/// </summary>
internal static class PasswordText
{
    /// <summary>Longest password in code points.</summary>
    public const int MaxLength = 256;

    /// <summary>No more than four UTF-16 units become one code point by NFC: what is longer needs no look.</summary>
    private const int MaxUnits = 4 * MaxLength;

    /// <summary>The text to hash; null when it is too long, or no text (half a surrogate pair).</summary>
    public static string? Normalize(string password)
    {
        if (password.Length > MaxUnits || !IsWellFormed(password)) return null;
        var text = password.Normalize(NormalizationForm.FormC);
        return LengthOf(text) <= MaxLength ? text : null;
    }

    /// <summary>Every code point counts as one character.</summary>
    public static int LengthOf(string text) => text.EnumerateRunes().Count();

    public static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }
        return true;
    }
}
