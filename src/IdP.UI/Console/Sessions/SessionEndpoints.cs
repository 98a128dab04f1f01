using IdP.Access;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Risk;
using IdP.Sessions;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.UI.Console.Sessions;

/// <summary>Who is signed in: of a user, at an app, in an organization, or everywhere.</summary>
internal static class SessionEndpoints
{
    private const int PageSize = 50, MostOrganizations = 500;

    public static void MapSessions(this RouteGroupBuilder console)
    {
        console.MapGet("/sessions", (HttpContext http, Guid? user, string? app, string? organization, Guid? before, int? ended, bool? more, CancellationToken ct) => ShowAsync(http, Scope(user, app, organization), before, Words(ended, more is true), null, ct));
        console.MapPost("/sessions/{id:guid}/end", async (HttpContext http, Guid id, EndSessions end, [FromForm] Guid? user, [FromForm] string? app, [FromForm] string? organization, CancellationToken ct) =>
            await AfterAsync(http, Scope(user, app, organization), await end.OneAsync(id, Scope(user, app, organization), ct), ct));
        console.MapPost("/sessions/end", async (HttpContext http, EndSessions end, [FromForm] Guid? user, [FromForm] string? app, [FromForm] string? organization, CancellationToken ct) =>
            await AfterAsync(http, Scope(user, app, organization), await end.AllAsync(Scope(user, app, organization), ct), ct));
    }

    /// <summary>Of several that are named, the narrowest.</summary>
    private static SessionScope Scope(Guid? user, string? app, string? organization) =>
        user is not null ? new(UserId: user) : SearchText.Of(app) is { Length: > 0 } client ? new(ClientId: client) : SearchText.Of(organization) is { Length: > 0 } name ? new(Organization: name) : new();

    private static async Task<IResult> AfterAsync(HttpContext http, SessionScope scope, Outcome<EndedSessions> outcome, CancellationToken ct) => outcome.Succeeded(out var ended, out var failure)
        ? SeeOther.To($"{UrlOf(scope)}{(scope.IsEverything ? "?" : "&")}ended={ended.Count}{(ended.HasMore ? "&more=true" : "")}")
        : await ShowAsync(http, scope, null, null, failure, ct);

    private static async Task<IResult> ShowAsync(HttpContext http, SessionScope scope, Guid? before, string? notice, Failure? failure, CancellationToken ct)
    {
        var (db, places) = (http.RequestServices.GetRequiredService<IdpDbContext>(), http.RequestServices.GetRequiredService<Places>());
        if (await http.RequestServices.GetRequiredService<OpenSessions>().ReadAsync(scope, before, PageSize + 1, ct) is not { } rows) return Results.NotFound();
        var name = scope switch
        {
            { UserId: { } user } => await db.Users.Where(u => u.Id == user).Select(u => u.Name ?? u.UserName).SingleOrDefaultAsync(ct),
            { ClientId: { } client } => await db.Clients.Where(c => c.ClientId == client).Select(c => c.ClientName ?? c.ClientId).SingleOrDefaultAsync(ct),
            { Organization: { } organization } => await db.Organizations.Where(o => o.Name == organization).Select(o => o.DisplayName ?? o.Name).SingleOrDefaultAsync(ct),
            _ => null,
        };
        return Page.Of<SessionsPage>(new
        {
            Scope = scope,
            Name = name,
            Url = UrlOf(scope),
            Rows = rows.Take(PageSize).Select(row => new PlacedSession(row, places.NameOf(row.Session.RemoteAddress, "en"))).ToList(),
            Next = rows.Count > PageSize ? rows[PageSize - 1].Session.Id : (Guid?)null,
            Organizations = await db.Organizations.OrderBy(o => o.Name).Take(MostOrganizations).Select(o => o.Name).ToListAsync(ct),
            Own = SignedInPerson.From(http.User)!.SessionId, // the console is for signed-in people
            Notice = notice,
            Failure = failure,
        }, failure?.ToStatus() ?? StatusCodes.Status200OK);
    }

    private static string UrlOf(SessionScope scope) => "/console/sessions" + scope switch
    {
        { UserId: { } user } => $"?user={user}",
        { ClientId: { } client } => "?app=" + Uri.EscapeDataString(client),
        { Organization: { } organization } => "?organization=" + Uri.EscapeDataString(organization),
        _ => "",
    };

    private static string? Words(int? ended, bool hasMore) => (ended, hasMore) switch
    {
        (null or < 0, _) => null,
        (1, false) => "One session is ended, and the apps reached from it are being told.",
        (_, false) => $"{ended} sessions are ended, and the apps reached from them are being told.",
        _ => $"{ended} sessions are ended. There were more: end them again to go on.",
    };
}

/// <param name="Place">Where its address is, as far as that is known.</param>
public sealed record PlacedSession(OpenSession Open, string? Place);
