using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IdP.Tests.Risk;

/// <summary>Writes small files in MaxMind DB format, as its specification 2.0 describes them: a tree of address bits, the data that its leaves point to, and a map about the whole.</summary>
internal static class MmdbWriter
{
    private const int Bits = 128, Ipv4Offset = 96, RecordSize = 32, Separator = 16;

    /// <param name="networks">Networks that do not overlap, each with its map. Values are strings, doubles, ushort, uint and maps.</param>
    public static byte[] Write(string type, IReadOnlyDictionary<string, Dictionary<string, object>> networks)
    {
        List<int[]> nodes = [[0, 0]];
        List<(int Node, int Bit, int At)> leaves = [];
        using var data = new MemoryStream();
        foreach (var (text, value) in networks)
        {
            var network = IPNetwork.Parse(text);
            var isIpv4 = network.BaseAddress.AddressFamily is AddressFamily.InterNetwork;
            byte[] bytes = isIpv4 ? [.. new byte[12], .. network.BaseAddress.GetAddressBytes()] : network.BaseAddress.GetAddressBytes();
            var length = network.PrefixLength + (isIpv4 ? Ipv4Offset : 0);
            var node = 0;
            for (var i = 0; i < length - 1; i++)
            {
                var bit = BitOf(bytes, i);
                if (nodes[node][bit] == 0)
                {
                    nodes[node][bit] = nodes.Count;
                    nodes.Add([0, 0]);
                }
                node = nodes[node][bit];
            }
            leaves.Add((node, BitOf(bytes, length - 1), (int)data.Length));
            Encode(data, value);
        }

        using var file = new MemoryStream();
        // A record that leads to no node says "nothing" by the number of nodes, or points into the data by what is above it.
        foreach (var node in nodes)
            for (var bit = 0; bit < 2; bit++)
                if (node[bit] == 0) node[bit] = nodes.Count;
        foreach (var (node, bit, at) in leaves) nodes[node][bit] = nodes.Count + Separator + at;
        Span<byte> number = stackalloc byte[4];
        foreach (var record in nodes.SelectMany(node => node))
        {
            BinaryPrimitives.WriteInt32BigEndian(number, record);
            file.Write(number);
        }
        file.Write(new byte[Separator]);
        data.WriteTo(file);
        file.Write([0xab, 0xcd, 0xef, .. "MaxMind.com"u8]);
        Encode(file, new Dictionary<string, object>
        {
            ["binary_format_major_version"] = (ushort)2, ["binary_format_minor_version"] = (ushort)0, ["build_epoch"] = 1_700_000_000ul, ["database_type"] = type, ["description"] = new Dictionary<string, object> { ["en"] = "of a test" },
            ["ip_version"] = (ushort)6, ["languages"] = Array.Empty<object>(), ["node_count"] = (uint)nodes.Count, ["record_size"] = (ushort)RecordSize,
        });
        return file.ToArray();
    }

    private static int BitOf(byte[] bytes, int bit) => bit < Bits ? (bytes[bit / 8] >> (7 - (bit % 8))) & 1 : throw new ArgumentOutOfRangeException(nameof(bit));

    private static void Encode(Stream to, object value)
    {
        switch (value)
        {
            case string text:
                var bytes = Encoding.UTF8.GetBytes(text);
                Control(to, 2, bytes.Length);
                to.Write(bytes);
                break;
            case double number:
                Control(to, 3, 8);
                Span<byte> buffer = stackalloc byte[8];
                BinaryPrimitives.WriteDoubleBigEndian(buffer, number);
                to.Write(buffer);
                break;
            case ushort number:
                Number(to, 5, number);
                break;
            case uint number:
                Number(to, 6, number);
                break;
            case ulong number:
                Number(to, 9, number);
                break;
            case Dictionary<string, object> map:
                Control(to, 7, map.Count);
                foreach (var (name, inner) in map)
                {
                    Encode(to, name);
                    Encode(to, inner);
                }
                break;
            case object[] list:
                Control(to, 11, list.Length);
                foreach (var inner in list) Encode(to, inner);
                break;
            default:
                throw new NotSupportedException(value.GetType().Name);
        }
    }

    private static void Number(Stream to, int type, ulong number)
    {
        byte[] bytes = [.. BitConverter.GetBytes(number).Reverse().SkipWhile(b => b == 0)];
        Control(to, type, bytes.Length);
        to.Write(bytes);
    }

    /// <summary>The type in three bits, or zero and one more byte; the size in five, or a byte behind it.</summary>
    private static void Control(Stream to, int type, int size)
    {
        if (size >= 29 + 256) throw new NotSupportedException("No test needs larger values.");
        to.WriteByte((byte)(((type <= 7 ? type : 0) << 5) | Math.Min(size, 29)));
        if (type > 7) to.WriteByte((byte)(type - 7));
        if (size >= 29) to.WriteByte((byte)(size - 29));
    }
}
