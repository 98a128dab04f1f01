using IdP.Consents;
using IdP.Data;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.AccountApi;

internal static class ConsentApi
{
    /// <summary>As many as the page shows.</summary>
    private const int Most = 200;

    public static void MapConsents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/consents", ListAsync).Reads();
        api.MapDelete("/consents/{clientId}", RevokeAsync).Writes();
    }

    private static async Task<IResult> ListAsync(HttpContext http, IdpDbContext db, Catalog catalog, CancellationToken ct)
    {
        var call = ApiCall.Of(http);
        var answer = new List<object>();
        foreach (var consent in await db.Consents.AsNoTracking().Where(c => c.UserId == call.UserId).OrderBy(c => c.ClientId).Take(Most).ToListAsync(ct))
            answer.Add(new { consent.ClientId, ClientName = (await catalog.FindClientAsync(consent.ClientId, ct))?.ClientName, consent.Scopes, consent.GrantedAt, consent.ExpiresAt });
        return Results.Json(new { consents = answer });
    }

    /// <param name="clientId">With a slash written as %2F, which routing leaves as it is.</param>
    private static async Task<IResult> RevokeAsync(HttpContext http, string clientId, Consenting consents, CancellationToken ct) =>
        (await consents.RevokeAsync(ApiCall.Of(http).UserId, clientId.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), ct)).Failure is { } failure ? ApiProblem.Of(http, failure) : Results.NoContent();
}
