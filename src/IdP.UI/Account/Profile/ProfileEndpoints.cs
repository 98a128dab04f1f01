using IdP.Access;
using IdP.Data;
using IdP.Profile;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.UI.Console;
using IdP.UI.Design;
using IdP.UI.Languages;
using IdP.UI.Recovery;
using IdP.UI.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Account.Profile;

/// <summary>What people say about themselves, and where mail reaches them.</summary>
internal static class ProfileEndpoints
{
    private const string Path = "/account/profile", EmailPath = Path + "/email";

    public static void MapProfile(this IEndpointRouteBuilder account)
    {
        account.MapGet("/profile", ShowAsync);
        account.MapPost("/profile", SaveAsync);
        account.MapGet("/profile/email/confirm", ConfirmationPageAsync);
        account.MapPost("/profile/email/confirm", ConfirmAsync);
        // Whoever has the mailbox gets in to the account, so a browser that was left open is not enough.
        var email = account.MapGroup("/profile/email").RequireRecentProof(_ => EmailPath);
        email.MapGet("/", async (HttpContext http, ChangeEmail change, CancellationToken ct) => await change.IsPossibleAsync(Person(http).UserId, ct) ? Page.Of<EmailPage>() : SeeOther.To(Path));
        email.MapPost("/", AskAsync);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, IdpDbContext db, ChangeEmail change, string? done, CancellationToken ct)
    {
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == Person(http).UserId, ct);
        return await PageAsync(http, user, ProfileSettings.From(user), user.ConcurrencyStamp, change, done switch { "saved" => new Text("Notice_Saved"), "email" => new Text("Notice_EmailSent"), "email-changed" => new Text("Notice_EmailChanged"), _ => null }, null, ct);
    }

    private static async Task<IResult> SaveAsync(HttpContext http, UpdateProfile update, IdpDbContext db, ChangeEmail change,
        [FromForm] string? version, [FromForm] string? name, [FromForm] string? givenName, [FromForm] string? familyName, [FromForm] string? locale, CancellationToken ct)
    {
        var settings = new ProfileSettings(name, givenName, familyName, locale);
        if ((await update.ExecuteAsync(Person(http).UserId, version, settings, ct)).Failure is not { } failure) return SeeOther.To(Path + "?done=saved");
        PageAddress.Name(http, Path);
        return await PageAsync(http, await db.Users.AsNoTracking().SingleAsync(u => u.Id == Person(http).UserId, ct), settings, version, change, null, failure, ct);
    }

    private static async Task<IResult> PageAsync(HttpContext http, User user, ProfileSettings settings, string? version, ChangeEmail change, Text? notice, Failure? failure, CancellationToken ct) => Page.Of<ProfilePage>(new
    {
        ConsoleUrl = ConsoleAccess.UrlFor(Person(http).Roles),
        Settings = settings,
        Version = version,
        user.Email,
        user.EmailConfirmed,
        MayChangeEmail = await change.IsPossibleAsync(user.Id, ct),
        Notice = notice,
        Failure = failure,
    });

    private static async Task<IResult> AskAsync(HttpContext http, ChangeEmail change, [FromForm] string? email, CancellationToken ct)
    {
        if ((await change.AskAsync(Person(http).UserId, email, ct)).Failure is not { } failure) return SeeOther.To(Path + "?done=email");
        if (failure.Kind is FailureKind.NotFound) return Results.NotFound();
        PageAddress.Name(http, EmailPath);
        if (failure.RetryAfter is { } wait) TooBusy.Say(http, wait);
        return Page.Of<EmailPage>(new { Value = email, Failure = failure }, failure.RetryAfter is null ? StatusCodes.Status200OK : TooBusy.Status);
    }

    private static async Task<IResult> ConfirmationPageAsync(HttpContext http, ChangeEmail change, string? token, CancellationToken ct) =>
        await change.FindAsync(token, Person(http).UserId, ct) is (_, { } address) ? Page.Of<ConfirmPage>(new { Token = token, Address = address, Person(http).UserName }) : Over();

    private static async Task<IResult> ConfirmAsync(HttpContext http, ChangeEmail change, [FromForm] string? token, CancellationToken ct) =>
        (await change.ConfirmAsync(token, Person(http).UserId, ct)).Failure is null ? SeeOther.To(Path + "?done=email-changed") : Over();

    private static IResult Over() => Page.Of<LinkOverPage>(null, StatusCodes.Status410Gone);

    private static SignedInPerson Person(HttpContext http) => SignedInPerson.From(http.User)!; // the group is for signed-in people
}
