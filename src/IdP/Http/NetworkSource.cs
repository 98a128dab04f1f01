using System.Net;
using System.Net.Sockets;

namespace IdP.Http;

/// <summary>Whose address this is, as far as limits are concerned: an IPv6 subscriber owns a /64, so its addresses are one source.</summary>
public static class NetworkSource
{
    public static string KeyOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4().ToString();
        if (address.AddressFamily is not AddressFamily.InterNetworkV6) return address.ToString();
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes).ToString();
    }
}
