using IdP.Assignments;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Sessions;
using IdP.SignIn;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.SignIn;

/// <summary>
/// Tells a person to whom an app is not assigned what can be done about it. It names the app's contacts, so it is for signed-in people, and only for those who are refused: whoever has been
/// assigned meanwhile goes on.
/// </summary>
internal static class UnassignedEndpoints
{
    public static void MapUnassigned(this IEndpointRouteBuilder endpoints) => endpoints.MapGet(AssignmentGate.RefusedPath, ShowAsync).RequireAuthorization();

    private static async Task<IResult> ShowAsync(
        HttpContext http, Catalog catalog, AppAccess access, PendingAuthorizations requests, [FromQuery(Name = "client_id")] string? clientId, string? trace, string? returnUrl, CancellationToken ct)
    {
        var person = SignedInPerson.From(http.User)!; // only for signed-in people
        var target = LocalUrl.OrDefault(returnUrl);
        var app = clientId is null ? null : await catalog.FindClientAsync(clientId, ct);
        if (app is not { Enabled: true } || await access.IsOpenAsync(app, person.UserId, ct)) return SeeOther.To(target);

        var request = await requests.FindAsync(target, http);
        return Page.Of<UnassignedPage>(new
        {
            App = app,
            PersonName = person.Name,
            TraceId = RefusedEndpoints.TraceOf(trace),
            ReturnUrl = target,
            BackUrl = request?.Client.Id == app.Id ? $"{target}&{PendingAuthorizations.RefusalParameter}=1" : null,
        }, StatusCodes.Status403Forbidden);
    }
}
