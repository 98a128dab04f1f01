namespace IdP.SignIn;

/// <summary>Where a person may be sent after a page: only to an address of this server, whatever the query says.</summary>
public static class LocalUrl
{
    public const string Default = "/account";
    private const int MaxLength = 24_576;

    /// <summary>The address itself when it is local and harmless, else <see cref="Default"/>.</summary>
    public static string OrDefault(string? url) => IsLocal(url) ? url! : Default;

    public static bool IsLocal(string? url)
    {
        if (url is not { Length: > 0 and <= MaxLength } || url[0] != '/') return false;
        if (url.Length > 1 && url[1] is '/' or '\\') return false;
        foreach (var c in url)
            if (char.IsControl(c) || char.IsWhiteSpace(c) || c == '\\')
                return false;
        // Some browsers and proxies decode before they decide: an encoded separator or control character at the start counts as one.
        var path = url.AsSpan(0, url.AsSpan().IndexOfAny('?', '#') is var end && end >= 0 ? end : url.Length);
        var decoded = Uri.UnescapeDataString(path);
        return !decoded.StartsWith("//", StringComparison.Ordinal) && !decoded.Any(c => c == '\\' || char.IsControl(c) || char.IsWhiteSpace(c));
    }
}
