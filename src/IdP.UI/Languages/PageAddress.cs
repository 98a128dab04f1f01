using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace IdP.UI.Languages;

/// <summary>
/// Where the page that is being shown can be got again, for whoever wants it in another language. The answer to a form has no such address unless its endpoint names one; what is shown
/// only once must not be lost by a look at the menu, so such a page has none.
/// </summary>
internal static class PageAddress
{
    private static readonly object Named = new();

    /// <summary>For the answer to a form: the address of the page with the form.</summary>
    public static void Name(HttpContext http, string localUrl) => http.Items[Named] = localUrl;

    public static string? Of(HttpContext http)
    {
        if (http.Items[Named] is string named) return named;
        if (!HttpMethods.IsGet(http.Request.Method)) return null;
        // An error page stands in the place of the page that failed.
        if (http.Features.Get<IStatusCodeReExecuteFeature>() is { } failed) return failed.OriginalPathBase + failed.OriginalPath + failed.OriginalQueryString;
        var path = http.Features.Get<IExceptionHandlerPathFeature>()?.Path ?? http.Request.Path.ToUriComponent();
        return http.Request.PathBase.ToUriComponent() + path + http.Request.QueryString.ToUriComponent();
    }
}
