using System.Collections.Frozen;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace IdP.Protocol;

/// <summary>
/// Which methods and content an endpoint takes: 405 with Allow (RFC 9110 15.5.6) and 415, where the engine would answer 400, or take a token out of the
/// address of an introspection by GET (RFC 7662 2.1 has POST only, so that no token ends in a log of addresses).
/// </summary>
public static class ProtocolMethods
{
    private static readonly string[] Get = [HttpMethods.Get];
    private static readonly string[] Post = [HttpMethods.Post];
    private static readonly string[] Both = [HttpMethods.Get, HttpMethods.Post];

    private static readonly FrozenDictionary<string, string[]> Allowed = new Dictionary<string, string[]>
    {
        [ProtocolPaths.Authorize] = Both,
        [ProtocolPaths.Token] = Post,
        [ProtocolPaths.DeviceAuthorization] = Post,
        [ProtocolPaths.PushedAuthorization] = Post,
        [ProtocolPaths.UserInfo] = Both,
        [ProtocolPaths.Introspect] = Post,
        [ProtocolPaths.Revocation] = Post,
        [ProtocolPaths.EndSession] = Both,
        ["/.well-known/openid-configuration"] = Get,
        ["/.well-known/oauth-authorization-server"] = Get,
        ["/.well-known/openid-configuration/jwks"] = Get,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public static IApplicationBuilder UseProtocolMethods(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        // The error page passes here again, with the path of its own.
        if (http.Request.Path.Value is not { } path || !Allowed.TryGetValue(path.TrimEnd('/'), out var methods) || http.Features.Get<IStatusCodeReExecuteFeature>() is not null) return next(http);
        if (!methods.Contains(http.Request.Method, StringComparer.Ordinal))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            http.Response.Headers.Allow = string.Join(", ", methods);
            return Task.CompletedTask;
        }
        // A userinfo request by POST may have its token in the header and nothing to say beside (OpenID Connect Core 5.3.1); the engine wants a type all the same.
        var isUserInfo = path.TrimEnd('/').Equals(ProtocolPaths.UserInfo, StringComparison.OrdinalIgnoreCase);
        if (isUserInfo && HttpMethods.IsPost(http.Request.Method) && IsEmpty(http.Request)) http.Request.ContentType = "application/x-www-form-urlencoded";
        // Of a protected resource every malformed request is a 400 with the Bearer challenge (RFC 6750 3.1), which the engine gives.
        if (!HttpMethods.IsPost(http.Request.Method) || http.Request.HasFormContentType || isUserInfo) return next(http);
        http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        return Task.CompletedTask;
    });

    private static bool IsEmpty(HttpRequest request) => request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0 && string.IsNullOrEmpty(request.ContentType);
}
