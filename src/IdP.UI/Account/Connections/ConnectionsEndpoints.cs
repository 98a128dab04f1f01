using IdP.Access;
using IdP.Data;
using IdP.Federation;
using IdP.Http;
using IdP.Notices;
using IdP.Organizations;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.UI.Console;
using IdP.UI.Design;
using IdP.UI.Languages;
using IdP.UI.Notices;
using IdP.UI.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Account.Connections;

/// <summary>Logins of other providers, organizations, and the freezing of the account: whoever does any of it must have shown recently who they are.</summary>
internal static class ConnectionsEndpoints
{
    private const string Path = "/account/connections", CompletePath = Path + "/complete", FreezePath = "/account/freeze";

    public static void MapConnections(this IEndpointRouteBuilder account)
    {
        account.MapGet("/connections", async (HttpContext http, LeaveOrganization leave, Upstreams upstreams, IdpDbContext db, string? done, CancellationToken ct) =>
            await PageAsync(http, leave, upstreams, db, done switch { "linked" => new Text("Notice_Linked"), "unlinked" => new Text("Notice_Unlinked"), "left" => new Text("Notice_Left"), _ => null }, null, ct));
        var changes = account.MapGroup("/connections").RequireRecentProof(_ => Path);
        changes.MapPost("/{provider}/link", Challenge);
        changes.MapGet("/complete", CompleteAsync);
        changes.MapPost("/{provider}/unlink", async (HttpContext http, string provider, UnlinkLogin unlink, LeaveOrganization leave, Upstreams upstreams, IdpDbContext db, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
            await DoneAsync(http, await unlink.ExecuteAsync(Person(http), provider, ct), "unlinked", leave, upstreams, db, ct));
        changes.MapPost("/leave", async (HttpContext http, [FromForm] string? organization, LeaveOrganization leave, Upstreams upstreams, IdpDbContext db, CancellationToken ct) =>
            await DoneAsync(http, await leave.ExecuteAsync(Person(http).UserId, organization ?? "", ct), "left", leave, upstreams, db, ct));
        var freezing = account.MapGroup("/freeze").RequireRecentProof(_ => FreezePath);
        freezing.MapGet("/", (HttpContext http) => FreezePageOf(http, null));
        freezing.MapPost("/", async (HttpContext http, FreezeAccount freeze, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
            (await freeze.ByOwnerAsync(Person(http).UserId, ct)).Failure is not { } failure ? SeeOther.To(FreezeEndpoints.DonePath) : FreezePageOf(http, failure));
    }

    private static IResult FreezePageOf(HttpContext http, Failure? failure)
    {
        if (failure is not null) PageAddress.Name(http, FreezePath);
        return Page.Of<FreezePage>(new { Action = FreezePath, UserName = Person(http).UserName, Failure = failure });
    }

    /// <summary>To the other provider; who asked goes along sealed, so that no other account gets the answer.</summary>
    private static IResult Challenge(HttpContext http, string provider, Upstreams upstreams, [FromForm(Name = "csrf")] string? _)
    {
        if (upstreams.Find(provider) is not { } upstream) return Results.NotFound();
        var properties = new AuthenticationProperties { RedirectUri = CompletePath };
        properties.Items[ExternalCookie.ReturnUrlItem] = Path;
        properties.Items[ExternalCookie.LinkItem] = LinkOwnLogin.TicketOf(Person(http));
        properties.SetParameter("prompt", "select_account");
        return Results.Challenge(properties, [upstream.Name]);
    }

    private static async Task<IResult> CompleteAsync(HttpContext http, LinkOwnLogin link, LeaveOrganization leave, Upstreams upstreams, IdpDbContext db, CancellationToken ct)
    {
        if (await ExternalCookie.ReadAsync(http) is not { LinkTo: not null } identity) return SeeOther.To(Path);
        await ExternalCookie.DiscardAsync(http);
        PageAddress.Name(http, Path);
        return await DoneAsync(http, await link.ExecuteAsync(Person(http), identity, http, ct), "linked", leave, upstreams, db, ct);
    }

    private static async Task<IResult> DoneAsync(HttpContext http, Outcome<bool> outcome, string done, LeaveOrganization leave, Upstreams upstreams, IdpDbContext db, CancellationToken ct)
    {
        if (outcome.Failure is not { } failure) return SeeOther.To($"{Path}?done={done}");
        if (failure.Kind is FailureKind.NotFound) return Results.NotFound();
        PageAddress.Name(http, Path);
        return await PageAsync(http, leave, upstreams, db, null, failure, ct);
    }

    private static async Task<IResult> PageAsync(HttpContext http, LeaveOrganization leave, Upstreams upstreams, IdpDbContext db, Text? notice, Failure? failure, CancellationToken ct)
    {
        var person = Person(http);
        foreach (var upstream in upstreams.All) http.AllowFormTarget(upstream.AuthorizationEndpoint);
        var linked = await db.UserLogins.AsNoTracking().Where(l => l.UserId == person.UserId).OrderBy(l => l.LoginProvider).Select(l => new LoginRow(l.LoginProvider, l.ProviderDisplayName ?? l.LoginProvider)).ToListAsync(ct);
        return Page.Of<ConnectionsPage>(new
        {
            ConsoleUrl = ConsoleAccess.UrlFor(person.Roles),
            Logins = (IReadOnlyList<LoginRow>)linked,
            Available = (IReadOnlyList<LoginRow>)[.. upstreams.All.Where(upstream => linked.TrueForAll(login => login.Provider != upstream.Name)).Select(upstream => new LoginRow(upstream.Name, upstream.DisplayName))],
            Organizations = await leave.ListAsync(person.UserId, ct),
            Notice = notice,
            Failure = failure,
        });
    }

    private static SignedInPerson Person(HttpContext http) => SignedInPerson.From(http.User)!; // the group is for signed-in people
}

/// <summary>A provider of logins, connected or not.</summary>
public sealed record LoginRow(string Provider, string Name);
