using System.Buffers.Binary;

namespace IdP.Credentials.Passwords.Known;

/// <summary>
/// The compact form that <c>IdP.Server passwords convert</c> writes: 16 bytes of heading, then the first 8 bytes of each hash in order. Even with a thousand million
/// entries one look-up in ten thousand million finds what is not there.
/// </summary>
internal sealed class HashPrefixes : SortedHashFile
{
    private const int EntryBytes = 8;

    private HashPrefixes(string path) : base(path, Heading.Length)
    {
    }

    private static ReadOnlySpan<byte> Heading => "IdP hashes 8 v1\n"u8;

    public static bool IsOne(string path)
    {
        using var file = File.OpenHandle(path);
        Span<byte> beginning = stackalloc byte[Heading.Length];
        return RandomAccess.Read(file, beginning, 0) == beginning.Length && beginning.SequenceEqual(Heading);
    }

    public static HashPrefixes OpenList(string path)
    {
        var prefixes = new HashPrefixes(path);
        try
        {
            if (prefixes.Length == Heading.Length) throw new InvalidDataException("is empty");
            if ((prefixes.Length - Heading.Length) % EntryBytes != 0) throw new InvalidDataException("is cut off");
            prefixes.CheckSamples();
            return prefixes;
        }
        catch
        {
            prefixes.Dispose();
            throw;
        }
    }

    /// <returns>How many were written.</returns>
    public static long Write(IEnumerable<ulong> prefixes, Stream output)
    {
        output.Write(Heading);
        Span<byte> entry = stackalloc byte[EntryBytes];
        var written = 0L;
        foreach (var prefix in prefixes)
        {
            BinaryPrimitives.WriteUInt64BigEndian(entry, prefix);
            output.Write(entry);
            written++;
        }
        return written;
    }

    public override bool Contains(ReadOnlySpan<byte> sha1) => Find(sha1[..EntryBytes]);

    public override IEnumerable<(ulong Prefix, long Count)> ReadAll()
    {
        using var stream = OpenFromStart();
        stream.Position = Heading.Length;
        var entry = new byte[EntryBytes];
        while (stream.ReadAtLeast(entry, EntryBytes, throwOnEndOfStream: false) == EntryBytes) yield return (BinaryPrimitives.ReadUInt64BigEndian(entry), 1);
    }

    protected override (int First, int End) WholeEntries(ReadOnlySpan<byte> block, long offset, bool atEntry, bool atEnd)
    {
        var first = (int)((EntryBytes - ((offset - Heading.Length) % EntryBytes)) % EntryBytes);
        return (first, first + Math.Max(0, (block.Length - first) / EntryBytes * EntryBytes));
    }

    protected override ReadOnlySpan<byte> Key(ReadOnlySpan<byte> entries, out int length)
    {
        length = EntryBytes;
        return entries[..EntryBytes];
    }

    protected override int LastEntry(ReadOnlySpan<byte> entries) => entries.Length - EntryBytes;

    protected override ulong NumberOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt64BigEndian(key);
}
