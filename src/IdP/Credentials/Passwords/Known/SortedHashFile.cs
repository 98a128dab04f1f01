using Microsoft.Win32.SafeHandles;

namespace IdP.Credentials.Passwords.Known;

/// <summary>
/// Finds an entry in a file of ordered entries. Hashes are evenly spread, so a guess from the numbers is nearly right: a few blocks are read, whatever the size. Every
/// third step halves what is left, so that a file with gaps takes a few more and never many.
/// </summary>
internal abstract class SortedHashFile(string path, long start) : BreachedHashes
{
    private const int BlockSize = 4096, Samples = 256;

    private readonly SafeFileHandle file = File.OpenHandle(path, options: FileOptions.RandomAccess);

    /// <summary>Asked anew: a file may have been cut short.</summary>
    protected long Length => RandomAccess.GetLength(file);

    protected Stream OpenFromStart() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20, FileOptions.SequentialScan);

    /// <summary>Where the whole entries of a block begin and end.</summary>
    /// <param name="atEntry">Whether the block begins with an entry, or somewhere.</param>
    /// <param name="atEnd">Whether it ends where the file ends.</param>
    protected abstract (int First, int End) WholeEntries(ReadOnlySpan<byte> block, long offset, bool atEntry, bool atEnd);

    /// <summary>The entry at the beginning of what is left of a block, with its length there.</summary>
    protected abstract ReadOnlySpan<byte> Key(ReadOnlySpan<byte> entries, out int length);

    /// <summary>Where the last entry begins.</summary>
    protected abstract int LastEntry(ReadOnlySpan<byte> entries);

    /// <summary>The leading 64 bits of a key.</summary>
    protected abstract ulong NumberOf(ReadOnlySpan<byte> key);

    /// <summary>Whether the entry at the beginning counts.</summary>
    protected virtual bool Counts(ReadOnlySpan<byte> entries) => true;

    protected bool Find(ReadOnlySpan<byte> key)
    {
        var (low, high, number) = (start, Length, NumberOf(key));
        var (lowNumber, highNumber) = (0UL, ulong.MaxValue);
        Span<byte> buffer = stackalloc byte[BlockSize];
        for (var step = 1; high - low > BlockSize; step++)
        {
            var share = step % 3 == 0 || highNumber <= lowNumber || number < lowNumber ? 0.5 : (number - lowNumber) / (double)(highNumber - lowNumber);
            var at = Math.Clamp(low + (long)(share * (high - low)) - (BlockSize / 2), low, high - BlockSize);
            var entries = ReadEntries(buffer, at, atEntry: at == low, out var first);
            var firstKey = Key(entries, out _);
            var lastKey = Key(entries[LastEntry(entries)..], out _);
            if (key.SequenceCompareTo(firstKey) < 0) (high, highNumber) = (at + first, NumberOf(firstKey));
            else if (key.SequenceCompareTo(lastKey) > 0) (low, lowNumber) = (at + first + entries.Length, NumberOf(lastKey));
            else return IsAmong(entries, key);
        }
        return high > low && IsAmong(ReadEntries(buffer[..(int)(high - low)], low, atEntry: true, out _), key);
    }

    /// <summary>Looks at entries all over the file: each must be one, and they must be in order.</summary>
    /// <exception cref="InvalidDataException">They are not.</exception>
    protected void CheckSamples()
    {
        Span<byte> buffer = stackalloc byte[BlockSize];
        byte[] beginning = [];
        for (var i = 0; i <= Samples; i++)
        {
            var size = Math.Min(BlockSize, Length - start);
            var at = start + ((Length - start - size) * i / Samples);
            var entries = ReadEntries(buffer[..(int)size], at, atEntry: at == start, out _);
            var previous = Key(entries, out _);
            CheckOrder(beginning, previous);
            beginning = previous.ToArray();
            while (entries.Length > 0)
            {
                var key = Key(entries, out var length);
                CheckOrder(previous, key);
                previous = key;
                entries = entries[length..];
            }
        }
    }

    protected static void CheckOrder(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> next)
    {
        if (previous.SequenceCompareTo(next) > 0) throw new InvalidDataException("is not ordered by hash: take the version of the list that is");
    }

    /// <param name="first">Where the first whole entry begins in the block.</param>
    private ReadOnlySpan<byte> ReadEntries(Span<byte> buffer, long at, bool atEntry, out int first)
    {
        var read = 0;
        while (read < buffer.Length && RandomAccess.Read(file, buffer[read..], at + read) is var more and > 0) read += more;
        var block = buffer[..read];
        (first, var end) = WholeEntries(block, at, atEntry, atEnd: at + read >= Length);
        return end > first ? block[first..end] : throw new InvalidDataException("has a place without any hash");
    }

    private bool IsAmong(ReadOnlySpan<byte> entries, ReadOnlySpan<byte> key)
    {
        while (entries.Length > 0)
        {
            var order = Key(entries, out var length).SequenceCompareTo(key);
            if (order == 0) return Counts(entries);
            if (order > 0) return false;
            entries = entries[length..];
        }
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
        base.Dispose(disposing);
    }
}
