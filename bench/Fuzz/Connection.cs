using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Fuzz;

/// <summary>An answer as it came; null members when there was none.</summary>
internal sealed record Answer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, string Body, bool Closes)
{
    public string? Header(string name) => Headers.FirstOrDefault(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>A connection kept alive by hand: HttpClient would refuse to send what this must send.</summary>
internal sealed class Connection(string host, int port) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly byte[] buffer = new byte[64 * 1024];
    private Socket? socket;
    private int start;
    private int end;

    /// <exception cref="IOException">The server closed the connection without an answer, or did not answer in time.</exception>
    public Answer Send(FuzzRequest request)
    {
        var bytes = request.ToBytes($"{host}:{port}");
        var isFresh = socket is null;
        try
        {
            return Exchange(request, bytes);
        }
        catch (Exception e) when (!isFresh && e is IOException or SocketException)
        {
            // The server may have given up a connection that it had kept; whether this request is the reason shows on a new one.
            Dispose();
        }
        catch (SocketException e)
        {
            Dispose();
            throw new IOException(e.Message, e);
        }
        try
        {
            return Exchange(request, bytes);
        }
        catch (SocketException e)
        {
            Dispose();
            throw new IOException(e.Message, e);
        }
    }

    public void Dispose()
    {
        socket?.Dispose();
        socket = null;
        start = end = 0;
    }

    private Answer Exchange(FuzzRequest request, byte[] bytes)
    {
        if (socket is null)
        {
            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)Patience.TotalMilliseconds, SendTimeout = (int)Patience.TotalMilliseconds };
            socket.Connect(host, port);
        }

        try
        {
            for (var sent = 0; sent < bytes.Length;) sent += socket.Send(bytes.AsSpan(sent));
            if (request.Framing is Framing.TooShort or Framing.BadChunk) socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException) when (bytes.Length > 16 * 1024)
        {
            // What is too large is answered before it has been read; the answer is there to be read.
        }

        var answer = ReadAnswer(hasBody: request.Method != "HEAD");
        while (answer.Status is >= 100 and < 200) answer = ReadAnswer(hasBody: request.Method != "HEAD");
        if (answer.Closes || request.EndsConnection) Dispose();
        return answer;
    }

    private Answer ReadAnswer(bool hasBody)
    {
        var line = ReadLine();
        if (line.Length < 12 || !line.StartsWith("HTTP/1.", StringComparison.Ordinal) || !int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status)) throw new IOException("No status line: " + line);
        var headers = new List<KeyValuePair<string, string>>();
        while (ReadLine() is { Length: > 0 } header)
            headers.Add(header.Split(':', 2) is [var name, var value] ? new(name, value.Trim()) : throw new IOException("No header: " + header));
        var answer = new Answer(status, headers, "", headers.Any(h => h.Key.Equals("Connection", StringComparison.OrdinalIgnoreCase) && h.Value.Contains("close", StringComparison.OrdinalIgnoreCase)));
        if (!hasBody || status is < 200 or 204 or 304) return answer;

        if (answer.Header("Transfer-Encoding") is not null)
        {
            using var body = new MemoryStream();
            while (int.Parse(ReadLine(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
            {
                body.Write(ReadBytes(size));
                ReadLine();
            }
            ReadLine();
            return answer with { Body = Encoding.UTF8.GetString(body.ToArray()) };
        }
        if (answer.Header("Content-Length") is { } length) return answer with { Body = Encoding.UTF8.GetString(ReadBytes(int.Parse(length, CultureInfo.InvariantCulture))) };
        using var rest = new MemoryStream();
        while (start < end || Fill())
        {
            rest.Write(buffer, start, end - start);
            start = end;
        }
        return answer with { Body = Encoding.UTF8.GetString(rest.ToArray()), Closes = true };
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (start == end && !Fill()) throw new IOException(line.Length == 0 ? "The connection was closed without an answer." : "The connection was closed in the middle of a line.");
            var c = (char)buffer[start++];
            if (c == '\n') return line.ToString().TrimEnd('\r');
            line.Append(c);
        }
    }

    private byte[] ReadBytes(int count)
    {
        var bytes = new byte[count];
        for (var have = 0; have < count;)
        {
            if (start == end && !Fill()) throw new IOException("The connection was closed in the middle of a body.");
            var take = Math.Min(count - have, end - start);
            Array.Copy(buffer, start, bytes, have, take);
            (have, start) = (have + take, start + take);
        }
        return bytes;
    }

    private bool Fill()
    {
        (start, end) = (0, socket!.Receive(buffer)); // connected before anything is read
        return end > 0;
    }
}
