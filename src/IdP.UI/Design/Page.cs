using IdP.Protocol.Languages;
using IdP.UI.Languages;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace IdP.UI.Design;

/// <summary>Renders a Razor component on the server as the whole answer, in the language of whoever sees it: no script, no circuit, any node.</summary>
internal static class Page
{
    public static IResult Of<TComponent>(object? parameters = null, int status = StatusCodes.Status200OK) where TComponent : IComponent =>
        new Localized(new RazorComponentResult<TComponent>(parameters ?? new { }) { StatusCode = status, PreventStreamingRendering = true }, typeof(TComponent).IsDefined(typeof(EnglishOnlyAttribute), inherit: true));

    private sealed class Localized(IResult page, bool inEnglish) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var language = inEnglish ? Language.English : PageLanguage.Of(httpContext);
            httpContext.Response.Headers.ContentLanguage = language.Tag;
            if (!inEnglish) httpContext.Response.Headers.Append("Vary", "Accept-Language, Cookie");
            PageLanguage.Use(language); // until this method ends
            await page.ExecuteAsync(httpContext);
        }
    }
}
