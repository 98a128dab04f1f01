using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace IdP.UI.Tests.Peers;

/// <summary>The files of <c>tests/peers/browser-app</c> on an origin of their own, with the library as npm installed it.</summary>
public sealed class BrowserApp : IAsyncDisposable
{
    private static readonly string Packages = Repository.PathOf("tests", "peers", "node_modules");

    private readonly WebApplication server;

    private BrowserApp(WebApplication server) => this.server = server;

    /// <param name="settings">What the page reads from <c>/settings.json</c>.</param>
    public static async Task<BrowserApp> StartAsync(Uri origin, object settings)
    {
        if (!Directory.Exists(Path.Combine(Packages, "oidc-client-ts"))) throw new InvalidOperationException("The peers are not installed: run 'npm ci' in tests/peers (./test.sh does).");
        var files = Repository.PathOf("tests", "peers", "browser-app");
        var builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = files });
        builder.WebHost.UseKestrelCore().UseUrls(origin.GetLeftPart(UriPartial.Authority));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var server = builder.Build();
        server.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Packages), RequestPath = "/library" });
        server.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(files) });
        server.Run(http => http.Request.Path.Value switch
        {
            "/settings.json" => http.Response.WriteAsJsonAsync(settings),
            "/" or "/callback" or "/silent" => SendPageAsync(http, Path.Combine(files, "index.html")),
            _ => NotFoundAsync(http),
        });
        await server.StartAsync();
        return new BrowserApp(server);
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    private static Task SendPageAsync(HttpContext http, string file)
    {
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.SendFileAsync(file);
    }

    private static Task NotFoundAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
