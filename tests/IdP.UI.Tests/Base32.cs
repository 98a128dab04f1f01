namespace IdP.UI.Tests;

/// <summary>RFC 4648 6, as the pages show a secret: in groups.</summary>
internal static class Base32
{
    public static byte[] Decode(string text)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var bytes = new List<byte>();
        var (value, bits) = (0, 0);
        foreach (var letter in text.Where(letter => letter != ' '))
        {
            (value, bits) = ((value << 5) | alphabet.IndexOf(letter, StringComparison.Ordinal), bits + 5);
            if (bits < 8) continue;
            bytes.Add((byte)(value >> (bits - 8)));
            (value, bits) = (value & ((1 << (bits - 8)) - 1), bits - 8);
        }
        return [.. bytes];
    }
}
