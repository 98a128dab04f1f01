using System.Buffers;
using System.Buffers.Text;

namespace IdP.Credentials.Passwords.Known;

/// <summary>A line of the public corpus: upper-case hex digits of a hash (all 40, or the 35 after a range's five), then perhaps a colon and how often the password was seen.</summary>
internal static class HashLine
{
    private static readonly SearchValues<byte> Hex = SearchValues.Create("0123456789ABCDEF"u8);

    /// <summary>How often it was seen, 1 when the line does not say; null when it is no such line.</summary>
    public static long? CountOf(ReadOnlySpan<byte> line, int digits)
    {
        if (line.EndsWith("\r"u8)) line = line[..^1];
        if (line.Length < digits || line[..digits].ContainsAnyExcept(Hex)) return null;
        if (line.Length == digits) return 1;
        return line[digits] == ':' && Utf8Parser.TryParse(line[(digits + 1)..], out long count, out var used) && used == line.Length - digits - 1 && count >= 0 ? count : null;
    }

    public static ulong NumberOf(ReadOnlySpan<byte> hex) => Utf8Parser.TryParse(hex[..16], out ulong number, out _, 'X') ? number : throw new InvalidDataException("has a line that is no hash");
}
