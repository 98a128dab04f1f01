using System.Diagnostics.CodeAnalysis;

namespace IdP.Protocol;

/// <summary>
/// Reads an absolute URI of a stranger (RFC 3986): printable ASCII that begins with a scheme. The framework takes more than that, and on some of it breaks:
/// <see cref="Uri.TryCreate(string, UriKind, out Uri)"/> throws at <c>//</c> before a character that changes the direction of writing, and the host of
/// <c>https://</c> before a soft hyphen can be made but not read.
/// </summary>
public static class AbsoluteUri
{
    /// <summary>Whether the text is such a URI. It never throws, and neither do the properties of what it gives.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Uri? uri)
    {
        uri = null;
        // On Unix the framework takes "/path" for an absolute file URI.
        return !string.IsNullOrEmpty(text) && char.IsAsciiLetter(text[0]) && IsAscii(text) && Uri.TryCreate(text, UriKind.Absolute, out uri) && text.StartsWith(uri.Scheme + ":", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether every character is one that RFC 3986 2 lets into a URI at all, or a printable one beside them.</summary>
    public static bool IsAscii(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('!', '~');
}
