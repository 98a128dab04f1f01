using System.ComponentModel.DataAnnotations;

namespace IdP.Risk;

/// <summary>
/// Section <c>Risk</c>: how unusual a sign-in must be to count as a signal. What signals lead to is said by policies; without one that speaks of them nothing here is looked at. Files are read at
/// start, which a missing or broken one refuses, and again within seconds after they change; one that is broken then is told in the log, and the former content goes on to count.
/// </summary>
public sealed class RiskOptions
{
    /// <summary>Failed tries on the account from browsers it is not known in, within <c>Lockout:Window</c> before a sign-in from such a browser without a passkey. Default 5.</summary>
    [Range(1, 1000, ErrorMessage = "Risk:{0} must be between {1} and {2}.")] public int ManyFailures { get; set; } = 5;

    /// <summary>A file of addresses and networks in CIDR notation, one a line, at most 1,000,000; what follows # is a comment. Default none.</summary>
    public string ListedAddressesFile { get; set; } = "";

    /// <summary>A file in MaxMind DB format with the places of addresses, such as GeoLite2-City.mmdb. It is kept in memory. Default none: nobody travels.</summary>
    public string GeoIpFile { get; set; } = "";

    /// <summary>Kilometres an hour between two sign-ins above which nobody travels. Default 1000, somewhat more than an airliner.</summary>
    [Range(100, 100_000, ErrorMessage = "Risk:{0} must be between {1} and {2}.")] public int MaxSpeedKmh { get; set; } = 1000;

    /// <summary>A file in MaxMind DB format with the autonomous systems of addresses, such as GeoLite2-ASN.mmdb: people are then known in the whole of a provider's network and not only in a part of it. Default none.</summary>
    public string AutonomousSystemsFile { get; set; } = "";
}
