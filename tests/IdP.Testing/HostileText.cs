namespace IdP.Testing;

/// <summary>Text as an attacker, a broken program or a foreign language would send it. The same generator state gives the same text.</summary>
public static class HostileText
{
    /// <summary>Characters that some parser gives a meaning to, that look like others, or that are no characters alone.</summary>
    private static readonly string[] Pieces =
    [
        "\0", "\t", "\n", "\r", "\r\n", " ", "/", "//", "\\", "?", "#", "@", ":", ".", "..", "/../", "%", "%00", "%2e", "%2f", "%5c", "%0d%0a", "%25", "%zz", "%ff", "&", "=", ";", ",", "+", "*", "'", "\"",
        "<", ">", "{", "}", "[", "]", "|", "^", "`", "~", "$", "-", "_", "\u007f", "\u0085", "\u00a0", "\u00ad", "\u200b", "\u202e", "\u2028", "\u2215", "\uff0f", "\uff0e", "\u212a", "\u0130", "\u0131", "é", "e\u0301",
        "ß", "漢", "😀", "\ufeff", "\ufffd", "\uffff", "\ud800", "\udc00", "0", "9", "a", "Z",
    ];

    private static readonly string[] Wholes =
    [
        "", " ", "\0", "null", "undefined", "true", "0", "-1", "1e309", "NaN", "2147483648", "-9223372036854775809", "99999999999999999999", "{}", "[]", "{\"a\":{\"a\":[[[[]]]]}}", "{\"", "'; DROP TABLE Clients; --", "../../../../etc/passwd",
        "<script>alert(1)</script>", "{0}{1}", "%s%n", "${jndi:ldap://127.0.0.1/x}", "https://evil.test/", "//evil.test", "javascript:alert(1)", "a=b&c=d", "\ud800", "\ufeff",
    ];

    public static string Piece(Random random) => Pieces[random.Next(Pieces.Length)];

    public static string Next(Random random) => random.Next(3) == 0 ? Wholes[random.Next(Wholes.Length)] : string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => Piece(random)));

    /// <summary>The text with one to three small changes.</summary>
    public static string Mutate(string text, Random random)
    {
        for (var changes = random.Next(1, 4); changes > 0; changes--) text = Change(text, random);
        return text;
    }

    private static string Change(string text, Random random)
    {
        var at = random.Next(text.Length + 1);
        var to = at + random.Next(Math.Min(8, text.Length - at) + 1);
        return random.Next(10) switch
        {
            0 or 1 => text.Insert(at, Piece(random)),
            2 => text[..at] + Piece(random) + text[Math.Min(at + 1, text.Length)..],
            3 => text.Remove(at, to - at),
            4 => text.Insert(at, text[at..to]),
            5 => text[..at],
            6 => text[..at] + SwapCase(text[at..to]) + text[to..],
            7 => text[..at] + string.Concat(text[at..to].Select(c => c < 128 ? Uri.HexEscape(c) : Uri.EscapeDataString(c.ToString()))) + text[to..],
            8 => text + Piece(random),
            _ => Piece(random) + text,
        };
    }

    private static string SwapCase(string text) => string.Concat(text.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)));
}
