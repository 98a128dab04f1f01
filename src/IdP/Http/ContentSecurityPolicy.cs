using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IdP.Http;

/// <summary>
/// Security headers of every answer. Nothing inline, nothing from elsewhere, no framing. A form that ends in a redirect to an app needs the
/// app's origin in <c>form-action</c>: a page adds it with <see cref="AllowFormTarget"/>, from a registered redirect URI or a configured upstream provider only.
/// </summary>
public static class ContentSecurityPolicy
{
    private static readonly object FormTargets = new();
    private static readonly object Frames = new();
    private static readonly object Framable = new();
    private static readonly object OnlyFormTarget = new();

    public static void AllowFormTarget(this HttpContext http, string registeredUri)
    {
        if (http.Items[FormTargets] is not HashSet<string> sources) http.Items[FormTargets] = sources = [];
        sources.Add(SourceOf(registeredUri));
    }

    /// <summary>For a page with codes or tokens in its form: it may be sent to this address and nowhere else, not even back to us.</summary>
    public static void RestrictFormTarget(this HttpContext http, string registeredUri) => http.Items[OnlyFormTarget] = SourceOf(registeredUri);

    private static string SourceOf(string registeredUri)
    {
        var uri = new Uri(registeredUri, UriKind.Absolute);
        // A private-use scheme (RFC 8252 7.1) has no origin; the scheme itself is the source expression.
        return uri.Scheme is "http" or "https" ? uri.GetLeftPart(UriPartial.Authority) : uri.Scheme + ":";
    }

    /// <summary>Lets a page load a registered address in a frame.</summary>
    public static void AllowFrame(this HttpContext http, string registeredUri)
    {
        if (http.Items[Frames] is not HashSet<string> sources) http.Items[Frames] = sources = [];
        sources.Add(new Uri(registeredUri, UriKind.Absolute).GetLeftPart(UriPartial.Authority));
    }

    /// <summary>For the one page that every site may frame.</summary>
    public static void AllowFramingByAnyone(this HttpContext http)
    {
        http.Items[Framable] = true;
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";
    }

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        http.Response.OnStarting(static state =>
        {
            var http = (HttpContext)state;
            var headers = http.Response.Headers;
            var targets = http.Items[OnlyFormTarget] as string ?? (http.Items[FormTargets] is HashSet<string> sources ? string.Join(' ', sources.Prepend("'self'")) : "'self'");
            var frames = http.Items[Frames] is HashSet<string> origins ? "; frame-src " + string.Join(' ', origins) : "";
            if (headers.ContentSecurityPolicy.Count == 0)
                headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action " + targets + frames + "; frame-ancestors 'none'";
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            if (http.Items[Framable] is null) headers.XFrameOptions = "DENY";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()";
            if (http.Response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) == true && headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
            if (http.Request.IsHttps && !http.Request.Host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
            return Task.CompletedTask;
        }, http);
        return next(http);
    });
}
