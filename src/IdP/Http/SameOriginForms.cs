using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IdP.Http;

/// <summary>
/// Refuses a form that another origin sent, by the browser's own word (Fetch Metadata). Antiforgery tokens alone do not stop a neighbour below the same
/// domain, who can plant a cookie here that fits a token of its own, and so sign people in to a foreign account.
/// </summary>
public static class SameOriginForms
{
    public static IApplicationBuilder UseSameOriginForms(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        var isForm = HttpMethods.IsPost(http.Request.Method) && http.GetEndpoint()?.Metadata.GetMetadata<IAntiforgeryMetadata>() is { RequiresValidation: true };
        if (!isForm || http.IsFromSameOrigin()) return next(http);

        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    });

    /// <summary>Answers 400 to a form whose token was found wrong, behind the check (<c>UseAntiforgery</c>), which itself only takes a note. Nothing behind it could read the form.</summary>
    public static IApplicationBuilder UseValidForms(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (http.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: false }) return next(http);

        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    });

    /// <summary>Whether the browser says that a page of ours sent this; older ones say nothing.</summary>
    public static bool IsFromSameOrigin(this HttpContext http) => http.Request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin";
}
