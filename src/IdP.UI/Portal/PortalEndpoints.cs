using IdP.Portal;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.UI.Console;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.Portal;

/// <summary>The start page of whoever is signed in: the apps they may use.</summary>
internal static class PortalEndpoints
{
    public static void MapPortal(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/", ShowAsync).RequireAuthorization();

    private static async Task<IResult> ShowAsync(HttpContext http, OwnApps apps, string? q, CancellationToken ct)
    {
        var person = SignedInPerson.From(http.User)!; // only for signed-in people
        if (person.MustChangePassword) return SeeOther.To("/account/password?returnUrl=%2F");
        var query = SearchText.Of(q);
        return Page.Of<PortalPage>(new { PersonName = person.Name, ConsoleUrl = ConsoleAccess.UrlFor(person.Roles), Query = query, Found = await apps.FindAsync(person.UserId, query, ct) });
    }
}
