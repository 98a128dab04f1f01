using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace IdP.Protocol.PersonalTokens;

/// <summary>
/// How a personal access token looks: a prefix by which programs that search for lost secrets find it, 30 random letters (178 bits), and a checksum of both (CRC-32 in base62), so that a mistyped one, or one that
/// somebody made up, is known for what it is before anybody looks for it.
/// </summary>
public static class PersonalTokenText
{
    public const string Prefix = "idp_pat_";
    public const int Length = 44;

    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int RandomLetters = 30, ChecksumLetters = 6;

    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphabet);

    public static string New()
    {
        var text = Prefix + RandomNumberGenerator.GetString(Alphabet, RandomLetters);
        return text + Checksum(text);
    }

    /// <summary>Whether it was meant as one, well or badly.</summary>
    public static bool IsMeant(string? text) => text?.StartsWith(Prefix, StringComparison.Ordinal) is true;

    /// <summary>Whether it can have been made here. Nothing else is looked for.</summary>
    public static bool IsIntact(string? text) => text is { Length: Length } && IsMeant(text) && !text.AsSpan(Prefix.Length).ContainsAnyExcept(Letters)
        && text.AsSpan(Prefix.Length + RandomLetters).SequenceEqual(Checksum(text[..^ChecksumLetters]));

    private static string Checksum(string text)
    {
        var rest = Crc32(Encoding.ASCII.GetBytes(text));
        Span<char> letters = stackalloc char[ChecksumLetters];
        for (var i = ChecksumLetters - 1; i >= 0; i--) (letters[i], rest) = (Alphabet[(int)(rest % (uint)Alphabet.Length)], rest / (uint)Alphabet.Length);
        return new string(letters);
    }

    /// <summary>ISO 3309, as in ZIP and PNG.</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        const uint polynomial = 0xEDB88320;
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) is 0 ? crc >> 1 : (crc >> 1) ^ polynomial;
        }
        return ~crc;
    }
}
