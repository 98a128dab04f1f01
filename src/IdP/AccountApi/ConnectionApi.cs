using IdP.Data;
using IdP.Federation;
using IdP.Notices;
using IdP.Organizations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.AccountApi;

/// <summary>What the account is connected with, and its freezing. A login is connected on the page: the person goes to the other provider and comes back.</summary>
internal static class ConnectionApi
{
    public static void MapConnections(this IEndpointRouteBuilder api)
    {
        api.MapGet("/logins", async (HttpContext http, IdpDbContext db, CancellationToken ct) => Results.Json(new
        {
            logins = await db.UserLogins.AsNoTracking().Where(l => l.UserId == ApiCall.Of(http).UserId).OrderBy(l => l.LoginProvider).Select(l => new { Provider = l.LoginProvider, Name = l.ProviderDisplayName }).ToListAsync(ct),
        })).Reads();
        api.MapDelete("/logins/{provider}", async (HttpContext http, IdpDbContext db, string provider, UnlinkLogin unlink, CancellationToken ct) =>
            await ApiCall.Of(http).PersonAsync(db, ct) is not { } person ? ApiProblem.Of(http, StatusCodes.Status401Unauthorized, "invalid_token", "The session of the access token has ended.")
            : (await unlink.ExecuteAsync(person, provider, ct)).Failure is { } failure ? ApiProblem.Of(http, failure) : Results.NoContent()).WritesSignIn();
        api.MapGet("/organizations", async (HttpContext http, LeaveOrganization leave, CancellationToken ct) => Results.Json(new { organizations = await leave.ListAsync(ApiCall.Of(http).UserId, ct) })).Reads();
        api.MapDelete("/organizations/{name}", async (HttpContext http, string name, LeaveOrganization leave, CancellationToken ct) =>
            (await leave.ExecuteAsync(ApiCall.Of(http).UserId, name, ct)).Failure is { } failure ? ApiProblem.Of(http, failure) : Results.NoContent()).WritesSignIn();
        api.MapPost("/freeze", (HttpContext http, FreezeAccount freeze, CancellationToken ct) => ApiBody.NoneAsync(http, async () =>
            (await freeze.ByOwnerAsync(ApiCall.Of(http).UserId, ct)).Failure is { } failure ? ApiProblem.Of(http, failure) : Results.NoContent())).WritesSignIn();
    }
}
