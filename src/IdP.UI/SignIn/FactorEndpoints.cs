using IdP.Credentials;
using IdP.Federation;
using IdP.Http;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.SignIn;
using IdP.UI.Design;
using IdP.UI.Languages;
using IdP.UI.Recovery;
using IdP.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.UI.SignIn;

/// <summary>The second step, found by the handle in its address; FactorSignIn decides.</summary>
internal static class FactorEndpoints
{
    private const string Path = "/signin/factor", OptionsPath = "/signin/factor/options", MailPath = "/signin/factor/mail", StepUpPath = "/signin/stepup";

    public static void MapSecondFactor(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, ShowAsync).ForAnybody();
        endpoints.MapPost(Path, SubmitAsync).ForAnybody();
        endpoints.MapPost(OptionsPath, ChallengeAsync).ForAnybody();
        if (endpoints.ServiceProvider.GetRequiredService<IOptions<SignInOptions>>().Value.MailAsSecondFactor) endpoints.MapPost(MailPath, MailCodeAsync).ForAnybody();
        endpoints.MapGet(StepUpPath, StepUpAsync).RequireAuthorization();
    }

    public static string UrlOf(string handle) => $"{Path}?login={handle}";

    public static string StepUpUrl(string returnUrl) => $"{StepUpPath}?returnUrl={Uri.EscapeDataString(returnUrl)}";

    private static async Task<IResult> ShowAsync(HttpContext http, PendingLogins logins, FactorSignIn signIn, PendingAuthorizations requests, string? login, string? way, CancellationToken ct) =>
        await logins.FindAsync(login, http, ct) switch
        {
            PendingLoginState.Open open => await PageAsync(http, signIn, requests, login!, open, way, null, ct), // it was found by it
            var other => Elsewhere(other),
        };

    private static async Task<IResult> SubmitAsync(
        HttpContext http, PendingLogins logins, FactorSignIn signIn, PendingAuthorizations requests,
        [FromForm] string? login, [FromForm] string? way, [FromForm] string? code, [FromForm] string? credential, [FromForm] string? state, [FromForm] string? remember, CancellationToken ct)
    {
        var found = await logins.FindAsync(login, http, ct);
        if (found is not PendingLoginState.Open open) return Elsewhere(found);
        var proof = FactorWays.ProofOf(way, code, credential, state);
        if (proof is null || code is { Length: > 100 }) return await PageAsync(http, signIn, requests, login!, open, way, null, ct);

        var answer = await signIn.ExecuteAsync(open.Login, open.User, proof, remember == "true", http, ct);
        return answer.Outcome switch
        {
            SignInOutcome.Success => SeeOther.To(answer.ReturnUrl),
            SignInOutcome.Blocked or SignInOutcome.BlockedByRisk => SeeOther.To(PolicyGate.RefusedUrl(answer.Outcome, answer.ReturnUrl, http)),
            SignInOutcome.Over => Elsewhere(new PendingLoginState.Over(answer.ReturnUrl)),
            _ => await PageAsync(http, signIn, requests, login!, open, way, Explain(answer.Outcome, way), ct),
        };
    }

    private static async Task<IResult> ChallengeAsync(HttpContext http, PendingLogins logins, FactorSignIn signIn, [FromForm] string? login, CancellationToken ct) =>
        await logins.FindAsync(login, http, ct) is PendingLoginState.Open open ? PasskeyEndpoints.Answer(await signIn.ChallengeAsync(open.User, http)) : Results.NotFound();

    private static async Task<IResult> MailCodeAsync(HttpContext http, PendingLogins logins, FactorSignIn signIn, MailFactor mail, PendingAuthorizations requests, [FromForm] string? login, CancellationToken ct)
    {
        var found = await logins.FindAsync(login, http, ct);
        if (found is not PendingLoginState.Open open) return Elsewhere(found);
        return await mail.SendAsync(open.Login, open.User, PageLanguage.Of(http).Tag, http, ct) is { } wait
            ? await PageAsync(http, signIn, requests, login!, open, null, TooBusy.Say(http, wait), ct, TooBusy.Status) // it was found by it
            : SeeOther.To(UrlOf(login!)); // likewise
    }

    /// <summary>A session lacks what an app asks for: only that is asked.</summary>
    private static async Task<IResult> StepUpAsync(HttpContext http, StepUp stepUp, PendingAuthorizations requests, string? returnUrl, string? app, CancellationToken ct)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        var (person, pending) = (SignedInPerson.From(http.User)!, await requests.FindAsync(target, http)); // authorized
        // Whoever names another app is only asked for what that one needs.
        return await stepUp.BeginAsync(person, pending?.AcrValues ?? [], pending?.Client.ClientId ?? (app is { Length: <= 200 } ? app : null), target, http, ct) is { } handle
            ? SeeOther.To(UrlOf(handle)) : SeeOther.To("/signin?returnUrl=" + Uri.EscapeDataString(target));
    }

    private static async Task<IResult> PageAsync(HttpContext http, FactorSignIn signIn, PendingAuthorizations requests, string handle, PendingLoginState.Open open, string? way, Text? error, CancellationToken ct, int status = StatusCodes.Status200OK)
    {
        var mail = http.RequestServices.GetRequiredService<MailFactor>();
        var byMail = await mail.IsOfferedAsync(open.Login, open.User, ct);
        var ways = byMail ? [FactorWays.Mail] : FactorWays.Of(await signIn.OfferAsync(open.Login, ct)); // it is offered to whoever has no other
        var pending = await requests.FindAsync(GoalOf(open.Login.ReturnUrl), http);
        if (pending?.RedirectUri is { } uri) http.AllowFormTarget(uri);
        PageAddress.Name(http, UrlOf(handle) + (ways.Contains(way) ? "&way=" + way : ""));
        return Page.Of<FactorPage>(new
        {
            Handle = handle,
            App = pending?.Client,
            PersonName = open.User.DisplayName,
            ReturnUrl = open.Login.ReturnUrl,
            Ways = ways,
            Way = ways.Contains(way) ? way : ways is [var best, ..] ? best : null,
            RememberDays = await signIn.RememberDaysAsync(open.Login, http, ct),
            IsStepUp = open.Login.SessionId is not null,
            // Who cannot fulfil a wish just now goes on without it (OpenID Connect Core 5.5.1.1); the authorization endpoint asks once.
            MayDecline = open.Login is { SessionId: not null, IsDemanded: false } && pending is { AcrEssential: false },
            RecoveryUrl = open.Login.SessionId is null ? SupervisedEndpoints.UrlFor(http, open.User.UserName, open.Login.ReturnUrl) : null,
            MailedTo = byMail ? MaskedAddress.Of(open.User.Email!) : null, // it is offered with one
            IsMailed = byMail && await mail.IsSentAsync(open.Login, ct),
            EnrolUrl = byMail && open.Login.SessionId is null ? EnrolEndpoints.AddUrlOf(handle) : null,
            Error = error,
        }, status);
    }

    /// <summary>Where the journey ends: a link to an upstream identity is finished on the way there.</summary>
    private static string GoalOf(string returnUrl) =>
        returnUrl.StartsWith(LinkLogin.FinishPath + "?", StringComparison.Ordinal) ? LocalUrl.OrDefault(QueryHelpers.ParseQuery(returnUrl[LinkLogin.FinishPath.Length..]).FirstOrDefault(p => p.Key == "returnUrl").Value) : returnUrl;

    /// <summary>There is always a way on: back to where this sign-in led, or to a new one on the way to the same place.</summary>
    private static IResult Elsewhere(PendingLoginState state) => state switch
    {
        PendingLoginState.Completed completed => SeeOther.To(completed.ReturnUrl),
        PendingLoginState.Over over => SeeOther.To("/signin?over=1&returnUrl=" + Uri.EscapeDataString(over.ReturnUrl)),
        _ => SeeOther.To("/signin?over=1"),
    };

    internal static Text Explain(SignInOutcome outcome, string? way) => (outcome, way) switch
    {
        (SignInOutcome.LockedOut, _) => new("Error_LockedOut"),
        (SignInOutcome.UsedFactor, FactorWays.Passkey) => new("Error_UsedPasskey"),
        (SignInOutcome.UsedFactor, _) => new("Error_UsedCode"),
        (_, FactorWays.Passkey) => new("Error_FactorPasskey"),
        (_, FactorWays.Mail) => new("Mail_Wrong"),
        (_, FactorWays.Recovery) => new("Error_RecoveryCode"),
        _ => new("Error_AppCode"),
    };
}

/// <summary>The ways to show a second factor, as forms and addresses name them, the best first.</summary>
public static class FactorWays
{
    public const string Passkey = "passkey", App = "app", Recovery = "recovery", Mail = "mail";

    public static IReadOnlyList<string> Of(Factors factors) =>
        [.. factors.Passkey ? (string[])[Passkey] : [], .. factors.AuthenticatorApp ? (string[])[App] : [], .. factors.RecoveryCode ? (string[])[Recovery] : []];

    /// <summary>What a form brought; null for a way that there is not.</summary>
    public static FactorProof? ProofOf(string? way, string? code, string? credential, string? state) => way switch
    {
        App => new FactorProof.AppCode(code ?? ""),
        Recovery => new FactorProof.RecoveryCode(code ?? ""),
        Mail => new FactorProof.MailCode(code ?? ""),
        Passkey => new FactorProof.Passkey(credential ?? "", state ?? ""),
        _ => null,
    };
}
