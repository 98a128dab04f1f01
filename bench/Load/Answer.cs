using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Load;

/// <summary>One HTTP/1.1 answer, parsed where it lies in the connection's buffer: text is made only where a scenario asks for it.</summary>
internal sealed class Answer
{
    private byte[] buffer = [];
    private int head;
    private int bodyStart;
    private int bodyEnd;

    public int Status { get; private set; }

    /// <summary>Bytes of the whole answer.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Body => buffer.AsSpan(bodyStart, bodyEnd - bodyStart);

    public string Text => Encoding.UTF8.GetString(Body);

    private ReadOnlySpan<byte> Head => buffer.AsSpan(0, head);

    public string? Header(string name) => Headers(name) is [var first, ..] ? first : null;

    public IReadOnlyList<string> Headers(string name)
    {
        List<string> values = [];
        foreach (var line in Encoding.Latin1.GetString(Head).Split("\r\n").Skip(1))
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.OrdinalIgnoreCase)) values.Add(line[(name.Length + 1)..].Trim());
        return values;
    }

    /// <summary>False while a part of the answer is still on its way.</summary>
    public bool TryParse(byte[] received, int end)
    {
        buffer = received;
        var text = received.AsSpan(0, end);
        head = text.IndexOf("\r\n\r\n"u8);
        if (head < 0) return false;
        if (!Utf8Parser.TryParse(text[9..12], out int status, out _)) throw new IOException("No status line: " + Encoding.Latin1.GetString(text[..Math.Min(end, 80)]));
        Status = status;
        bodyStart = head + 4;
        if (Number(Head, "\r\nContent-Length:"u8) is { } length) return Ends(bodyStart + length, bodyStart + length, end);
        if (Head.IndexOf("\r\nTransfer-Encoding: chunked"u8) >= 0) return TryParseChunks(end);
        if (status is 204 or 304) return Ends(bodyStart, bodyStart, end);
        throw new IOException("An answer without a length: " + Encoding.Latin1.GetString(Head));
    }

    private bool Ends(int body, int all, int have)
    {
        (bodyEnd, Length) = (body, all);
        return have >= all;
    }

    /// <summary>Walks the chunks first: only a whole answer is put together, in place.</summary>
    private bool TryParseChunks(int end)
    {
        List<(int Start, int Length)> chunks = [];
        for (var at = bodyStart; ;)
        {
            var line = buffer.AsSpan(at, end - at).IndexOf("\r\n"u8);
            if (line < 0) return false;
            var size = int.Parse(Encoding.ASCII.GetString(buffer, at, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            at += line + 2;
            if (at + size + 2 > end) return false;
            if (size == 0)
            {
                Length = at + 2;
                break;
            }
            chunks.Add((at, size));
            at += size + 2;
        }

        bodyEnd = bodyStart;
        foreach (var (start, size) in chunks)
        {
            Buffer.BlockCopy(buffer, start, buffer, bodyEnd, size);
            bodyEnd += size;
        }
        return true;
    }

    private static int? Number(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        var at = head.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(head[(at + name.Length)..].TrimStart((byte)' '), out int number, out _) ? number : null;
    }
}
