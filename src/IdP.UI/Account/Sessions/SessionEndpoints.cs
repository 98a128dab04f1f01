using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Protocol.Languages;
using IdP.Protocol.Logout;
using IdP.Risk;
using IdP.Sessions;
using IdP.UI.Console;
using IdP.UI.Design;
using IdP.UI.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.Account.Sessions;

/// <summary>Where a person is signed in, and in which browsers they are known.</summary>
internal static class SessionEndpoints
{
    public const string Path = "/account/sessions";

    public static void MapSessions(this IEndpointRouteBuilder account)
    {
        account.MapGet("/sessions", ShowAsync);
        account.MapPost("/sessions/{id:guid}/end", EndAsync);
        account.MapPost("/sessions/others/end", async (HttpContext http, EndOwnSessions end, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        {
            await end.OthersAsync(Person(http), ct);
            return SeeOther.To(Path + "?done=others");
        });
        account.MapPost("/sessions/all/end", async (HttpContext http, EndOwnSessions end, SignOutReceipts receipts, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        {
            var person = Person(http);
            var began = await end.AllAsync(person, http, ct);
            return SeeOther.To(receipts.PageUrl(person.UserId.ToString(), person.SessionId, returnUrl: null, began));
        });
        account.MapPost("/browsers/{id:guid}/remove", async (HttpContext http, Guid id, RemoveKnownBrowser remove, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
            (await remove.ExecuteAsync(Person(http).UserId, id, ct)).Failure is null ? SeeOther.To(Path + "?done=browser") : Results.NotFound());
    }

    private static async Task<IResult> ShowAsync(HttpContext http, IdpDbContext db, OpenSessions sessions, Places places, TimeProvider clock, string? done, CancellationToken ct)
    {
        var person = Person(http);
        var view = await SessionsView.ReadAsync(person, KnownBrowserCookie.Hashes(http), db, sessions, places, PageLanguage.Of(http).Tag[..2], clock.GetUtcNow(), ct);
        var notice = done switch { "session" => new Text("Notice_Session"), "others" => new Text("Notice_Others"), "browser" => new Text("Notice_Browser"), _ => null };
        return Page.Of<SessionsPage>(new { ConsoleUrl = ConsoleAccess.UrlFor(person.Roles), Account = view, Notice = notice });
    }

    private static async Task<IResult> EndAsync(HttpContext http, Guid id, EndSession endSession, SignOutReceipts receipts, [FromForm(Name = "csrf")] string? _, CancellationToken ct)
    {
        var person = Person(http);
        if (id == person.SessionId)
        {
            await endSession.SignOutAsync(person, http, ct);
            return SeeOther.To(receipts.PageUrl(person.UserId.ToString(), person.SessionId, returnUrl: null));
        }
        return (await endSession.ExecuteAsync(id, person.UserId, ct)).Failure is null ? SeeOther.To(Path + "?done=session") : Results.NotFound();
    }

    private static SignedInPerson Person(HttpContext http) => SignedInPerson.From(http.User)!; // the group is for signed-in people
}
