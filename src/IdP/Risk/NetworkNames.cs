using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IdP.Risk;

/// <summary>
/// What a network is called by which people are known in it: the /24 of an IPv4 address, the /48 of an IPv6 address (RFC 6177: what a site has), or the autonomous system where a file tells it.
/// </summary>
public static class NetworkNames
{
    public const int MaxLength = 50;

    private const int BytesOfIpv4 = 3, BytesOfIpv6 = 6;

    /// <summary>Under which name a sign-in from there is kept; null for what is no address.</summary>
    public static string? Of(string? address) => Parse(address) is { } ip ? Prefix(ip) : null;

    internal static IPAddress? Parse(string? address) => !IPAddress.TryParse(address, out var ip) ? null : ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip;

    private static string Prefix(IPAddress ip)
    {
        var bytes = ip.GetAddressBytes();
        var kept = ip.AddressFamily is AddressFamily.InterNetwork ? BytesOfIpv4 : BytesOfIpv6;
        Array.Clear(bytes, kept, bytes.Length - kept);
        return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(bytes)}/{8 * kept}");
    }
}
