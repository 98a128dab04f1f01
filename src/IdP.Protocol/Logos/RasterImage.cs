using System.Buffers.Binary;

namespace IdP.Protocol.Logos;

/// <summary>
/// What a file is by its own bytes. Only formats without script, links or markup are known, so no SVG. The structure is walked to the file's last byte, with every
/// length checked, because what is hidden behind a picture is no picture; the pixels are left to the browser, which decodes them in its sandbox.
/// </summary>
internal readonly record struct RasterImage(string ContentType, int Width, int Height, bool IsAnimated)
{
    /// <summary>Null when it is none of the four formats, or broken.</summary>
    public static RasterImage? Read(ReadOnlySpan<byte> file) => ReadPng(file) ?? ReadJpeg(file) ?? ReadGif(file) ?? ReadWebP(file);

    /// <summary>PNG 3rd edition, 5: a signature, then chunks from IHDR to IEND.</summary>
    private static RasterImage? ReadPng(ReadOnlySpan<byte> file)
    {
        const int Frame = 12; // length, type and checksum
        if (!file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A])) return null;
        var rest = file[8..];
        var (width, height, isAnimated, hasPixels) = (0, 0, false, false);
        for (var isFirst = true; rest.Length >= Frame; isFirst = false)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - Frame) return null;
            var type = rest[4..8];
            var data = rest[8..(8 + (int)length)];
            rest = rest[(Frame + (int)length)..];
            if (isFirst != type.SequenceEqual("IHDR"u8)) return null;
            if (isFirst)
            {
                if (length != 13) return null;
                (width, height) = (Clamp(BinaryPrimitives.ReadUInt32BigEndian(data)), Clamp(BinaryPrimitives.ReadUInt32BigEndian(data[4..])));
            }
            isAnimated |= type.SequenceEqual("acTL"u8);
            hasPixels |= type.SequenceEqual("IDAT"u8);
            if (type.SequenceEqual("IEND"u8)) return rest.IsEmpty && hasPixels ? new("image/png", width, height, isAnimated) : null;
        }
        return null;
    }

    /// <summary>ITU-T T.81, B.1: segments up to the frame header, which has the size. Only the frames that browsers show.</summary>
    private static RasterImage? ReadJpeg(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || !file.EndsWith((ReadOnlySpan<byte>)[0xFF, 0xD9])) return null;
        for (var at = 2; at + 4 <= file.Length && file[at] == 0xFF;)
        {
            var marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++; // a fill byte
                continue;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length) return null;
            if (marker is 0xC0 or 0xC1 or 0xC2) // baseline, extended, progressive
                return length >= 8 && file[at + 4] == 8
                    ? new("image/jpeg", BinaryPrimitives.ReadUInt16BigEndian(file[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]), false)
                    : null;
            if (marker is not (0xC4 or 0xCC or 0xDB or 0xDD or 0xFE) and not (>= 0xE0 and <= 0xEF)) return null; // tables, comments, application data
            at += 2 + length;
        }
        return null;
    }

    /// <summary>GIF89a: screen, then images and extensions made of sub-blocks, then the trailer.</summary>
    private static RasterImage? ReadGif(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith("GIF89a"u8) && !file.StartsWith("GIF87a"u8) || file.Length < 13) return null;
        var (width, height) = (BinaryPrimitives.ReadUInt16LittleEndian(file[6..]), BinaryPrimitives.ReadUInt16LittleEndian(file[8..]));
        var images = 0;
        for (var at = 13 + ColorTable(file[10]); at < file.Length;)
        {
            switch (file[at])
            {
                case 0x3B:
                    return at == file.Length - 1 && images > 0 ? new("image/gif", width, height, images > 1) : null;
                case 0x2C when at + 11 <= file.Length:
                    var image = file[(at + 1)..];
                    if (BinaryPrimitives.ReadUInt16LittleEndian(image) + BinaryPrimitives.ReadUInt16LittleEndian(image[4..]) > width
                        || BinaryPrimitives.ReadUInt16LittleEndian(image[2..]) + BinaryPrimitives.ReadUInt16LittleEndian(image[6..]) > height)
                        return null;
                    images++;
                    at += 11 + ColorTable(image[8]);
                    break;
                case 0x21:
                    at += 2;
                    break;
                default:
                    return null;
            }
            while (at < file.Length && file[at] != 0) at += 1 + file[at]; // sub-blocks
            at++;
        }
        return null;

        static int ColorTable(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
    }

    /// <summary>RFC 9649: a RIFF file of chunks, of which one has the pixels, and in the extended form the first has the flags.</summary>
    private static RasterImage? ReadWebP(ReadOnlySpan<byte> file)
    {
        if (file.Length < 20 || !file.StartsWith("RIFF"u8) || !file[8..].StartsWith("WEBP"u8) || BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) != file.Length - 8) return null;
        (int Width, int Height)? canvas = null, picture = null;
        var isAnimated = false;
        for (var rest = file[12..]; !rest.IsEmpty;)
        {
            if (rest.Length < 8) return null;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length > rest.Length - 8) return null;
            var type = rest[..4];
            var data = rest[8..(8 + (int)length)];
            rest = rest[Math.Min(8 + (int)length + ((int)length & 1), rest.Length)..]; // padded to an even length
            if (type.SequenceEqual("VP8X"u8))
            {
                if (length < 10) return null;
                canvas = (1 + data[4] + (data[5] << 8) + (data[6] << 16), 1 + data[7] + (data[8] << 8) + (data[9] << 16));
                isAnimated |= (data[0] & 0x02) != 0;
            }
            else if (type.SequenceEqual("VP8 "u8))
            {
                if (length < 10 || (data[0] & 1) != 0 || !data[3..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A])) return null;
                picture = (BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF);
            }
            else if (type.SequenceEqual("VP8L"u8))
            {
                if (length < 5 || data[0] != 0x2F) return null;
                var size = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
                picture = ((int)(size & 0x3FFF) + 1, (int)(size >> 14 & 0x3FFF) + 1);
            }
            isAnimated |= type.SequenceEqual("ANIM"u8) || type.SequenceEqual("ANMF"u8);
        }
        if (isAnimated && canvas is var (screenWidth, screenHeight)) return new("image/webp", screenWidth, screenHeight, true);
        return picture is var (width, height) && (canvas is null || canvas == picture) ? new("image/webp", width, height, isAnimated) : null;
    }

    private static int Clamp(uint length) => (int)Math.Min(length, int.MaxValue);
}
