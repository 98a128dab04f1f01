using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IdP.Protocol.Outbound;

/// <summary>
/// Reads the address of an outbound request more strictly than the framework, which takes <c>2130706433</c>, <c>0x7f.1</c> and <c>127.1</c> for
/// hosts and forgives backslashes and spaces: what is written must be what is called.
/// </summary>
internal static class OutboundAddress
{
    private const int MaxLength = 2000, MaxHostLength = 253, MaxLabelLength = 63;
    private static readonly SearchValues<char> Label = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? address)
    {
        address = null;
        if (text.Length > MaxLength || text.Contains('\\')) return false;
        var start = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8 : text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7 : -1;
        if (start < 0) return false;
        var rest = text.AsSpan(start);
        var authority = rest.IndexOfAny('/', '?', '#') is var end && end >= 0 ? rest[..end] : rest;
        if (authority.Contains('@') || !IsAuthority(authority)) return false;
        return AbsoluteUri.TryParse(text, out address);
    }

    private static bool IsAuthority(ReadOnlySpan<char> authority)
    {
        if (authority.StartsWith('['))
        {
            var close = authority.IndexOf(']');
            return close > 0 && !authority[..close].Contains('%') && IPAddress.TryParse(authority[1..close], out var literal) && literal.AddressFamily is AddressFamily.InterNetworkV6
                && (close == authority.Length - 1 || authority[close + 1] == ':' && IsPort(authority[(close + 2)..]));
        }

        var colon = authority.IndexOf(':');
        return (colon < 0 || IsPort(authority[(colon + 1)..])) && IsHost(colon < 0 ? authority : authority[..colon]);
    }

    private static bool IsPort(ReadOnlySpan<char> text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65_536;

    private static bool IsHost(ReadOnlySpan<char> host)
    {
        if (host.Length is 0 or > MaxHostLength) return false;
        var last = ReadOnlySpan<char>.Empty;
        foreach (var range in host.Split('.'))
        {
            last = host[range];
            if (last.Length is 0 or > MaxLabelLength || last.ContainsAnyExcept(Label) || last[0] == '-' || last[^1] == '-') return false;
        }

        // No top-level domain begins with a digit: such a host is an IPv4 address, and it must be written in the usual form.
        return !char.IsAsciiDigit(last[0]) || IPAddress.TryParse(host, out var literal) && host.SequenceEqual(literal.ToString());
    }
}
