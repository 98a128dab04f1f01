using System.Text.Json;
using System.Text.RegularExpressions;

namespace Fuzz;

/// <summary>What no answer may be, whatever was asked.</summary>
internal sealed partial class Verdict(Uri origin)
{
    private static readonly string[] OpenToAll = ["https://spa.example.test"];

    /// <summary>Null when there is nothing to say against it.</summary>
    public string? Problem(FuzzRequest request, Answer answer)
    {
        if (answer.Status >= 500 && !(answer.Status == 505 && request.Version != "HTTP/1.1")) return $"status {answer.Status}";
        if (Internals().Match(answer.Body) is { Success: true } leak) return $"internals in the body: {leak.Value}";
        if (answer.Header("X-Injected") is not null) return "a header of the request's making";
        if (answer.Header("Location") is { } location && !IsKnown(location)) return "a redirect to an address that nobody registered";
        if (answer.Header("Access-Control-Allow-Origin") is { } allowed && allowed != "*" && !OpenToAll.Contains(allowed)) return "a foreign origin allowed";
        if (answer.Header("Access-Control-Allow-Credentials") is not null) return "credentials allowed across origins";
        if (answer.Body.Length > 0 && answer.Header("Content-Type")?.StartsWith("application/json", StringComparison.Ordinal) == true && !IsJson(answer.Body)) return "a body that is no JSON";
        if (answer.Status is >= 400 && request.Path.StartsWith("/connect/token", StringComparison.Ordinal) && answer.Header("Location") is not null) return "an error with a redirect";
        return null;
    }

    /// <summary>Null when the log line is one that a healthy server writes.</summary>
    public static string? LogProblem(string line) =>
        // The web server's own words when a sender hangs up in the middle of a chunk; it closes the connection, and nobody was waiting for the answer.
        line.StartsWith("warn: Microsoft.AspNetCore.Server.Kestrel[0] Connection processing ended abnormally.", StringComparison.Ordinal) && line.Contains("Reading is already in progress", StringComparison.Ordinal) ? null :
        line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal) || line.Contains("Exception", StringComparison.Ordinal) || line.Contains("Unhandled", StringComparison.Ordinal) ? line : null;

    private bool IsKnown(string location) =>
        (location.StartsWith('/') && !location.StartsWith("//", StringComparison.Ordinal) && !location.StartsWith("/\\", StringComparison.Ordinal))
        || location.StartsWith(origin.AbsoluteUri, StringComparison.Ordinal) || Registered().IsMatch(location);

    private static bool IsJson(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"[A-Za-z]+Exception\b|   at [A-Z]\w+\.|\.cs:line|SQLite Error|Npgsql\.|Microsoft\.(AspNetCore|EntityFramework|Data|IdentityModel)|OpenIddict|\bID[0-9]{4}\b|IDX[0-9]{5}|stack trace", RegexOptions.IgnoreCase)]
    private static partial Regex Internals();

    // Up to the end of the host, so that a suffix or user information does not pass.
    [GeneratedRegex(@"\Ahttps://(web|consenting|spa|opaque|elliptic|native|post|victim|registered|[a-z-]+)\.example\.test/(cb|out)([?#]|\z)|\Ahttp://(127\.0\.0\.1|\[::1\])(:\d+)?/cb([?#]|\z)|\Acom\.example\.app:/cb([?#]|\z)")]
    private static partial Regex Registered();
}
