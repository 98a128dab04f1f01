using Microsoft.Extensions.Logging;

namespace IdP.Risk;

/// <summary>A file of the operator's and what was last read from it.</summary>
/// <param name="setting">The key that names it.</param>
/// <param name="read">Throws <see cref="InvalidDataException"/> with half a sentence about what is wrong.</param>
internal sealed class WatchedFile<T>(string setting, Func<string, T> read) where T : class
{
    private string _path = "";
    private (DateTime, long)? _seen;
    private volatile T? _content;

    /// <summary>Null when there is none.</summary>
    public T? Content => _content;

    public bool IsSet => _path.Length > 0;

    /// <returns>What is wrong, as a sentence; null when it was read, or is not set.</returns>
    public string? Open(string path)
    {
        (_path, _seen) = (path, null);
        return path.Length == 0 || TryRead(out _, out var wrong) ? null : wrong;
    }

    /// <summary>Reads it again when it has changed. When it is broken now, what was read before goes on to count.</summary>
    public void Follow(ILogger logger)
    {
        if (!IsSet) return;
        if (!TryRead(out var changed, out var wrong)) Log.FileBroken(logger, wrong);
        else if (changed) Log.FileRead(logger, setting, _path);
    }

    private bool TryRead(out bool changed, out string wrong)
    {
        (changed, wrong) = (false, "");
        try
        {
            if (!File.Exists(_path)) throw new InvalidDataException("is not there");
            // Of what a link leads to: volumes of containers replace files by moving one.
            using var file = File.OpenHandle(_path, share: FileShare.ReadWrite | FileShare.Delete);
            var state = (File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));
            if (state == _seen) return true;
            _seen = state; // said once for each state
            _content = read(_path);
            return changed = true;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            var was = (exception as InvalidDataException)?.Message ?? "cannot be read by this server";
            wrong = $"{setting}: {_path} {was}.";
            return false;
        }
    }
}
