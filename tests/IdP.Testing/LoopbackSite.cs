using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IdP.Testing;

/// <summary>A web site of somebody else on this machine (an app's key set, an app's sign-out address, a canary): answers as it is told and counts what reaches it.</summary>
public sealed class LoopbackSite : IAsyncDisposable
{
    private readonly WebApplication app;
    private int connections;
    private int requests;

    private LoopbackSite(RequestDelegate answer, IPAddress address, int port)
    {
        Origin = new Uri($"http://{(address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address)}:{port}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, port, listen => listen.Use(next => connection =>
        {
            Interlocked.Increment(ref connections);
            return next(connection);
        })));
        app = builder.Build();
        app.Run(context =>
        {
            Interlocked.Increment(ref requests);
            return answer(context);
        });
    }

    public Uri Origin { get; }

    /// <summary>TCP connections so far, whatever came over them.</summary>
    public int Connections => Volatile.Read(ref connections);

    /// <summary>Requests so far.</summary>
    public int Requests => Volatile.Read(ref requests);

    /// <param name="address">The loopback address to listen at; 127.0.0.1 when not given.</param>
    public static async Task<LoopbackSite> StartAsync(RequestDelegate answer, IPAddress? address = null, int? port = null)
    {
        var site = new LoopbackSite(answer, address ?? IPAddress.Loopback, port ?? LoopbackPort.Free());
        await site.app.StartAsync();
        return site;
    }

    /// <summary>The address of a path of this site.</summary>
    public string UrlOf(string path) => new Uri(Origin, path).AbsoluteUri;

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
