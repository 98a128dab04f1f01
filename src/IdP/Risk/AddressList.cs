using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IdP.Policies;

namespace IdP.Risk;

/// <summary>Addresses and networks that an operator lists, as sorted ranges: a look-up is a binary search, some twenty comparisons for a million lines.</summary>
public sealed class AddressList
{
    public const int MaxEntries = 1_000_000;

    private readonly Ranges<uint> _ipv4;
    private readonly Ranges<UInt128> _ipv6;

    private AddressList(Ranges<uint> ipv4, Ranges<UInt128> ipv6) => (_ipv4, _ipv6) = (ipv4, ipv6);

    /// <exception cref="InvalidDataException">A line is none; the message is half a sentence with its number.</exception>
    public static AddressList Read(string path)
    {
        List<(uint, uint)> ipv4 = [];
        List<(UInt128, UInt128)> ipv6 = [];
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            var text = (line.IndexOf('#', StringComparison.Ordinal) is >= 0 and var comment ? line[..comment] : line).Trim();
            if (text.Length == 0) continue;
            if (NetworkOf(text) is not { } network)
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"has no address and no network on line {number}: they are written as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32, with zeros behind the prefix"));
            if (ipv4.Count + ipv6.Count == MaxEntries) throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"has more than {MaxEntries} addresses and networks, the first too many on line {number}"));
            if (network.BaseAddress.AddressFamily is AddressFamily.InterNetwork)
            {
                var from = Ipv4(network.BaseAddress);
                ipv4.Add((from, from | (network.PrefixLength == 32 ? 0 : uint.MaxValue >> network.PrefixLength)));
            }
            else
            {
                var from = Ipv6(network.BaseAddress);
                ipv6.Add((from, from | (network.PrefixLength == 128 ? 0 : UInt128.MaxValue >> network.PrefixLength)));
            }
        }
        return new(Ranges<uint>.Of(ipv4), Ranges<UInt128>.Of(ipv6));
    }

    public bool Contains(IPAddress address) => address switch
    {
        { IsIPv4MappedToIPv6: true } => _ipv4.Contains(Ipv4(address.MapToIPv4())),
        { AddressFamily: AddressFamily.InterNetwork } => _ipv4.Contains(Ipv4(address)),
        _ => _ipv6.Contains(Ipv6(address)),
    };

    /// <summary>As strict as with the networks of policies: what somebody mistyped must not mean something else.</summary>
    private static IPNetwork? NetworkOf(string text) => text.Contains('/', StringComparison.Ordinal) ? PolicyRules.ParseNetwork(text) : PolicyRules.ParseNetwork(text + (text.Contains(':', StringComparison.Ordinal) ? "/128" : "/32"));

    private static uint Ipv4(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    private static UInt128 Ipv6(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private sealed record Ranges<T>(T[] Starts, T[] Ends) where T : IComparable<T>
    {
        /// <summary>Sorted, and what overlaps made one, so that the last that starts before an address is the only one that can hold it.</summary>
        public static Ranges<T> Of(List<(T From, T To)> ranges)
        {
            ranges.Sort();
            List<T> starts = new(ranges.Count), ends = new(ranges.Count);
            foreach (var (from, to) in ranges)
            {
                if (ends.Count > 0 && from.CompareTo(ends[^1]) <= 0)
                {
                    if (to.CompareTo(ends[^1]) > 0) ends[^1] = to;
                    continue;
                }
                starts.Add(from);
                ends.Add(to);
            }
            return new([.. starts], [.. ends]);
        }

        public bool Contains(T address)
        {
            var at = Array.BinarySearch(Starts, address);
            if (at >= 0) return true;
            var before = ~at - 1;
            return before >= 0 && address.CompareTo(Ends[before]) <= 0;
        }
    }
}
