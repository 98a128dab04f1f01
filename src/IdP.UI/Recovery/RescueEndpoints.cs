using IdP.Access;
using IdP.Http;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.Recovery.Rescue;
using IdP.SignIn;
using IdP.UI.Account.Security;
using IdP.UI.Design;
using IdP.UI.Languages;
using IdP.UI.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.UI.Recovery;

/// <summary>After a temporary pass or an approval: a second factor first, where one is not lost, then what is set new. RescueSteps decides what is due at each request.</summary>
internal static class RescueEndpoints
{
    private const string Path = "/signin/rescue", FactorPath = Path + "/factor";
    private const int MaxCode = 100;

    public static void MapRescue(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup(Path).ForAnybody();
        pages.MapGet("/", ShowAsync);
        pages.MapPost("/factor", ShowFactorAsync);
        pages.MapPost("/factor/options", FactorChallengeAsync);
        pages.MapPost("/passkey", SetPasskeyAsync);
        pages.MapPost("/passkey/options", NewChallengeAsync);
        pages.MapPost("/password", SetPasswordAsync);
    }

    public static string UrlOf(string handle) => $"{Path}?login={handle}";

    private static async Task<IResult> ShowAsync(HttpContext http, PendingLogins logins, string? login, string? way, CancellationToken ct) =>
        await PageAsync(http, await logins.FindAsync(login, http, ct), login, new(Way: way), ct);

    private static async Task<IResult> ShowFactorAsync(
        HttpContext http, PendingLogins logins, RescueSteps steps, RescueFactor factor, [FromForm] string? login, [FromForm] string? way, [FromForm] string? code, [FromForm] string? credential, [FromForm] string? state, CancellationToken ct)
    {
        var found = await logins.FindAsync(login, http, ct);
        if (found is not PendingLoginState.Rescue open || await steps.NextAsync(open.Login, http, ct) is not RescueStep.ShowFactor || FactorWays.ProofOf(way, code, credential, state) is not { } proof || proof is FactorProof.MailCode || code is { Length: > MaxCode })
            return await PageAsync(http, found, login, new(Way: way), ct);
        var outcome = await factor.ExecuteAsync(open.Login, open.User, proof, http, ct);
        return outcome is SignInOutcome.RecoveryNeeded or SignInOutcome.Over ? SeeOther.To(UrlOf(login!)) : await PageAsync(http, open, login, new(Way: way, Error: FactorEndpoints.Explain(outcome, way)), ct); // it was found by it
    }

    private static async Task<IResult> FactorChallengeAsync(HttpContext http, PendingLogins logins, RescueSteps steps, FactorSignIn signIn, [FromForm] string? login, CancellationToken ct) =>
        await logins.FindAsync(login, http, ct) is PendingLoginState.Rescue open && await steps.NextAsync(open.Login, http, ct) is RescueStep.ShowFactor ? PasskeyEndpoints.Answer(await signIn.ChallengeAsync(open.User, http)) : Results.NotFound();

    private static async Task<IResult> NewChallengeAsync(HttpContext http, PendingLogins logins, RescueSteps steps, FinishRescue finish, [FromForm] string? login, CancellationToken ct) =>
        await logins.FindAsync(login, http, ct) is PendingLoginState.Rescue open && await steps.NextAsync(open.Login, http, ct) is RescueStep.SetNew && await finish.ChallengeAsync(open.Login, open.User, http, ct) is { } challenge
            ? PasskeyEndpoints.Answer(challenge) : Results.NotFound();

    private static async Task<IResult> SetPasskeyAsync(HttpContext http, PendingLogins logins, FinishRescue finish, [FromForm] string? login, [FromForm] string? credential, [FromForm] string? state, CancellationToken ct) =>
        await logins.FindAsync(login, http, ct) is PendingLoginState.Rescue open
            ? await AnswerAsync(http, logins, open, await finish.ByPasskeyAsync(open.Login, open.User, credential ?? "", state ?? "", http, ct), login, null, ct)
            : await PageAsync(http, await logins.FindAsync(login, http, ct), login, new(), ct);

    private static async Task<IResult> SetPasswordAsync(
        HttpContext http, PendingLogins logins, FinishRescue finish, [FromForm] string? login, [FromForm] string? password, [FromForm] string? secret, [FromForm] string? code, CancellationToken ct)
    {
        var found = await logins.FindAsync(login, http, ct);
        if (found is not PendingLoginState.Rescue open || code is { Length: > MaxCode }) return await PageAsync(http, found, login, new(), ct);
        return await AnswerAsync(http, logins, open, await finish.ByPasswordAsync(open.Login, open.User, password ?? "", secret, code, http, ct), login, secret, ct);
    }

    private static async Task<IResult> AnswerAsync(HttpContext http, PendingLogins logins, PendingLoginState.Rescue open, Outcome<Enrolled> outcome, string? login, string? secret, CancellationToken ct)
    {
        if (outcome.Succeeded(out var set, out var failure))
            return set.RecoveryCodes.Count > 0 ? Page.Of<RecoveryCodesPage>(new { Codes = set.RecoveryCodes, IsNew = true, ContinueUrl = open.Login.ReturnUrl }) : SeeOther.To(open.Login.ReturnUrl);
        // Out of turn, or overtaken: what is due is found anew.
        if (failure.Kind is FailureKind.NotFound) return await PageAsync(http, await logins.FindAsync(login, http, ct), login, new(), ct);
        return await PageAsync(http, open, login, new(Secret: secret, Failure: failure), ct);
    }

    /// <summary>What the page says beside what is due.</summary>
    private sealed record Said(string? Way = null, Text? Error = null, string? Secret = null, Failure? Failure = null);

    private static async Task<IResult> PageAsync(HttpContext http, PendingLoginState found, string? login, Said said, CancellationToken ct)
    {
        switch (found)
        {
            case PendingLoginState.Completed completed: return SeeOther.To(completed.ReturnUrl);
            case PendingLoginState.Over over: return SeeOther.To("/signin?over=1&returnUrl=" + Uri.EscapeDataString(over.ReturnUrl));
            case not PendingLoginState.Rescue: return SeeOther.To("/signin?over=1");
        }
        var (open, services) = ((PendingLoginState.Rescue)found, http.RequestServices);
        var pending = await services.GetRequiredService<PendingAuthorizations>().FindAsync(open.Login.ReturnUrl, http);
        if (pending?.RedirectUri is { } uri) http.AllowFormTarget(uri);
        PageAddress.Name(http, UrlOf(login!)); // it was found by it
        switch (await services.GetRequiredService<RescueSteps>().NextAsync(open.Login, http, ct))
        {
            case RescueStep.Blocked blocked: return SeeOther.To(PolicyGate.RefusedUrl(blocked.Outcome, open.Login.ReturnUrl, http));
            case RescueStep.ShowFactor { Factors: var factors }:
                var ways = FactorWays.Of(factors);
                var way = ways.Contains(said.Way) ? said.Way : ways[0]; // there is a factor
                return Page.Of<FactorPage>(new { Path = FactorPath, BackPath = Path, Handle = login, App = pending?.Client, PersonName = open.User.DisplayName, open.Login.ReturnUrl, Ways = ways, Way = way, said.Error });
            case RescueStep.SetNew step:
                var finish = services.GetRequiredService<FinishRescue>();
                var issuer = new Uri(services.GetRequiredService<IConfiguration>()["Issuer"]!, UriKind.Absolute).Host; // checked at start
                var offer = step is { MayBePassword: true, NeedsApp: true } ? finish.OfferApp(open.Login, open.User, issuer, said.Secret) : null;
                var status = said.Failure?.RetryAfter is { } wait ? Busy(http, wait) : StatusCodes.Status200OK;
                return Page.Of<RescuePage>(new
                {
                    Handle = login, PersonName = open.User.DisplayName, open.User.UserName, open.Login.ReturnUrl, App = pending?.Client, step.MayBePassword, ReplacesFactors = open.Login.ReplacesFactors,
                    Offer = offer, Picture = offer is null ? null : QrPicture.Of(offer.Address), said.Failure,
                }, status);
            default: return SeeOther.To("/signin?over=1&returnUrl=" + Uri.EscapeDataString(open.Login.ReturnUrl));
        }
    }

    private static int Busy(HttpContext http, TimeSpan wait)
    {
        TooBusy.Say(http, wait);
        return TooBusy.Status;
    }
}
