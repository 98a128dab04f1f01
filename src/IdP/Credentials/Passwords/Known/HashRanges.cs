using System.Globalization;

namespace IdP.Credentials.Passwords.Known;

/// <summary>The public corpus as a folder: a file for each of the 1048576 beginnings of five hex digits, with the other 35 and the count in each line.</summary>
internal sealed class HashRanges(string folder, string extension, int minCount) : BreachedHashes
{
    private const int PrefixDigits = 5, SuffixDigits = HexDigits - PrefixDigits, Ranges = 1 << 20, Samples = 64;

    /// <summary>The files have about 40 kB.</summary>
    private const int MaxBytes = 4 << 20;

    public static HashRanges OpenList(string folder, int minCount)
    {
        var ranges = new HashRanges(folder, File.Exists(Path.Combine(folder, "00000.txt")) ? ".txt" : "", minCount);
        for (var i = 0; i <= Samples; i++)
        {
            var name = NameOf((int)((Ranges - 1) * (long)i / Samples));
            if (!File.Exists(ranges.PathOf(name))) throw new InvalidDataException($"is a folder without the file {name}: it must hold one for each beginning, from 00000 to FFFFF");
            Walk(ranges.ReadRange(name), static (_, _) => true);
        }
        return ranges;
    }

    public override bool Contains(ReadOnlySpan<byte> sha1)
    {
        var hex = Convert.ToHexString(sha1);
        var found = false;
        var suffix = System.Text.Encoding.ASCII.GetBytes(hex[PrefixDigits..]);
        Walk(ReadRange(hex[..PrefixDigits]), (line, count) =>
        {
            var order = line[..SuffixDigits].SequenceCompareTo(suffix);
            found |= order == 0 && count >= minCount;
            return order < 0;
        });
        return found;
    }

    public override IEnumerable<(ulong Prefix, long Count)> ReadAll()
    {
        for (var i = 0; i < Ranges; i++)
        {
            var (name, entries) = (NameOf(i), new List<(ulong, long)>());
            Walk(ReadRange(name), (line, count) =>
            {
                entries.Add((HashLine.NumberOf([.. System.Text.Encoding.ASCII.GetBytes(name), .. line[..11]]), count));
                return true;
            });
            foreach (var entry in entries) yield return entry;
        }
    }

    private static string NameOf(int range) => range.ToString("X5", CultureInfo.InvariantCulture);

    private string PathOf(string name) => Path.Combine(folder, name + extension);

    private byte[] ReadRange(string name)
    {
        using var file = File.OpenHandle(PathOf(name));
        var length = RandomAccess.GetLength(file);
        if (length > MaxBytes) throw new InvalidDataException($"has a file {name} that is too long");
        var bytes = new byte[length];
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(read), read) is var more and > 0) read += more;
        return bytes[..read];
    }

    /// <summary>Until it has seen enough.</summary>
    private static void Walk(ReadOnlySpan<byte> lines, Visitor visit)
    {
        ReadOnlySpan<byte> previous = [];
        foreach (var range in lines.Split((byte)'\n'))
        {
            var line = lines[range];
            if (line.IsEmpty) continue;
            var count = HashLine.CountOf(line, SuffixDigits) ?? throw new InvalidDataException("has a line that is not 35 upper-case hex digits, and a colon and a number if need be");
            if (previous.SequenceCompareTo(line[..SuffixDigits]) > 0) throw new InvalidDataException("is not ordered by hash: take the version of the list that is");
            previous = line[..SuffixDigits];
            if (!visit(line, count)) return;
        }
    }

    private delegate bool Visitor(ReadOnlySpan<byte> line, long count);
}
