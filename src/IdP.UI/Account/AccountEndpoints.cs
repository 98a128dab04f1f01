using IdP.Access;
using IdP.Consents;
using IdP.Data;
using IdP.Http;
using IdP.Mail;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Sessions;
using IdP.SignIn;
using IdP.SignUp;
using IdP.UI.Account.Connections;
using IdP.UI.Account.Data;
using IdP.UI.Account.Ledger;
using IdP.UI.Account.Profile;
using IdP.UI.Account.Security;
using IdP.UI.Account.Sessions;
using IdP.UI.Account.Tokens;
using IdP.UI.Design;
using IdP.UI.Recovery;
using IdP.UI.SignUp;
using IdP.UI.Languages;
using IdP.UI.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.UI.Account;

internal static class AccountEndpoints
{
    public static void MapAccount(this IEndpointRouteBuilder endpoints)
    {
        var account = endpoints.MapGroup("/account").RequireAuthorization().AddEndpointFilter(NameActorAsync);
        account.MapGet("/", ShowAsync);
        account.MapGet("/password", (HttpContext http, PendingAuthorizations requests, string? returnUrl) => PasswordFormAsync(http, requests, LocalUrl.OrDefault(returnUrl), null));
        account.MapPost("/password", ChangePasswordAsync);
        account.MapPost("/consents/revoke", RevokeConsentAsync);
        account.MapPost("/email/confirm", AskForConfirmationAsync);
        account.MapGet("/email", ConfirmationPageAsync);
        account.MapPost("/email", async (HttpContext http, ConfirmEmail confirm, [FromForm] string? token, CancellationToken ct) =>
            (await confirm.ExecuteAsync(token, SignedInPerson.From(http.User)!, ct)).Failure is null ? SeeOther.To("/account?done=email-confirmed") : LinkOver()); // the group is for signed-in people
        account.MapSessions();
        account.MapSecurity();
        account.MapData();
        account.MapProfile();
        account.MapLedger();
        account.MapConnections();
        account.MapTokens();
    }

    private static async ValueTask<object?> NameActorAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var person = SignedInPerson.From(http.User)!;
        http.RequestServices.GetRequiredService<Actor>().Become(ActorSources.Account, person.UserId, person.Roles, http);
        if (person.MustChangePassword && !http.Request.Path.StartsWithSegments("/account/password")) return SeeOther.To("/account/password");
        return await next(context);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, IdpDbContext db, Catalog catalog, TimeProvider clock, IOptions<IdP.Sessions.SessionOptions> sessions, IOptions<MailOptions> mail, string? done, CancellationToken ct)
    {
        var person = SignedInPerson.From(http.User)!;
        var notice = done switch { "password" => new Text("Notice_Password"), "consent" => new Text("Notice_Consent"), "email" => new Text("Notice_EmailSent"), "email-busy" => new Text("Notice_EmailBusy"), "email-confirmed" => new Text("Notice_EmailConfirmed"), _ => null };
        var account = await AccountView.ReadAsync(person, db, catalog, sessions.Value, clock, ct);
        return Page.Of<AccountPage>(new { Person = person, Account = account, Notice = notice, MayConfirm = mail.Value.IsOn && account is { Email: not null, EmailConfirmed: false } });
    }

    private static async Task<IResult> AskForConfirmationAsync(HttpContext http, ConfirmEmail confirm, [FromForm(Name = "csrf")] string? _, CancellationToken ct)
    {
        var outcome = await confirm.AskAsync(SignedInPerson.From(http.User)!.UserId, ct);
        return SeeOther.To("/account" + outcome.Failure?.Kind switch { null => "?done=email", FailureKind.Busy => "?done=email-busy", _ => "" }); // confirmed already, in another tab
    }

    private static async Task<IResult> ConfirmationPageAsync(HttpContext http, ConfirmEmail confirm, string? token, CancellationToken ct) =>
        await confirm.FindAsync(token, SignedInPerson.From(http.User)!, ct) is { User: { } user } ? Page.Of<ConfirmEmailPage>(new { Token = token, Email = user.Email, UserName = user.UserName }) : LinkOver();

    private static IResult LinkOver() => Page.Of<LinkOverPage>(null, StatusCodes.Status410Gone);

    private static async Task<IResult> PasswordFormAsync(HttpContext http, PendingAuthorizations requests, string returnUrl, Failure? failure)
    {
        var person = SignedInPerson.From(http.User)!;
        if ((await requests.FindAsync(returnUrl, http))?.RedirectUri is { } uri) http.AllowFormTarget(uri);
        PageAddress.Name(http, "/account/password?returnUrl=" + Uri.EscapeDataString(returnUrl));
        return Page.Of<PasswordPage>(new { ReturnUrl = returnUrl, UserName = person.UserName, Reason = person.PasswordChangeReason, ForgottenUrl = ForgottenUrl(http, person, returnUrl), Failure = failure }, failure?.RetryAfter is { } wait ? Busy(http, wait) : StatusCodes.Status200OK);
    }

    /// <summary>For whoever came in another way and does not know the present password.</summary>
    private static string? ForgottenUrl(HttpContext http, SignedInPerson person, string returnUrl) => http.RequestServices.GetRequiredService<IOptions<MailOptions>>().Value.IsOn
        ? RecoveryEndpoints.AskUrl(http.RequestServices.GetRequiredService<UserNameTicket>(), person.UserName, returnUrl) : null;

    private static int Busy(HttpContext http, TimeSpan retryAfter)
    {
        TooBusy.Say(http, retryAfter);
        return TooBusy.Status;
    }

    private static async Task<IResult> ChangePasswordAsync(HttpContext http, PendingAuthorizations requests, ChangePassword change, [FromForm] string? current, [FromForm] string? replacement, [FromForm] string? returnUrl, CancellationToken ct)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        var outcome = await change.ExecuteAsync(SignedInPerson.From(http.User)!, current ?? "", replacement ?? "", ct);
        return outcome.Failure is { } failure ? await PasswordFormAsync(http, requests, target, failure) : SeeOther.To(target == LocalUrl.Default ? "/account?done=password" : target);
    }

    private static async Task<IResult> RevokeConsentAsync(HttpContext http, [FromForm] string clientId, Consenting consents, CancellationToken ct) =>
        (await consents.RevokeAsync(SignedInPerson.From(http.User)!.UserId, clientId, ct)).Failure is null ? SeeOther.To("/account?done=consent") : Results.NotFound();
}
