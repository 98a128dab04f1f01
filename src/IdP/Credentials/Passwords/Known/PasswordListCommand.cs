namespace IdP.Credentials.Passwords.Known;

/// <summary>The verbs of <c>IdP.Server passwords</c>: they need no settings and no database.</summary>
public static class PasswordListCommand
{
    /// <summary>Makes a compact list of a list of hashes, reading and checking all of it.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> ConvertAsync(string from, string to, int minCount, TextWriter output, TextWriter error)
    {
        var unfinished = to + ".part";
        try
        {
            long written;
            using (var hashes = BreachedHashes.Open(from, minCount))
            await using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20))
                written = HashPrefixes.Write(hashes.ReadAll().Where(entry => entry.Count >= minCount).Select(entry => entry.Prefix), file);
            // A server that has the former one open goes on with it.
            File.Move(unfinished, to, overwrite: true);
            await output.WriteLineAsync($"{to}: {written} hashes.");
            return 0;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(exception is InvalidDataException ? $"error: {from} {exception.Message}." : $"error: {exception.Message}");
            return 1;
        }
    }

    /// <summary>For those who work on this product: the built-in list, as it is embedded.</summary>
    public static async Task<int> GenerateAsync(string to, TextWriter output)
    {
        var list = CommonPasswordGenerator.Generate();
        await File.WriteAllBytesAsync(to, list);
        await output.WriteLineAsync($"{to}: {list.Length / CommonPasswords.PrefixBytes} passwords.");
        return 0;
    }
}
