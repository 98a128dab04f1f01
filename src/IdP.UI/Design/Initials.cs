using System.Globalization;

namespace IdP.UI.Design;

/// <summary>The letter that stands for somebody without a picture.</summary>
internal static class Initials
{
    /// <summary>The first letter or digit as people see it (an emoji or a letter with marks is several code units), or the first sign when there is none.</summary>
    public static string Of(string name)
    {
        string? first = null;
        for (var rest = name.AsSpan(); !rest.IsEmpty;)
        {
            var length = StringInfo.GetNextTextElementLength(rest);
            var element = rest[..length].ToString();
            rest = rest[length..];
            if (element.EnumerateRunes().Any(System.Text.Rune.IsLetterOrDigit)) return element.ToUpperInvariant();
            if (!string.IsNullOrWhiteSpace(element)) first ??= element;
        }
        return first ?? "?";
    }
}
