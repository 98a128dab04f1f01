namespace IdP.Credentials.Passwords.Known;

/// <summary>The public corpus as one text file ordered by hash: a line for each, <c>40 hex digits:count</c>.</summary>
internal sealed class HashLines : SortedHashFile
{
    private readonly int _minCount;

    private HashLines(string path, int minCount) : base(path, start: 0) => _minCount = minCount;

    public static HashLines OpenList(string path, int minCount)
    {
        var lines = new HashLines(path, minCount);
        try
        {
            if (lines.Length < HexDigits) throw new InvalidDataException("is empty");
            lines.CheckSamples();
            return lines;
        }
        catch
        {
            lines.Dispose();
            throw;
        }
    }

    public override bool Contains(ReadOnlySpan<byte> sha1)
    {
        Span<byte> hex = stackalloc byte[HexDigits];
        Convert.TryToHexString(sha1, hex, out _);
        return Find(hex);
    }

    public override IEnumerable<(ulong Prefix, long Count)> ReadAll()
    {
        var previous = "";
        using var reader = new StreamReader(OpenFromStart(), System.Text.Encoding.Latin1);
        while (reader.ReadLine() is { } text)
        {
            var line = System.Text.Encoding.Latin1.GetBytes(text);
            var count = HashLine.CountOf(line, HexDigits) ?? throw NoHash();
            if (string.CompareOrdinal(previous, 0, text, 0, HexDigits) > 0) CheckOrder("1"u8, "0"u8);
            previous = text;
            yield return (HashLine.NumberOf(line), count);
        }
    }

    protected override (int First, int End) WholeEntries(ReadOnlySpan<byte> block, long offset, bool atEntry, bool atEnd) =>
        (atEntry ? 0 : block.IndexOf((byte)'\n') + 1, atEnd ? block.Length : block.LastIndexOf((byte)'\n') + 1);

    protected override ReadOnlySpan<byte> Key(ReadOnlySpan<byte> entries, out int length)
    {
        var line = LineOf(entries, out length);
        return HashLine.CountOf(line, HexDigits) is null ? throw NoHash() : line[..HexDigits];
    }

    protected override int LastEntry(ReadOnlySpan<byte> entries) => entries[..^1].LastIndexOf((byte)'\n') + 1;

    protected override ulong NumberOf(ReadOnlySpan<byte> key) => HashLine.NumberOf(key);

    protected override bool Counts(ReadOnlySpan<byte> entries) => HashLine.CountOf(LineOf(entries, out _), HexDigits) >= _minCount;

    private static ReadOnlySpan<byte> LineOf(ReadOnlySpan<byte> entries, out int length)
    {
        var end = entries.IndexOf((byte)'\n');
        length = end < 0 ? entries.Length : end + 1;
        return end < 0 ? entries : entries[..end];
    }

    private static InvalidDataException NoHash() => new("has a line that is not 40 upper-case hex digits, and a colon and a number if need be");
}
