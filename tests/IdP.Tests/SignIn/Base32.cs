namespace IdP.Tests.SignIn;

/// <summary>Reads the secret of an authenticator app as people type it (RFC 4648 6).</summary>
internal static class Base32
{
    public static byte[] Read(string text)
    {
        var (bytes, buffer, bits) = (new List<byte>(), 0, 0);
        foreach (var letter in text)
        {
            (buffer, bits) = (buffer << 5 | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal), bits + 5);
            if (bits < 8) continue;
            bits -= 8;
            bytes.Add((byte)(buffer >> bits));
            buffer &= (1 << bits) - 1;
        }
        return [.. bytes];
    }
}
