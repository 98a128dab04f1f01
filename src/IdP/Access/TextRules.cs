using System.Globalization;
using System.Text;

namespace IdP.Access;

/// <summary>Rules for text that pages show: bounded, without control characters, and without the direction overrides that make one name look like another.</summary>
internal static class TextRules
{
    public static void Check(List<Failure> failures, string? text, int maxLength, string field)
    {
        if (text is null) return;
        if (text.Length > maxLength)
            failures.Add(Failure.Invalid("too_long", $"At most {maxLength} characters are allowed.", field) with { Arguments = [maxLength] });
        else if (text.EnumerateRunes().Any(rune => Rune.IsControl(rune) || IsDirectionOverride(rune)))
            failures.Add(Failure.Invalid("bad_character", "Control characters and text direction overrides are not allowed.", field));
    }

    /// <summary>A list in which an entry stands twice is a mistake of whoever wrote it.</summary>
    public static void CheckUnique(List<Failure> failures, IReadOnlyList<string> values, string field)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < values.Count; i++)
            if (!seen.Add(values[i]))
                failures.Add(Failure.Invalid("duplicate", $"\"{values[i]}\" is listed twice.", $"{field}[{i.ToString(CultureInfo.InvariantCulture)}]") with { Arguments = [values[i]] });
    }

    // Unicode Technical Report 36, 2.9: bidirectional text spoofing.
    private static bool IsDirectionOverride(Rune rune) => rune.Value is >= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069;
}
