using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IdP.Risk;

/// <summary>
/// What a network is called by which people are known in it: the /24 of an IPv4 address, the /48 of an IPv6 address (RFC 6177: what a site has), or the autonomous system where a file tells it.
/// </summary>
public sealed class NetworkNames(RiskFiles files)
{
    public const int MaxLength = 50;

    private const int BytesOfIpv4 = 3, BytesOfIpv6 = 6;

    /// <summary>Under which name a sign-in from there is kept; null for what is no address.</summary>
    public string? Of(string? address) => AllOf(address) is [var name, ..] ? name : null;

    /// <summary>Under which names it may have been kept, also before there was a file.</summary>
    public IReadOnlyList<string> AllOf(string? address)
    {
        if (Parse(address) is not { } ip) return [];
        return files.Systems?.SystemOf(ip) is { } system ? [string.Create(CultureInfo.InvariantCulture, $"AS{system}"), Prefix(ip)] : [Prefix(ip)];
    }

    /// <summary>The /24 or /48 alone, whatever a file tells; null for what is no address.</summary>
    internal static string? PrefixOf(string? address) => Parse(address) is { } ip ? Prefix(ip) : null;

    internal static IPAddress? Parse(string? address) => !IPAddress.TryParse(address, out var ip) ? null : ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip;

    private static string Prefix(IPAddress ip)
    {
        var bytes = ip.GetAddressBytes();
        var kept = ip.AddressFamily is AddressFamily.InterNetwork ? BytesOfIpv4 : BytesOfIpv6;
        Array.Clear(bytes, kept, bytes.Length - kept);
        return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(bytes)}/{8 * kept}");
    }
}
