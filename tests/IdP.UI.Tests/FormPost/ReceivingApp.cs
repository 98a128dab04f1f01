using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IdP.UI.Tests.FormPost;

/// <summary>An app on an origin of its own that receives its answers as forms and keeps what came.</summary>
public sealed class ReceivingApp : IAsyncDisposable
{
    private readonly WebApplication server;

    private ReceivingApp(WebApplication server) => this.server = server;

    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Received { get; } = new();

    public static async Task<ReceivingApp> StartAsync(Uri origin)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls(origin.GetLeftPart(UriPartial.Authority));
        builder.Logging.ClearProviders();
        var app = new ReceivingApp(builder.Build());
        app.server.Run(app.AnswerAsync);
        await app.server.StartAsync();
        return app;
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.HasFormContentType)
            Received.Enqueue((await http.Request.ReadFormAsync()).ToDictionary(field => field.Key, field => field.Value.ToString()));
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync("<!DOCTYPE html><html lang=en><head><title>App</title><link rel=icon href=data:,></head><body><h1>The app</h1></body></html>");
    }
}
