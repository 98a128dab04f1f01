using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace IdP.Http;

/// <summary>Refuses what the web server lets through but nothing behind it can work with, before anything tries.</summary>
public static class UsableRequests
{
    /// <summary>Some clients still name the older encodings; ASCII is the same in all of them.</summary>
    private static readonly string[] Charsets = ["utf-8", "us-ascii", "iso-8859-1", "windows-1252"];

    /// <summary>
    /// A host that makes no address: pages and the protocol engine build on it. Comes before the error page, which would fail on it too. Health checks of
    /// older load balancers send none and get their answer.
    /// </summary>
    public static IApplicationBuilder UseUsableHost(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (http.Request.Path.StartsWithSegments("/health") || MakesAddress(http.Request)) return next(http);
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync("The Host header is missing or is no host name.", http.RequestAborted);
    });

    /// <summary>The host of the last good request, which is that of nearly all.</summary>
    private static volatile string? _usable;

    private static bool MakesAddress(HttpRequest request)
    {
        if (!request.Host.HasValue) return false;
        if (string.Equals(request.Host.Value, _usable, StringComparison.Ordinal)) return true;
        try
        {
            if (!Uri.TryCreate($"{request.Scheme}://{request.Host.ToUriComponent()}/", UriKind.Absolute, out _)) return false;
            _usable = request.Host.Value;
            return true;
        }
        catch (ArgumentException)
        {
            return false; // a label that is too long or is no international name; the framework has no way to ask first
        }
    }

    /// <summary>
    /// A form with a NUL, which no database takes and no person types: 400. And a form that no endpoint here reads (RFC 6749 appendix B and every page of ours: application/x-www-form-urlencoded in UTF-8): 415, where the framework
    /// would fail on it.
    /// </summary>
    public static IApplicationBuilder UseUsableForms(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        // The error page runs through here again with the request as it was.
        if (string.IsNullOrEmpty(http.Request.ContentType) || http.Features.Get<IStatusCodeReExecuteFeature>() is not null || http.Features.Get<IExceptionHandlerFeature>() is not null) await next(http);
        else if (!IsUsable(http.Request)) http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        else if (http.Request.HasFormContentType && HasNul(await http.Request.ReadFormAsync(http.RequestAborted))) http.Response.StatusCode = StatusCodes.Status400BadRequest;
        else await next(http);
    });

    private static bool HasNul(IFormCollection form)
    {
        foreach (var (name, values) in form)
        {
            if (name.Contains('\0')) return true;
            foreach (var value in values)
                if (value?.Contains('\0') == true)
                    return true;
        }
        return false;
    }

    private static bool IsUsable(HttpRequest request)
    {
        if (request.Headers.ContentType.Count != 1 || !MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.Type.Equals("multipart", StringComparison.OrdinalIgnoreCase)) return false;
        var charset = HeaderUtilities.RemoveQuotes(type.Charset);
        return !charset.HasValue || Charsets.Any(known => charset.Equals(known, StringComparison.OrdinalIgnoreCase)) || !type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
    }
}
