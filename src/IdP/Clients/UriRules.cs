using System.Net;
using System.Text.RegularExpressions;
using IdP.Protocol;

namespace IdP.Clients;

/// <summary>Which addresses a client may register. Each method answers what is wrong, or null.</summary>
internal static partial class UriRules
{
    private const int MaxLength = 2000;

    /// <summary>
    /// A place where browsers are sent with codes in hand: exact (RFC 9700 2.1), without a fragment (RFC 6749 3.1.2), over https, or http to the
    /// same machine, or a native app's own scheme, which must be a reversed domain name (RFC 8252 7.1) so that <c>javascript:</c> and its like cannot pass.
    /// </summary>
    public static string? RedirectProblem(string value, bool privateUseSchemes)
    {
        if (Shape(value) is { } problem) return problem;
        if (!AbsoluteUri.TryParse(value, out var uri)) return "This is not an absolute URI.";
        if (value.Contains('#')) return "A redirect URI must not have a fragment (RFC 6749 3.1.2).";
        if (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) return WebProblem(value, uri);
        if (!PrivateUseScheme().IsMatch(value)) return $"The scheme \"{uri.Scheme}\" is not allowed: use https, or for a native app a scheme with a dot such as com.example.app.";
        return privateUseSchemes ? null : "Only a client of application type native may use a scheme of its own.";
    }

    /// <summary>A browser origin (RFC 6454), written as browsers send it: nothing but scheme, host and a port that is not the default one.</summary>
    public static string? OriginProblem(string value)
    {
        if (Shape(value) is { } problem) return problem;
        if (!AbsoluteUri.TryParse(value, out var uri) || uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)
            return "An origin is scheme, host and port, such as https://app.example.com.";
        if (WebProblem(value, uri) is { } webProblem) return webProblem;
        var origin = uri.GetLeftPart(UriPartial.Authority);
        return value == origin ? null : $"An origin has no path and no trailing slash and is in lower case: write \"{origin}\".";
    }

    /// <summary>An address of an app that is called with sign-out messages: https, or http to the same machine, without a fragment.</summary>
    public static string? EndpointProblem(string value)
    {
        if (Shape(value) is { } problem) return problem;
        if (!AbsoluteUri.TryParse(value, out var uri) || uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp) return "An absolute https address is needed.";
        return value.Contains('#') ? "This address must not have a fragment." : WebProblem(value, uri);
    }

    /// <summary>An address that must be https, without exception.</summary>
    public static string? SecureProblem(string value)
    {
        if (EndpointProblem(value) is { } problem) return problem;
        return value.StartsWith("https:", StringComparison.OrdinalIgnoreCase) ? null : "This address must be https.";
    }

    /// <summary>A link that a page shows.</summary>
    public static string? LinkProblem(string value)
    {
        if (Shape(value) is { } problem) return problem;
        if (!AbsoluteUri.TryParse(value, out var uri)) return "This is not an absolute URI.";
        return uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp ? null : $"The scheme \"{uri.Scheme}\" is not allowed: use https.";
    }

    private static string? Shape(string value) => value switch
    {
        "" => "A URI is missing.",
        { Length: > MaxLength } => $"A URI has at most {MaxLength} characters.",
        _ when value.Contains('*') => "Wildcards are not allowed: list every URI in full.",
        _ when value.Any(c => c is <= ' ' or >= '\x7f' or '\\' or '"' or '<' or '>') => "A URI has no spaces, backslashes, quotes, angle brackets, control or non-ASCII characters: write them percent-encoded, host names in punycode.",
        _ => null,
    };

    private static string? WebProblem(string value, Uri uri)
    {
        if (!value.StartsWith(uri.Scheme + "://", StringComparison.OrdinalIgnoreCase) || uri.Host.Length == 0) return "The host is missing.";
        if (uri.UserInfo.Length > 0 || Authority(value).Contains('@')) return "A URI must not carry user information.";
        if (Authority(value).EndsWith(':')) return "The port is missing.";
        return uri.Scheme == Uri.UriSchemeHttps || IsLoopback(uri) ? null : "Without https only localhost, 127.0.0.1 and [::1] are allowed.";
    }

    private static string Authority(string value)
    {
        var rest = value[(value.IndexOf("://", StringComparison.Ordinal) + 3)..];
        return rest[..(rest.IndexOfAny(['/', '?', '#']) is var end && end < 0 ? rest.Length : end)];
    }

    private static bool IsLoopback(Uri uri) =>
        uri.Host == "localhost" || IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);

    [GeneratedRegex(@"^[a-z][a-z0-9+\-]*(\.[a-z0-9+\-]+)+:/")]
    private static partial Regex PrivateUseScheme();
}
