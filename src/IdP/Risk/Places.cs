using System.Net;

namespace IdP.Risk;

/// <summary>Where an address is, in words; null for whatever the operator's file (<c>Risk:GeoIpFile</c>) does not know, and for everything without one.</summary>
public sealed class Places(RiskFiles files)
{
    /// <param name="language">Two letters.</param>
    public string? NameOf(string? address, string language) => files.Places is { } places && IPAddress.TryParse(address, out var parsed) ? places.NameOf(parsed, language) : null;
}
