using System.Net;
using System.Net.Sockets;

namespace IdP.Protocol.Outbound;

/// <summary>
/// Which network addresses belong to the public internet. Everything with a special purpose (IANA's registries, RFC 6890) is refused, for it may be
/// this machine, its neighbours or a cloud's metadata service.
/// </summary>
internal static class PublicAddresses
{
    private static readonly IPNetwork[] SpecialIPv4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), // this host
        IPNetwork.Parse("10.0.0.0/8"),
        IPNetwork.Parse("100.64.0.0/10"), // carrier-grade NAT, with a cloud's metadata service
        IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("168.63.129.16/32"), // a cloud's host agent, on an address that looks public
        IPNetwork.Parse("169.254.0.0/16"), // link-local, with most clouds' metadata services
        IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.0.0.0/24"),
        IPNetwork.Parse("192.0.2.0/24"),
        IPNetwork.Parse("192.88.99.0/24"),
        IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("198.18.0.0/15"),
        IPNetwork.Parse("198.51.100.0/24"),
        IPNetwork.Parse("203.0.113.0/24"),
        IPNetwork.Parse("224.0.0.0/3"), // multicast, reserved, broadcast
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    private static readonly IPNetwork[] SpecialIPv6 =
    [
        IPNetwork.Parse("2001::/23"), // protocol assignments, Teredo among them
        IPNetwork.Parse("2001:db8::/32"),
        IPNetwork.Parse("2002::/16"), // 6to4: holds any IPv4 address
        IPNetwork.Parse("3fff::/20"),
    ];

    public static bool Contains(IPAddress address)
    {
        var plain = Normalize(address);
        if (plain.AddressFamily is AddressFamily.InterNetwork) return !Array.Exists(SpecialIPv4, network => network.Contains(plain));
        if (plain.AddressFamily is not AddressFamily.InterNetworkV6 || plain.ScopeId != 0) return false;
        if (Nat64.Contains(plain)) return Contains(new IPAddress(plain.GetAddressBytes().AsSpan(12)));
        return GlobalUnicast.Contains(plain) && !Array.Exists(SpecialIPv6, network => network.Contains(plain)) && !IsIsatap(plain);
    }

    /// <summary>The IPv4 address of a mapped one (<c>::ffff:127.0.0.1</c>), which the system connects to as such.</summary>
    public static IPAddress Normalize(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    // RFC 5214 6.1: the second half is 0:5efe or 200:5efe and an IPv4 address inside the site.
    private static bool IsIsatap(IPAddress address) => address.GetAddressBytes() is [_, _, _, _, _, _, _, _, 0 or 2, 0, 0x5e, 0xfe, ..];
}
