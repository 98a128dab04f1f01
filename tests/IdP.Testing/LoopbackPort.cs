using System.Net;
using System.Net.Sockets;

namespace IdP.Testing;

public static class LoopbackPort
{
    private const int First = 20_000;
    private const int Last = 32_000; // below the range from which the kernel picks the near end of outgoing connections

    private static int next = First + (Environment.ProcessId * 37 % (Last - First));

    /// <summary>A port nobody listens on, on either loopback address, that this process has not given out lately.</summary>
    public static int Free()
    {
        for (var attempt = 0; attempt < Last - First; attempt++)
        {
            var port = First + (Interlocked.Increment(ref next) % (Last - First));
            if (IsFree(IPAddress.Loopback, port) && IsFree(IPAddress.IPv6Loopback, port)) return port;
        }

        throw new InvalidOperationException($"No free loopback port between {First} and {Last}.");
    }

    private static bool IsFree(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException absent) when (absent.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            return true; // a machine without IPv6
        }
    }
}
