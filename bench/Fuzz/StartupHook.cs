using System.Globalization;
using System.Net.Sockets;
using System.Text;

#pragma warning disable CA1050 // The runtime looks for this very name, without a namespace.
/// <summary>
/// Loaded into the server by <c>DOTNET_STARTUP_HOOKS</c>: tells, whenever asked, how many bytes are alive after a full collection. From outside one sees
/// only what the collector has not given back yet.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("BENCH_MEMORY_SOCKET") is not { Length: > 0 } path) return;
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        new Thread(() =>
        {
            while (true)
            {
                using var asking = listener.Accept();
                GC.Collect();
                GC.WaitForPendingFinalizers();
                GC.Collect();
                asking.Send(Encoding.ASCII.GetBytes(GC.GetTotalMemory(forceFullCollection: false).ToString(CultureInfo.InvariantCulture)));
            }
        })
        { IsBackground = true, Name = "memory probe" }.Start();
    }
}
