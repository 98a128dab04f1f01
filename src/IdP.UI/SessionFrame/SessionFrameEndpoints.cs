using IdP.Http;
using IdP.Protocol;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.SessionFrame;

/// <summary>
/// The frame that apps ask whether the session has changed (OpenID Connect Session Management 1.0, 3.3). The only page that any site may frame: it shows
/// nothing, takes no input, and its script reads one cookie that opens nothing.
/// </summary>
internal static class SessionFrameEndpoints
{
    private static readonly string Html = $"""
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Session check</title><script src="{StaticAssets.Url("checksession.js")}"></script></head>
        <body></body>
        </html>
        """;

    public static void MapSessionFrame(this IEndpointRouteBuilder endpoints) => endpoints.MapGet(ProtocolPaths.CheckSession, (HttpContext http) =>
    {
        http.AllowFramingByAnyone();
        http.Response.Headers.CacheControl = "public, max-age=3600";
        return Results.Content(Html, "text/html; charset=utf-8");
    });
}
