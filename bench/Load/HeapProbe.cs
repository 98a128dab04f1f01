using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Load;

/// <summary>Asks the server for the bytes that are alive after a full collection: see <c>StartupHook</c>, which is loaded into it.</summary>
internal static class HeapProbe
{
    /// <summary>What a server's environment needs to be asked.</summary>
    public static IReadOnlyDictionary<string, string> Environment(string socket) => new Dictionary<string, string>
    {
        ["DOTNET_STARTUP_HOOKS"] = typeof(HeapProbe).Assembly.Location,
        ["BENCH_MEMORY_SOCKET"] = socket,
    };

    public static double LiveMB(string socket)
    {
        using var asking = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        asking.Connect(new UnixDomainSocketEndPoint(socket));
        var buffer = new byte[32];
        return double.Parse(Encoding.ASCII.GetString(buffer, 0, asking.Receive(buffer)), CultureInfo.InvariantCulture) / 1048576;
    }
}
