using Microsoft.Extensions.Configuration;

namespace IdP.Protocol.Discovery;

/// <summary>Addresses below the configured issuer, for answers that name them: never built from the Host header, which strangers choose.</summary>
public sealed class IssuerUrl(IConfiguration configuration)
{
    /// <summary>The issuer exactly as configured: it is compared character by character.</summary>
    public string Issuer { get; } = configuration["Issuer"] ?? ""; // checked at start

    /// <param name="path">Begins with a slash.</param>
    public string Of(string path) => Issuer.TrimEnd('/') + path;
}
