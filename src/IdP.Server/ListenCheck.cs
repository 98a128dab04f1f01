using System.Net;
using System.Net.Sockets;
using IdP.Hosting;

namespace IdP.Server;

/// <summary>Whether the server will be able to listen, found out before the database is touched.</summary>
internal static class ListenCheck
{
    public static void Run(IConfiguration configuration)
    {
        foreach (var url in (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var address = Parse(url);
            foreach (var endpoint in Endpoints(address))
                Try(url, endpoint);
        }
    }

    private static BindingAddress Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException exception)
        {
            throw new StartupException($"ASPNETCORE_URLS: '{url}' is no address to listen on, such as http://localhost:5000.", exception);
        }
    }

    private static IEnumerable<IPEndPoint> Endpoints(BindingAddress address)
    {
        if (address.IsUnixPipe || address.IsNamedPipe || address.Port is 0 or > 65535) yield break;
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip)) yield return new(ip, address.Port);
        else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) yield return new(IPAddress.Loopback, address.Port);
        else yield return new(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, address.Port); // any other name means every address
    }

    private static void Try(string url, IPEndPoint endpoint)
    {
        try
        {
            using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (endpoint.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true); // as the web server does: connections that linger are no obstacle
            socket.Bind(endpoint);
            socket.Listen();
        }
        catch (SocketException exception)
        {
            throw new StartupException(exception.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"The server cannot listen on {url}: another program uses this address. Stop it, or set ASPNETCORE_URLS to another one.",
                SocketError.AccessDenied => $"The server cannot listen on {url}: this user may not. Set ASPNETCORE_URLS to a port above 1023.",
                _ => $"The server cannot listen on {url}: {exception.Message}. Set ASPNETCORE_URLS to an address of this machine.",
            }, exception);
        }
    }
}
