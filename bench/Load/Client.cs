using System.Net;
using System.Net.Sockets;

namespace Load;

/// <summary>One kept-alive connection with one request at a time, and what its scenario does with it.</summary>
internal sealed class Client : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly IEnumerator<byte[]?> script;
    private byte[] buffer = new byte[64 * 1024];
    private int received;

    /// <param name="from">The address of this machine that the server is to see; null for the usual one.</param>
    public Client(Uri origin, Script scenario, IPAddress? from = null)
    {
        if (from is not null) socket.Bind(new IPEndPoint(from, 0));
        socket.Connect(new IPEndPoint(IPAddress.Loopback, origin.Port));
        script = scenario(this).GetEnumerator();
    }

    public Answer Answer { get; } = new();

    public int Descriptor => (int)socket.Handle;

    /// <summary>When the unit that is under way began.</summary>
    public long BeganAt { get; set; }

    /// <summary>Sends the scenario's next request; true when that completed a unit and began the next one.</summary>
    /// <param name="stop">Sends nothing more once a unit is complete.</param>
    public bool Advance(bool stop)
    {
        var completed = false;
        while (script.MoveNext())
        {
            if (script.Current is { } request)
            {
                for (var sent = 0; sent < request.Length;) sent += socket.Send(request.AsSpan(sent));
                IsWaiting = true;
                return completed;
            }
            completed = true;
            if (stop) return true;
        }
        throw new InvalidOperationException("The scenario ended.");
    }

    public bool IsWaiting { get; private set; }

    /// <summary>True when the answer is there as a whole.</summary>
    public bool Receive()
    {
        if (received == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        var count = socket.Receive(buffer.AsSpan(received));
        if (count == 0) throw new IOException("The server closed the connection.");
        received += count;
        if (!Answer.TryParse(buffer, received)) return false;
        received = 0; // nothing follows: there is one request at a time
        IsWaiting = false;
        return true;
    }

    /// <summary>A measurement of wrong answers would be none.</summary>
    public void Expect(int status, ReadOnlySpan<byte> part = default)
    {
        if (Answer.Status != status || Answer.Body.IndexOf(part) < 0)
            throw new InvalidOperationException($"Expected status {status} with '{System.Text.Encoding.UTF8.GetString(part)}', got {Answer.Status} (location {Answer.Header("Location")}): {Answer.Text}");
    }

    public void Dispose()
    {
        script.Dispose();
        socket.Dispose();
    }
}
