using IdP.Access;
using IdP.Http;
using IdP.Mail;
using IdP.Protocol.Authorize;
using IdP.Recovery;
using IdP.SignIn;
using IdP.UI.Design;
using IdP.UI.Languages;
using IdP.UI.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.UI.Recovery;

/// <summary>A forgotten password: ask for a mail, then choose a new one behind its link. The first page answers the same for every name.</summary>
internal static class RecoveryEndpoints
{
    public const string AskPath = "/password/forgotten";
    private const int MaxUserName = 256;

    public static void MapRecovery(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ForAnybody();
        if (endpoints.ServiceProvider.GetRequiredService<IOptions<MailOptions>>().Value.IsOn)
        {
            pages.MapGet(AskPath, AskPageAsync);
            pages.MapPost(AskPath, AskAsync);
        }
        pages.MapGet(ForgottenPassword.Path, NewPasswordPageAsync);
        pages.MapPost(ForgottenPassword.Path, SetAsync);
    }

    public static string AskUrl(UserNameTicket tickets, string? userName, string returnUrl) =>
        $"{AskPath}?returnUrl={Uri.EscapeDataString(returnUrl)}{(string.IsNullOrEmpty(userName) ? "" : "&as=" + Uri.EscapeDataString(tickets.Seal(userName)))}";

    private static async Task<IResult> AskPageAsync(HttpContext http, PendingAuthorizations requests, UserNameTicket tickets, [FromQuery(Name = "as")] string? ticket, string? returnUrl)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        return Page.Of<ForgottenPage>(new { ReturnUrl = target, App = (await requests.FindAsync(target, http))?.Client, UserName = tickets.Open(ticket) });
    }

    private static async Task<IResult> AskAsync(HttpContext http, PendingAuthorizations requests, AskForMail ask, [FromForm] string? username, [FromForm] string? returnUrl, UserNameTicket tickets, CancellationToken ct)
    {
        var (target, name) = (LocalUrl.OrDefault(returnUrl), username?.Trim() ?? "");
        var app = (await requests.FindAsync(target, http))?.Client;
        PageLanguage.Use(PageLanguage.Of(http)); // the mail will be in it
        IResult Again(string? shown, Text error, int status = StatusCodes.Status200OK)
        {
            PageAddress.Name(http, AskUrl(tickets, shown, target));
            return Page.Of<ForgottenPage>(new { ReturnUrl = target, App = app, UserName = shown, Error = error }, status);
        }
        if (name.Length is 0 or > MaxUserName) return Again(null, new("Error_NoName"));
        if (await ask.ForNewPasswordAsync(name, PageLanguage.Of(http).Tag, target, http, ct) is { } wait) return Again(name, TooBusy.Say(http, wait), TooBusy.Status);
        return Page.Of<ForgottenSentPage>(new { ReturnUrl = target, App = app, UserName = name });
    }

    private static async Task<IResult> NewPasswordPageAsync(HttpContext http, ResetForgottenPassword reset, string? token, CancellationToken ct) =>
        await reset.FindAsync(token, ct) is { User: { } user } ? Page.Of<NewPasswordPage>(new { Token = token, UserName = user.UserName }) : Over();

    private static async Task<IResult> SetAsync(HttpContext http, ResetForgottenPassword reset, UserNameTicket tickets, [FromForm] string? token, [FromForm] string? password, CancellationToken ct)
    {
        var outcome = await reset.ExecuteAsync(token, password ?? "", http, ct);
        if (outcome.Succeeded(out var link, out var failure))
            return SeeOther.To(SignInEndpoints.PasswordUrl(tickets, link.User!.UserName!, LocalUrl.OrDefault(link.ReturnUrl)) + "&renewed=1"); // it was found with its account
        if (failure.Kind is FailureKind.NotFound || await reset.FindAsync(token, ct) is not { User: { } user }) return Over();
        PageAddress.Name(http, $"{ForgottenPassword.Path}?token={Uri.EscapeDataString(token ?? "")}");
        return Page.Of<NewPasswordPage>(new { Token = token, UserName = user.UserName, Failure = failure }, failure.RetryAfter is { } wait ? Busy(http, wait) : StatusCodes.Status200OK);
    }

    private static int Busy(HttpContext http, TimeSpan wait)
    {
        TooBusy.Say(http, wait);
        return TooBusy.Status;
    }

    /// <summary>Used, too old, overtaken by a newer one, or never ours: there is a way on in any case.</summary>
    private static IResult Over() => Page.Of<LinkOverPage>(new { AskUrl = AskPath }, StatusCodes.Status410Gone);
}
