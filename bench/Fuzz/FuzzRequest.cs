using System.Globalization;
using System.Text;

namespace Fuzz;

/// <summary>A name with its value; <see cref="Raw"/> goes out as it stands, everything else is encoded as its place demands.</summary>
internal readonly record struct Part(string Name, string Value, bool Raw = false);

internal enum Framing
{
    /// <summary>Content-Length is what is sent.</summary>
    Right,
    Chunked,

    /// <summary>The rest is a promise that is not kept, or more than was promised.</summary>
    TooShort,
    TooLong,
    TwoLengths,
    LengthAndChunks,
    BadChunk,
    BadLength,
}

/// <summary>A request as a value that can be changed piece by piece and written to a socket, malformed or not.</summary>
internal sealed class FuzzRequest
{
    public required string Name { get; init; }
    public string Method { get; set; } = "GET";
    public string Path { get; set; } = "/";
    public string Version { get; set; } = "HTTP/1.1";
    public List<Part> Query { get; private init; } = [];
    public List<Part> Headers { get; private init; } = [];
    public List<Part>? Form { get; set; }

    /// <summary>Instead of a form: text as it stands.</summary>
    public string? Body { get; set; }

    public string? ContentType { get; set; }
    public Framing Framing { get; set; }

    /// <summary>After it nobody can tell where the next request would begin.</summary>
    public bool EndsConnection => Framing is not (Framing.Right or Framing.Chunked) || Version != "HTTP/1.1" || Method is "CONNECT" || Headers.Any(h => h.Name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) || h.Name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase));

    public FuzzRequest Clone() => new()
    {
        Name = Name, Method = Method, Path = Path, Version = Version, Query = [.. Query], Headers = [.. Headers], Form = Form is null ? null : [.. Form], Body = Body, ContentType = ContentType, Framing = Framing,
    };

    public byte[] ToBytes(string host)
    {
        var body = Form is null ? Body is null ? [] : Bytes(Body) : Bytes(string.Join('&', Form.Select(p => p.Raw ? p.Name + "=" + p.Value : Escape(p.Name) + "=" + Escape(p.Value))));
        using var output = new MemoryStream(body.Length + 1024);
        void Write(string text) => output.Write(Bytes(text));

        Write($"{OneLine(Method)} {OneLine(Path)}");
        for (var i = 0; i < Query.Count; i++)
            Write((i == 0 ? "?" : "&") + (Query[i].Raw ? OneLine(Query[i].Name) + "=" + OneLine(Query[i].Value) : Escape(Query[i].Name) + "=" + Escape(Query[i].Value)));
        Write($" {OneLine(Version)}\r\n");
        if (!Headers.Any(h => h.Name.Equals("Host", StringComparison.OrdinalIgnoreCase))) Write($"Host: {host}\r\n");
        foreach (var header in Headers) Write($"{OneLine(header.Name)}: {OneLine(header.Value)}\r\n");
        if (ContentType is not null) Write($"Content-Type: {OneLine(ContentType)}\r\n");
        var length = body.Length.ToString(CultureInfo.InvariantCulture);
        switch (Framing)
        {
            case Framing.Right when body.Length > 0 || Method is not ("GET" or "HEAD" or "OPTIONS" or "DELETE"): Write($"Content-Length: {length}\r\n\r\n"); break;
            case Framing.Right: Write("\r\n"); break;
            case Framing.TooShort: Write($"Content-Length: {body.Length + 100}\r\n\r\n"); break;
            case Framing.TooLong: Write($"Content-Length: {Math.Max(0, body.Length - 1)}\r\n\r\n"); break;
            case Framing.TwoLengths: Write($"Content-Length: {length}\r\nContent-Length: {body.Length + 1}\r\n\r\n"); break;
            case Framing.BadLength: Write("Content-Length: -1\r\n\r\n"); break;
            case Framing.LengthAndChunks: Write($"Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n"); break;
            default: Write("Transfer-Encoding: chunked\r\n\r\n"); break;
        }

        if (Framing is Framing.Chunked or Framing.LengthAndChunks)
        {
            var half = body.Length / 2;
            foreach (var chunk in (byte[][])[body[..half], body[half..]])
                if (chunk.Length > 0)
                {
                    Write(chunk.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n");
                    output.Write(chunk);
                    Write("\r\n");
                }
            Write("0\r\n\r\n");
        }
        else if (Framing is Framing.BadChunk) Write("zz\r\n" + length + "\r\n");
        else output.Write(body);
        return output.ToArray();
    }

    /// <summary>A line end would make two requests of one.</summary>
    private static string OneLine(string text) => text.AsSpan().IndexOfAny('\r', '\n') < 0 ? text : text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var b in Bytes(text))
            if (b is >= (byte)'0' and <= (byte)'9' or >= (byte)'A' and <= (byte)'Z' or >= (byte)'a' and <= (byte)'z' or (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~') escaped.Append((char)b);
            else escaped.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        return escaped.ToString();
    }

    /// <summary>UTF-8, in which half a character becomes the three bytes that no decoder may accept.</summary>
    private static byte[] Bytes(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\ud800', '\udfff')) return Encoding.UTF8.GetBytes(text);
        var bytes = new List<byte>(text.Length * 2);
        for (var i = 0; i < text.Length; i++)
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i++, 2)));
            else if (char.IsSurrogate(text[i])) bytes.AddRange([(byte)(0xE0 | (text[i] >> 12)), (byte)(0x80 | ((text[i] >> 6) & 0x3F)), (byte)(0x80 | (text[i] & 0x3F))]);
            else bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, 1)));
        return [.. bytes];
    }
}
