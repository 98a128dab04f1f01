using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IdP.Http;

/// <summary>
/// Security headers of every answer. Nothing inline, nothing from elsewhere, no framing. A form that ends in a redirect to an app needs the
/// app's origin in <c>form-action</c>: a page adds it with <see cref="AllowFormTarget"/>, from a registered redirect URI or a configured upstream provider only.
/// </summary>
public static class ContentSecurityPolicy
{
    private const string Common = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action ";

    /// <summary>Of every answer that asked for nothing: made once, because it is on each.</summary>
    private static readonly StringValues Plain = Common + "'self'; frame-ancestors 'none'";
    private static readonly StringValues NoSniff = "nosniff", NoReferrer = "no-referrer", Deny = "DENY", SameOrigin = "same-origin", NoPermissions = "camera=(), microphone=(), geolocation=(), payment=()";

    public static void AllowFormTarget(this HttpContext http, string registeredUri) => Of(http).FormTargets.Add(SourceOf(registeredUri));

    /// <summary>For a page with codes or tokens in its form: it may be sent to this address and nowhere else, not even back to us.</summary>
    public static void RestrictFormTarget(this HttpContext http, string registeredUri) => Of(http).OnlyFormTarget = SourceOf(registeredUri);

    /// <summary>Lets a page load a registered address in a frame.</summary>
    public static void AllowFrame(this HttpContext http, string registeredUri) => Of(http).Frames.Add(new Uri(registeredUri, UriKind.Absolute).GetLeftPart(UriPartial.Authority));

    /// <summary>For the one page that every site may frame.</summary>
    public static void AllowFramingByAnyone(this HttpContext http)
    {
        Of(http).IsFramable = true;
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";
    }

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        http.Response.OnStarting(static state =>
        {
            var http = (HttpContext)state;
            var headers = http.Response.Headers;
            var wishes = http.Features.Get<Wishes>();
            if (headers.ContentSecurityPolicy.Count == 0) headers.ContentSecurityPolicy = wishes?.ToPolicy() ?? Plain;
            headers.XContentTypeOptions = NoSniff;
            headers["Referrer-Policy"] = NoReferrer;
            if (wishes is not { IsFramable: true }) headers.XFrameOptions = Deny;
            headers["Cross-Origin-Opener-Policy"] = SameOrigin;
            headers["Permissions-Policy"] = NoPermissions;
            if (http.Response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) == true && headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
            if (http.Request.IsHttps && !http.Request.Host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
            return Task.CompletedTask;
        }, http);
        return next(http);
    });

    private static string SourceOf(string registeredUri)
    {
        var uri = new Uri(registeredUri, UriKind.Absolute);
        // A private-use scheme (RFC 8252 7.1) has no origin; the scheme itself is the source expression.
        return uri.Scheme is "http" or "https" ? uri.GetLeftPart(UriPartial.Authority) : uri.Scheme + ":";
    }

    private static Wishes Of(HttpContext http)
    {
        if (http.Features.Get<Wishes>() is { } wishes) return wishes;
        wishes = new Wishes();
        http.Features.Set(wishes);
        return wishes;
    }

    /// <summary>What the page of this request asked for.</summary>
    private sealed class Wishes
    {
        public HashSet<string> FormTargets { get; } = [];
        public HashSet<string> Frames { get; } = [];
        public string? OnlyFormTarget { get; set; }
        public bool IsFramable { get; set; }

        public string ToPolicy() =>
            Common + (OnlyFormTarget ?? string.Join(' ', FormTargets.Prepend("'self'"))) + (Frames.Count == 0 ? "" : "; frame-src " + string.Join(' ', Frames)) + "; frame-ancestors 'none'";
    }
}
