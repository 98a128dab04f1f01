using IdP.Federation;
using IdP.Http;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.SignIn;
using IdP.UI.Design;
using IdP.UI.Languages;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.SignIn;

/// <summary>The way over an upstream provider: out with a form, back by its callback, and the page that asks for a proof. ExternalSignIn and LinkLogin decide.</summary>
internal static class ExternalEndpoints
{
    public const string CompletePath = "/signin/external/complete";
    private const string Link = "/signin/link";
    private static readonly Text WrongPassword = new("Error_LinkPassword");

    public static void MapExternalSignIn(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/signin/external/{provider}", ChallengeAsync).ForAnybody();
        endpoints.MapGet(CompletePath, CompleteAsync);
        endpoints.MapGet(Link, ShowLinkAsync).ForAnybody();
        endpoints.MapPost(Link, SubmitLinkAsync).ForAnybody();
        endpoints.MapGet(LinkLogin.FinishPath, FinishLinkAsync).RequireAuthorization();
    }

    /// <summary>What the sign-in page says after a failed way over a provider; it never tells why.</summary>
    public static Text? Explain(string? upstream) => upstream switch
    {
        "refused" => new("Error_UpstreamRefused"),
        "unknown" => new("Error_UpstreamUnknown"),
        _ => null,
    };

    private static async Task<IResult> ChallengeAsync(string provider, HttpContext http, Upstreams upstreams, PendingAuthorizations requests, [FromForm] string? returnUrl)
    {
        if (await upstreams.FindAsync(provider, http.RequestAborted) is not { Provider: null } upstream) return Results.NotFound();
        var target = LocalUrl.OrDefault(returnUrl);
        var pending = await requests.FindAsync(target, http);
        var properties = new AuthenticationProperties { RedirectUri = CompletePath };
        properties.Items[ExternalCookie.ReturnUrlItem] = target;
        properties.Items[ExternalCookie.ClientItem] = pending?.Client.ClientId;
        // What the app asked for goes on. Google knows no prompt=login; letting the person choose again is the nearest it offers.
        if (pending?.Prompt.Any(prompt => prompt is "login" or "select_account") is true) properties.SetParameter("prompt", "select_account");
        if (pending?.LoginHint is { } hint) properties.SetParameter("login_hint", hint);
        return Results.Challenge(properties, [upstream.Name]);
    }

    private static async Task<IResult> CompleteAsync(HttpContext http, ExternalSignIn signIn, CancellationToken ct)
    {
        if (await ExternalCookie.ReadAsync(http) is not { } identity) return SeeOther.To("/signin");
        var answer = await signIn.ExecuteAsync(identity, http, ct);
        return answer.Verdict switch
        {
            ExternalVerdict.SignedIn => SeeOther.To(identity.ReturnUrl),
            ExternalVerdict.FactorNeeded => SeeOther.To(FactorEndpoints.UrlOf(answer.Handle!)), // begun just now
            ExternalVerdict.Blocked => SeeOther.To(PolicyGate.RefusedUrl(SignInOutcome.Blocked, identity.ReturnUrl, http)),
            ExternalVerdict.BlockedByRisk => SeeOther.To(PolicyGate.RefusedUrl(SignInOutcome.BlockedByRisk, identity.ReturnUrl, http)),
            ExternalVerdict.EnrolmentNeeded => SeeOther.To(EnrolEndpoints.UrlOf(answer.Handle!)), // begun just now
            ExternalVerdict.ProofNeeded => SeeOther.To(Link),
            ExternalVerdict.NoAccount => BackToSignIn("unknown", identity.ReturnUrl),
            _ => BackToSignIn("refused", identity.ReturnUrl),
        };
    }

    private static async Task<IResult> ShowLinkAsync(HttpContext http, Upstreams upstreams, PendingAuthorizations requests) =>
        await ExternalCookie.ReadAsync(http) is { ProofOf: not null } identity ? await LinkPageAsync(http, identity, upstreams, requests, null, StatusCodes.Status200OK) : SeeOther.To("/signin");

    private static async Task<IResult> SubmitLinkAsync(HttpContext http, LinkLogin link, Upstreams upstreams, PendingAuthorizations requests, [FromForm] string? password, CancellationToken ct)
    {
        if (await ExternalCookie.ReadAsync(http) is not { ProofOf: not null } identity) return SeeOther.To("/signin");
        var answer = await link.ExecuteAsync(identity, password ?? "", http, ct);
        switch (answer.Outcome)
        {
            case SignInOutcome.Success:
                await ExternalCookie.DiscardAsync(http);
                return SeeOther.To(identity.ReturnUrl);
            case SignInOutcome.FactorNeeded:
                return SeeOther.To(FactorEndpoints.UrlOf(answer.Handle!)); // begun just now; the identity waits in its cookie
            case SignInOutcome.Blocked or SignInOutcome.BlockedByRisk:
                return SeeOther.To(PolicyGate.RefusedUrl(answer.Outcome, identity.ReturnUrl, http));
            case SignInOutcome.EnrolmentNeeded:
                return SeeOther.To(EnrolEndpoints.UrlOf(answer.Handle!)); // begun just now; the identity waits in its cookie
            case SignInOutcome.UpstreamRefused:
                await ExternalCookie.DiscardAsync(http);
                return BackToSignIn("refused", identity.ReturnUrl);
            case SignInOutcome.Busy:
                return await LinkPageAsync(http, identity, upstreams, requests, TooBusy.Say(http, answer.RetryAfter), TooBusy.Status);
            default:
                return await LinkPageAsync(http, identity, upstreams, requests, WrongPassword, StatusCodes.Status200OK);
        }
    }

    /// <summary>After the second factor. Only the sign-in that was begun for this identity knows its id.</summary>
    private static async Task<IResult> FinishLinkAsync(HttpContext http, LinkLogin link, [FromQuery(Name = "identity")] string? id, string? returnUrl, CancellationToken ct)
    {
        // Loaded again, or too slow: the person is signed in all the same.
        if (await ExternalCookie.ReadAsync(http) is not { } identity || identity.Id != id) return SeeOther.To(LocalUrl.OrDefault(returnUrl));
        await ExternalCookie.DiscardAsync(http);
        return await link.FinishAsync(SignedInPerson.From(http.User)!, identity, http, ct) ? SeeOther.To(identity.ReturnUrl) : BackToSignIn("refused", identity.ReturnUrl); // authorized
    }

    private static async Task<IResult> LinkPageAsync(HttpContext http, ExternalIdentity identity, Upstreams upstreams, PendingAuthorizations requests, Text? error, int status)
    {
        if (await upstreams.FindByKeyAsync(identity.Provider, http.RequestAborted) is not { } upstream) return SeeOther.To("/signin");
        if ((await requests.FindAsync(identity.ReturnUrl, http))?.RedirectUri is { } uri) http.AllowFormTarget(uri);
        PageAddress.Name(http, Link);
        return Page.Of<LinkPage>(new { ProviderName = upstream.DisplayName, Email = identity.Email!, identity.ReturnUrl, Error = error }, status); // an identity without address is never asked for a proof
    }

    private static IResult BackToSignIn(string reason, string returnUrl) => SeeOther.To($"/signin?upstream={reason}&returnUrl={Uri.EscapeDataString(returnUrl)}");
}
