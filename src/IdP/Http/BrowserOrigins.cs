using IdP.Protocol;
using IdP.Protocol.Clients;
using IdP.Protocol.LocalApi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Http;

/// <summary>
/// Cross-origin calls from browser apps (Fetch standard): metadata and keys are open to all, token, userinfo, revocation, pushed requests and the account API to the origins that
/// clients registered (the account API looks after that whether it is the client of the token), everything else to nobody. Never with credentials. What is open to all says so to everybody, asked from a page or not: such an answer may lie in a shared
/// cache, and must do for whoever gets it from there.
/// </summary>
public static class BrowserOrigins
{
    public static IApplicationBuilder UseBrowserOrigins(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        var path = http.Request.Path;
        var isPublic = path.StartsWithSegments("/.well-known");
        var isAccount = path.StartsWithSegments(AccountResource.Path);
        var isApi = isAccount || path == ProtocolPaths.Token || path == ProtocolPaths.UserInfo || path == ProtocolPaths.Revocation || path == ProtocolPaths.PushedAuthorization;
        var origin = http.Request.Headers.Origin is [{ } one] ? one : null;
        if (!isPublic && (!isApi || origin is null))
        {
            await next(http);
            return;
        }

        var catalog = http.RequestServices.GetRequiredService<Catalog>();
        var allowed = isPublic || (await catalog.GetResourcesAsync(http.RequestAborted)).CorsOrigins.Contains(origin!); // an API is asked from an origin here
        // Written last, because an error page begins by clearing the headers, and the app must be able to read the error too.
        http.Response.OnStarting(() =>
        {
            if (!isPublic) http.Response.Headers.Append("Vary", "Origin");
            if (allowed) http.Response.Headers.AccessControlAllowOrigin = isPublic ? "*" : origin;
            if (allowed && isAccount) http.Response.Headers.AccessControlExposeHeaders = "ETag, Location, Retry-After, WWW-Authenticate";
            return Task.CompletedTask;
        });
        if (origin is null || !HttpMethods.IsOptions(http.Request.Method) || http.Request.Headers.AccessControlRequestMethod.Count == 0)
        {
            await next(http);
            return;
        }

        if (allowed)
        {
            http.Response.Headers.AccessControlAllowMethods = isAccount ? "GET, POST, PUT, PATCH, DELETE" : "GET, POST";
            http.Response.Headers.AccessControlAllowHeaders = isAccount ? "Authorization, Content-Type, If-Match" : "Authorization, Content-Type";
            http.Response.Headers.AccessControlMaxAge = "600";
        }
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    });
}
