using IdP.Http;
using IdP.Links;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.SignIn;
using IdP.UI.Design;
using IdP.UI.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.UI.SignIn;

/// <summary>Sign-in by a mail in place of the password: the page that waits for the code, and the page of the link.</summary>
internal static class MailSignInEndpoints
{
    public const string Path = "/signin/mail";
    private const string CodePath = "/signin/mail/code", LinkPath = "/signin/mail/link";
    private const int MaxUserName = 256, MaxCode = 100;

    public static void MapMailSignIn(this IEndpointRouteBuilder endpoints)
    {
        if (!endpoints.ServiceProvider.GetRequiredService<IOptions<SignInOptions>>().Value.ByMail) return;
        var pages = endpoints.MapGroup("").ForAnybody();
        pages.MapPost(Path, BeginAsync);
        pages.MapGet(CodePath, ShowAsync);
        pages.MapPost(CodePath, SubmitCodeAsync);
        pages.MapGet(LinkPath, ShowLinkAsync);
        pages.MapPost(LinkPath, SubmitLinkAsync);
    }

    private static async Task<IResult> BeginAsync(HttpContext http, MailSignIn signIn, PendingAuthorizations requests, [FromForm] string? username, [FromForm] string? returnUrl, CancellationToken ct)
    {
        var (target, name) = (LocalUrl.OrDefault(returnUrl), username?.Trim() ?? "");
        if (name.Length is 0 or > MaxUserName) return SeeOther.To("/signin?returnUrl=" + Uri.EscapeDataString(target));
        var clientId = (await requests.FindAsync(target, http))?.Client.ClientId;
        var (handle, wait) = await signIn.BeginAsync(name, PageLanguage.Of(http).Tag, clientId, target, http, ct);
        if (handle is not null) return SeeOther.To(UrlOf(handle));
        PageAddress.Name(http, "/signin?returnUrl=" + Uri.EscapeDataString(target));
        return await PageAsync(http, requests, "", target, TooBusy.Say(http, wait), TooBusy.Status);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, MailSignIn signIn, PendingAuthorizations requests, string? login, CancellationToken ct) =>
        await signIn.FindAsync(login, http, ct) is { } link ? await PageAsync(http, requests, login!, link.ReturnUrl, null) : Over(null); // it was found by it

    private static async Task<IResult> SubmitCodeAsync(HttpContext http, MailSignIn signIn, PendingAuthorizations requests, [FromForm] string? login, [FromForm] string? code, CancellationToken ct)
    {
        if (await signIn.FindAsync(login, http, ct) is not { } link) return Over(null);
        PageAddress.Name(http, UrlOf(login!)); // it was found by it
        if (code is null or { Length: 0 or > MaxCode }) return await PageAsync(http, requests, login!, link.ReturnUrl, new("Mail_Wrong"));
        var answer = await signIn.ByCodeAsync(login!, link, code, http, ct);
        return answer.Outcome switch
        {
            SignInOutcome.Success or SignInOutcome.FactorNeeded or SignInOutcome.Blocked or SignInOutcome.BlockedByRisk or SignInOutcome.EnrolmentNeeded or SignInOutcome.Over => GoOn(answer, link, http),
            SignInOutcome.LockedOut => await PageAsync(http, requests, login!, link.ReturnUrl, new("Mail_TooMany")),
            _ => await PageAsync(http, requests, login!, link.ReturnUrl, new("Mail_Wrong")),
        };
    }

    private static async Task<IResult> ShowLinkAsync(HttpContext http, MailSignIn signIn, string? token, CancellationToken ct) =>
        await signIn.FindByTokenAsync(token, ct) is { } link ? Page.Of<MailLinkPage>(new { Token = token, IsHere = MailSignIn.IsHere(link, http) }) : Over(null);

    private static async Task<IResult> SubmitLinkAsync(HttpContext http, MailSignIn signIn, [FromForm] string? token, CancellationToken ct)
    {
        if (await signIn.FindByTokenAsync(token, ct) is not { } link) return Over(null);
        PageAddress.Name(http, LinkPath + "?token=" + token);
        return MailSignIn.IsHere(link, http) ? GoOn(await signIn.ByLinkAsync(link, http, ct), link, http) : Page.Of<MailLinkPage>(new { Token = token, IsHere = false });
    }

    private static IResult GoOn(SignInAnswer answer, OneTimeLink link, HttpContext http) => answer.Outcome switch
    {
        SignInOutcome.Success => SeeOther.To(link.ReturnUrl),
        SignInOutcome.FactorNeeded => SeeOther.To(FactorEndpoints.UrlOf(answer.Handle!)), // begun just now
        SignInOutcome.Blocked or SignInOutcome.BlockedByRisk => SeeOther.To(PolicyGate.RefusedUrl(answer.Outcome, link.ReturnUrl, http)),
        SignInOutcome.EnrolmentNeeded => SeeOther.To(EnrolEndpoints.UrlOf(answer.Handle!)), // begun just now
        _ => Over(link.ReturnUrl),
    };

    private static async Task<IResult> PageAsync(HttpContext http, PendingAuthorizations requests, string handle, string returnUrl, Text? error, int status = StatusCodes.Status200OK)
    {
        var pending = await requests.FindAsync(returnUrl, http);
        if (pending?.RedirectUri is { } uri) http.AllowFormTarget(uri);
        return Page.Of<MailCodePage>(new { Handle = handle, ReturnUrl = returnUrl, App = pending?.Client, Error = error }, status);
    }

    private static string UrlOf(string handle) => $"{CodePath}?login={handle}";

    /// <summary>There is always a way on.</summary>
    private static IResult Over(string? returnUrl) => SeeOther.To("/signin?over=1" + (returnUrl is null ? "" : "&returnUrl=" + Uri.EscapeDataString(returnUrl)));
}
