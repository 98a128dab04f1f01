using System.Text.Json;
using IdP.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IdP.AccountApi;

internal static class ActivityApi
{
    public static void MapActivity(this IEndpointRouteBuilder api) => api.MapGet("/activity", async (HttpContext http, ActivityLog log, string? after, CancellationToken ct) =>
    {
        var page = await log.ReadAsync(ApiCall.Of(http).UserId, after, ct);
        return Results.Json(new { entries = page.Entries.Select(entry => new { entry.At, entry.Kind, Actor = JsonNamingPolicy.SnakeCaseLower.ConvertName(entry.Actor.ToString()), entry.App, entry.Address, entry.Browser, entry.System }), page.Next });
    }).Reads();
}
