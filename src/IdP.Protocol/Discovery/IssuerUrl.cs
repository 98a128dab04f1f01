using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace IdP.Protocol.Discovery;

/// <summary>Addresses below the configured issuer, for answers that name them: never built from the Host header, which strangers choose.</summary>
public sealed class IssuerUrl(IConfiguration configuration)
{
    // Made before the setting is checked, so a wrong one is no exception here; nothing is asked for by it then.
    private readonly (string Scheme, string Authority)? _origin = Uri.TryCreate(configuration["Issuer"], UriKind.Absolute, out var uri) ? (uri.Scheme, uri.Authority) : null;

    /// <summary>The issuer exactly as configured: it is compared character by character.</summary>
    public string Issuer { get; } = configuration["Issuer"] ?? ""; // checked at start

    /// <param name="path">Begins with a slash.</param>
    public string Of(string path) => Issuer.TrimEnd('/') + path;

    /// <summary>Whether a request came to the issuer's own scheme, host and port.</summary>
    internal bool IsOriginOf(HttpRequest request) => _origin is { } own
        && string.Equals(request.Host.Value, own.Authority, StringComparison.OrdinalIgnoreCase) && string.Equals(request.Scheme, own.Scheme, StringComparison.OrdinalIgnoreCase);
}
