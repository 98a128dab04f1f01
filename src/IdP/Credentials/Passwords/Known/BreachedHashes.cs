namespace IdP.Credentials.Passwords.Known;

/// <summary>A list of SHA-1 hashes of breached passwords that the operator keeps on this machine. It may be many times larger than the memory: each look-up reads a few blocks of it.</summary>
internal abstract class BreachedHashes : IDisposable
{
    public const int HashBytes = 20, HexDigits = 2 * HashBytes;

    /// <summary>Opens what is there, in whichever format, and looks at enough of it to know that look-ups will find what is in it.</summary>
    /// <exception cref="InvalidDataException">It is not there, or not as it must be; the message is half a sentence about it.</exception>
    public static BreachedHashes Open(string path, int minCount)
    {
        try
        {
            if (Directory.Exists(path)) return HashRanges.OpenList(path, minCount);
            if (!File.Exists(path)) throw new InvalidDataException("is not there");
            return HashPrefixes.IsOne(path) ? HashPrefixes.OpenList(path) : HashLines.OpenList(path, minCount);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException("cannot be read by this server", exception);
        }
    }

    /// <param name="sha1">The hash of the password in UTF-8.</param>
    /// <exception cref="IOException">It cannot be read any more.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public abstract bool Contains(ReadOnlySpan<byte> sha1);

    /// <summary>The entries in order, for a conversion. Reads all of it.</summary>
    /// <exception cref="InvalidDataException">It is damaged or out of order somewhere.</exception>
    public abstract IEnumerable<(ulong Prefix, long Count)> ReadAll();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
