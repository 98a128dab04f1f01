using IdP.Clients;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Protocol.Profiles;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Console.Conformance;

/// <summary>Each client against OAuth 2.1 and RFC 9700, with the switch that holds it to the profile from now on.</summary>
internal static class ConformanceEndpoints
{
    private const int PageSize = 50;

    public static void MapConformance(this RouteGroupBuilder console)
    {
        console.MapGet("/conformance", ShowAsync);
        console.MapPost("/conformance/{clientId}", SwitchAsync);
    }

    private static async Task<IResult> ShowAsync(IdpDbContext db, Catalog catalog, string? after, string? done, CancellationToken ct)
    {
        var resources = await catalog.GetResourcesAsync(ct);
        var clients = await db.Clients.AsNoTracking().Where(c => after == null || c.ClientId.CompareTo(after) > 0).OrderBy(c => c.ClientId).Take(PageSize + 1).ToListAsync(ct);
        var rows = clients.Take(PageSize).Select(client => new ClientConformance(client, OAuth21.Profile.Missing(client, resources),
            [.. Recommendations.All.Select(r => (r, r.Lacks(client, resources))).Where(pair => pair.Item2 is not null).Select(pair => (pair.r, pair.Item2!))])).ToList(); // filtered
        return Page.Of<ConformancePage>(new { Rows = (IReadOnlyList<ClientConformance>)rows, Next = clients.Count > PageSize ? clients[PageSize - 1].ClientId : null, Notice = done switch { "on" => "The client is held to OAuth 2.1 from now on.", "off" => "The client is held to the product's floor alone.", _ => null } });
    }

    private static async Task<IResult> SwitchAsync(string clientId, IdpDbContext db, UpdateClient update, [FromForm] int version, [FromForm] string? profile, CancellationToken ct)
    {
        var client = await db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.ClientId == clientId, ct);
        if (client is null) return Results.NotFound();
        var settings = ClientSettings.From(client);
        settings.SecurityProfile = profile == SecurityProfiles.OAuth21 ? profile : null;
        // What stands against it is listed in full beside the client's fields.
        return (await update.ExecuteAsync(clientId, version, settings, null, ct)).Failure is not null
            ? SeeOther.To($"/console/clients/{Uri.EscapeDataString(clientId)}")
            : SeeOther.To("/console/conformance?done=" + (settings.SecurityProfile is null ? "off" : "on"));
    }
}

/// <summary>A client with everything it lacks.</summary>
public sealed record ClientConformance(Client Client, IReadOnlyList<(ProfileRequirement Requirement, string Missing)> Missing, IReadOnlyList<(ProfileRequirement Requirement, string Missing)> Advice);
