using System.Net.Sockets;
using System.Text;

namespace IdP.Testing;

/// <summary>A request as bytes, for what HttpClient refuses to send.</summary>
public static class RawHttp
{
    /// <summary>Sends the text, in which line ends may be bare, on a connection of its own. The whole answer, headers included: the request must ask the server to close.</summary>
    public static async Task<string> SendAsync(Uri origin, string request)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(origin.Host, origin.Port);
        await socket.SendAsync(Encoding.Latin1.GetBytes(request.ReplaceLineEndings("\r\n")));
        await using var answer = new NetworkStream(socket);
        using var reader = new StreamReader(answer, Encoding.UTF8);
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
