using System.Buffers.Binary;
using System.IO.Compression;

namespace IdP.Testing;

/// <summary>Small pictures of each kind, as an app's site would have them.</summary>
public static class TestImages
{
    private static readonly byte[] PngSignature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>32 × 24 pixels.</summary>
    public static byte[] Jpeg { get; } = Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/"
        + "wAARCAAYACADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAIG/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AmASzQAAAAAD/2Q==");

    /// <summary>32 × 24 pixels.</summary>
    public static byte[] LossyWebP { get; } = Convert.FromBase64String("UklGRkIAAABXRUJQVlA4IDYAAAAQAwCdASogABgAPtFiqk+oJaOiKAgBABoJZQC7ABuidgAA/tDEfb/8Wh/bz/g1tSi9Qm6AAAA=");

    /// <summary>32 × 24 pixels.</summary>
    public static byte[] LosslessWebP { get; } = Convert.FromBase64String("UklGRhwAAABXRUJQVlA4TBAAAAAvH8AFAAdQ1ahZ/wMR0f8A");

    /// <summary>The extended form of <see cref="LossyWebP"/>.</summary>
    public static byte[] ExtendedWebP(byte flags = 0)
    {
        byte[] chunks = [.. "WEBPVP8X"u8, 10, 0, 0, 0, flags, 0, 0, 0, 31, 0, 0, 23, 0, 0, .. LossyWebP.AsSpan(12)];
        return [.. "RIFF"u8, .. LittleEndian(chunks.Length), .. chunks];
    }

    /// <summary>One pixel of colour over the whole screen, as often as there are frames.</summary>
    public static byte[] Gif(ushort width, ushort height, int frames = 1)
    {
        byte[] size = [(byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8)];
        byte[] frame = [0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0];
        return [.. "GIF89a"u8, .. size, 0x80, 0, 0, 0x3B, 0x4F, 0xD8, 0xFF, 0xFF, 0xFF, .. Enumerable.Repeat(frame, frames).SelectMany(bytes => bytes), 0x3B];
    }

    /// <param name="more">Chunks before the pixels, by type.</param>
    public static byte[] Png(int width = 64, int height = 64, byte red = 200, byte green = 40, byte blue = 60, params (string Type, byte[] Data)[] more)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest))
            for (var y = 0; y < height; y++)
            {
                zlib.WriteByte(0); // no filter
                for (var x = 0; x < width; x++) zlib.Write([red, green, blue]);
            }
        return [.. PngSignature, .. Chunk("IHDR", [.. BigEndian(width), .. BigEndian(height), 8, 2, 0, 0, 0]), .. more.SelectMany(chunk => Chunk(chunk.Type, chunk.Data)), .. Chunk("IDAT", compressed.ToArray()), .. Chunk("IEND", [])];
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] named = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
        return [.. BigEndian(data.Length), .. named, .. BigEndian((int)~named.Aggregate(uint.MaxValue, Crc))];
    }

    private static uint Crc(uint crc, byte next)
    {
        crc ^= next;
        for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB88320;
        return crc;
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] LittleEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
