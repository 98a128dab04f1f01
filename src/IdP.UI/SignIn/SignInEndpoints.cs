using IdP.Federation;
using IdP.Http;
using IdP.Mail;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.SignIn;
using IdP.SignUp;
using IdP.UI.Design;
using IdP.UI.Languages;
using IdP.UI.Recovery;
using IdP.UI.SignUp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.UI.SignIn;

/// <summary>The two pages of a sign-in: who, then the password. Both look the same for everybody, whoever exists; a passkey answers both at once.</summary>
internal static class SignInEndpoints
{
    /// <summary>One sentence for every refusal: it tells nobody who has an account.</summary>
    private static readonly Text Refused = new("Error_Refused");

    private const string Path = "/signin", PasswordPath = "/signin/password", OrganizationPath = "/signin/organization", OtherWay = "&other=1";
    private const int MaxUserName = 256;

    public static void MapSignIn(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, ShowAsync).ForAnybody();
        endpoints.MapPost(Path, SubmitAsync).ForAnybody();
        endpoints.MapGet(PasswordPath, ShowPasswordAsync).ForAnybody();
        endpoints.MapGet(OrganizationPath, ShowOrganizationAsync).ForAnybody();
        endpoints.MapPost(PasswordPath, SubmitAsync).ForAnybody();
    }

    /// <summary>The second page for a known person, such as one who must show again who they are.</summary>
    public static string PasswordUrl(UserNameTicket tickets, string userName, string returnUrl) =>
        $"{PasswordPath}?as={Uri.EscapeDataString(tickets.Seal(userName))}&returnUrl={Uri.EscapeDataString(returnUrl)}";

    /// <summary>The first page.</summary>
    public static string UrlFor(string returnUrl) => $"{Path}?returnUrl={Uri.EscapeDataString(returnUrl)}";

    /// <summary>The first page again, after something that did not lead on.</summary>
    public static async Task<IResult> BeginAgainAsync(HttpContext http, PendingAuthorizations requests, Upstreams upstreams, string returnUrl, string? userName, Text error, int status = StatusCodes.Status200OK)
    {
        PageAddress.Name(http, UrlFor(returnUrl));
        var pending = await FindAsync(http, requests, returnUrl);
        return Page.Of<SignInPage>(new { ReturnUrl = returnUrl, App = pending?.Client, UserName = userName, Error = error, Upstreams = await OfferAsync(http, upstreams, returnUrl), SignUpUrl = SignUpUrl(http, returnUrl), AccountsUrl = AccountsUrl(http, returnUrl) }, status);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, PendingAuthorizations requests, Upstreams upstreams, string? returnUrl, string? upstream, string? trace, string? over)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        var pending = await FindAsync(http, requests, target);
        return Page.Of<SignInPage>(new
        {
            ReturnUrl = target,
            App = pending?.Client,
            UserName = pending?.LoginHint,
            Error = ExternalEndpoints.Explain(upstream) ?? (over is null ? null : new Text("Error_Over")),
            TraceId = upstream is not null && trace is { Length: 32 } && trace.All(char.IsAsciiHexDigitLower) ? trace : null,
            Upstreams = await OfferAsync(http, upstreams, target),
            SignUpUrl = SignUpUrl(http, target),
            AccountsUrl = AccountsUrl(http, target),
        });
    }

    private static async Task<IResult> ShowPasswordAsync(HttpContext http, PendingAuthorizations requests, Upstreams upstreams, UserNameTicket tickets, [FromQuery(Name = "as")] string? ticket, string? returnUrl, string? renewed, string? other)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        if (tickets.Open(ticket) is not { } userName) return SeeOther.To(UrlFor(target));
        var providers = await upstreams.OfNameAsync(userName, http.RequestAborted);
        if (providers.Any(provider => provider.IsOnlyWay || other is null && renewed is null)) return SeeOther.To(OrganizationUrl(tickets, userName, target));
        return await PasswordPageAsync(http, requests, upstreams, userName, target, null, StatusCodes.Status200OK, renewed is not null);
    }

    /// <summary>The providers to which the domain of the typed name leads. Nobody is looked up: the page is the same whether the person exists or not.</summary>
    private static async Task<IResult> ShowOrganizationAsync(HttpContext http, PendingAuthorizations requests, Upstreams upstreams, UserNameTicket tickets, [FromQuery(Name = "as")] string? ticket, string? returnUrl, CancellationToken ct)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        if (tickets.Open(ticket) is not { } userName) return SeeOther.To(UrlFor(target));
        var providers = await upstreams.OfNameAsync(userName, ct);
        var otherUrl = PasswordUrl(tickets, userName, target) + OtherWay;
        if (providers.Count == 0) return SeeOther.To(otherUrl);
        var pending = await FindAsync(http, requests, target);
        return Page.Of<OrganizationPage>(new
        {
            ReturnUrl = target,
            App = pending?.Client,
            UserName = userName,
            Upstreams = (IReadOnlyList<UpstreamButton>)[.. providers.Select(provider => UpstreamButton.Of(provider, target, ticket))],
            OtherUrl = providers.Any(provider => provider.IsOnlyWay) ? null : otherUrl,
        });
    }

    private static string OrganizationUrl(UserNameTicket tickets, string userName, string returnUrl) =>
        $"{OrganizationPath}?as={Uri.EscapeDataString(tickets.Seal(userName))}&returnUrl={Uri.EscapeDataString(returnUrl)}";

    private static async Task<IResult> SubmitAsync(
        HttpContext http, PendingAuthorizations requests, Upstreams upstreams, PasswordSignIn signIn, UserNameTicket tickets, [FromForm] string? username, [FromForm] string? password, [FromForm] string? returnUrl, CancellationToken ct)
    {
        var (target, userName) = (LocalUrl.OrDefault(returnUrl), username?.Trim() ?? "");
        if (userName.Length is 0 or > MaxUserName) return await BeginAgainAsync(http, requests, upstreams, target, null, new("Error_NoName"));
        // A program that knows both may send both; a person sees one page after the other.
        if (password is null) return SeeOther.To(PasswordUrl(tickets, userName, target));

        if ((await upstreams.OfNameAsync(userName, ct)).Any(provider => provider.IsOnlyWay)) return SeeOther.To(OrganizationUrl(tickets, userName, target));

        var pending = await requests.FindAsync(target, http);
        var answer = await signIn.ExecuteAsync(userName, password, pending?.Client.ClientId, target, http, ct, takesPass: true);
        return answer.Outcome switch
        {
            SignInOutcome.Success => SeeOther.To(target),
            SignInOutcome.FactorNeeded => SeeOther.To(FactorEndpoints.UrlOf(answer.Handle!)), // begun just now
            SignInOutcome.Blocked or SignInOutcome.BlockedByRisk => SeeOther.To(PolicyGate.RefusedUrl(answer.Outcome, target, http)),
            SignInOutcome.EnrolmentNeeded => SeeOther.To(EnrolEndpoints.UrlOf(answer.Handle!)), // begun just now
            SignInOutcome.RecoveryNeeded => SeeOther.To(RescueEndpoints.UrlOf(answer.Handle!)), // begun just now
            SignInOutcome.Busy => await PasswordPageAsync(http, requests, upstreams, userName, target, TooBusy.Say(http, answer.RetryAfter), TooBusy.Status),
            _ => await PasswordPageAsync(http, requests, upstreams, userName, target, Refused, StatusCodes.Status200OK),
        };
    }

    private static async Task<IResult> PasswordPageAsync(HttpContext http, PendingAuthorizations requests, Upstreams upstreams, string userName, string target, Text? error, int status, bool renewed = false)
    {
        PageAddress.Name(http, PasswordUrl(http.RequestServices.GetRequiredService<UserNameTicket>(), userName, target));
        var pending = await FindAsync(http, requests, target);
        return Page.Of<PasswordStepPage>(new { ReturnUrl = target, App = pending?.Client, UserName = userName, Error = error, Upstreams = await OfferAsync(http, upstreams, target), IsRenewed = renewed, ForgottenUrl = ForgottenUrl(http, userName, target), RecoveryUrl = SupervisedEndpoints.UrlFor(http, userName, target), ByMail = Option<SignInOptions>(http).ByMail }, status);
    }

    /// <summary>Null where no mail can be sent.</summary>
    private static string? ForgottenUrl(HttpContext http, string userName, string target) =>
        Option<MailOptions>(http).IsOn ? RecoveryEndpoints.AskUrl(http.RequestServices.GetRequiredService<UserNameTicket>(), userName, target) : null;

    /// <summary>Null where nobody makes an account themselves.</summary>
    private static string? SignUpUrl(HttpContext http, string target) => Option<SignUpOptions>(http).Enabled ? SignUpEndpoints.UrlFor(target) : null;

    /// <summary>Null where nobody is signed in.</summary>
    private static string? AccountsUrl(HttpContext http, string target) => BrowserAccounts.MayBe(http) ? AccountsEndpoints.UrlFor(target) : null;

    private static T Option<T>(HttpContext http) where T : class => http.RequestServices.GetRequiredService<IOptions<T>>().Value;

    /// <summary>A button for each provider that is offered to everybody; a form ends in a redirect there, which the browser must be allowed to follow.</summary>
    private static async Task<IReadOnlyList<UpstreamButton>> OfferAsync(HttpContext http, Upstreams upstreams, string target)
    {
        var shown = await upstreams.ShownAsync(http.RequestAborted);
        foreach (var upstream in shown)
            if (upstream.AuthorizationEndpoint is { } endpoint) http.AllowFormTarget(endpoint);
        return [.. shown.Select(upstream => UpstreamButton.Of(upstream, target))];
    }

    /// <summary>Also lets the browser follow the redirect to the app that ends the form's journey.</summary>
    private static async Task<PendingAuthorization?> FindAsync(HttpContext http, PendingAuthorizations requests, string target)
    {
        var pending = await requests.FindAsync(target, http);
        if (pending?.RedirectUri is { } uri) http.AllowFormTarget(uri);
        return pending;
    }
}
