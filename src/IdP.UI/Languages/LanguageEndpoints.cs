using IdP.Http;
using IdP.Protocol.Authorize;
using IdP.Protocol.Languages;
using IdP.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.Languages;

internal static class LanguageEndpoints
{
    public const string Path = "/language";

    /// <summary>
    /// Remembers the choice in this browser and shows the page again. The form is on every page, also on those that know no antiforgery token (errors) or that belong to somebody else by now,
    /// so the browser's own word tells whether it was ours.
    /// </summary>
    public static void MapLanguages(this IEndpointRouteBuilder endpoints) => endpoints.MapPost(Path, (HttpContext http, [FromForm] string? language, [FromForm] string? back) =>
    {
        if (!http.IsFromSameOrigin() || Language.Find(language) is not { } chosen) return Results.StatusCode(StatusCodes.Status400BadRequest);
        PageLanguage.Choose(http, chosen);
        return SeeOther.To(LocalUrl.OrDefault(back));
    }).DisableAntiforgery();
}
