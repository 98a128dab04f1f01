using IdP.Access;
using IdP.Data;
using IdP.Federation;
using IdP.Federation.Oidc;
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
using Microsoft.Extensions.DependencyInjection;

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
        changes.MapPost("/{provider}/link", ChallengeAsync);
        changes.MapGet("/{provider}/link", StartAsync);
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
    private static async Task<IResult> ChallengeAsync(HttpContext http, string provider, Upstreams upstreams, [FromForm(Name = "csrf")] string? _)
    {
        if (await upstreams.FindAsync(provider, http.RequestAborted) is not { Provider: null } upstream) return Results.NotFound();
        var properties = new AuthenticationProperties { RedirectUri = CompletePath };
        properties.Items[ExternalCookie.ReturnUrlItem] = Path;
        properties.Items[ExternalCookie.LinkItem] = LinkOwnLogin.TicketOf(Person(http));
        properties.SetParameter("prompt", "select_account");
        return Results.Challenge(properties, [upstream.Name]);
    }

    /// <summary>The same for a provider that is reached by a link. Only the page of this session makes one that counts: another site could connect somebody else's login.</summary>
    private static async Task<IResult> StartAsync(HttpContext http, string provider, Upstreams upstreams, OidcSignIn signIn, LinkTicket tickets, string? ticket, CancellationToken ct)
    {
        if (await upstreams.FindAsync(provider, ct) is not { Provider: not null } upstream) return Results.NotFound();
        if (!tickets.IsFor(Person(http), ticket)) return SeeOther.To(Path);
        return SeeOther.To(await signIn.BeginAsync(upstream, new OidcWish(Path, CompletePath, LinkTo: LinkOwnLogin.TicketOf(Person(http)), Prompt: ["select_account"]), http, ct));
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
        var shown = await upstreams.ShownAsync(ct);
        foreach (var upstream in shown)
            if (upstream.AuthorizationEndpoint is { } endpoint) http.AllowFormTarget(endpoint);
        var ticket = http.RequestServices.GetRequiredService<LinkTicket>().Of(person);
        var linked = await db.UserLogins.AsNoTracking().Where(l => l.UserId == person.UserId).OrderBy(l => l.LoginProvider).Select(l => new LoginRow(l.LoginProvider, l.ProviderDisplayName ?? l.LoginProvider)).ToListAsync(ct);
        return Page.Of<ConnectionsPage>(new
        {
            ConsoleUrl = ConsoleAccess.UrlFor(person.Roles),
            Logins = (IReadOnlyList<LoginRow>)linked,
            Available = (IReadOnlyList<LoginRow>)[.. shown.Where(upstream => linked.TrueForAll(login => login.Provider != upstream.Key))
                .Select(upstream => new LoginRow(upstream.Name, upstream.DisplayName, upstream.Provider is null ? null : $"{Path}/{upstream.Name}/link?ticket={Uri.EscapeDataString(ticket)}"))],
            Organizations = await leave.ListAsync(person.UserId, ct),
            Notice = notice,
            Failure = failure,
        });
    }

    private static SignedInPerson Person(HttpContext http) => SignedInPerson.From(http.User)!; // the group is for signed-in people
}

/// <summary>A provider of logins, connected or not.</summary>
/// <param name="Link">Where it is connected, when that is a link and no form.</param>
public sealed record LoginRow(string Provider, string Name, string? Link = null);
