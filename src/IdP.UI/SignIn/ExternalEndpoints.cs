using IdP.Federation;
using IdP.Http;
using IdP.Protocol.Authorize;
using IdP.SignIn;
using IdP.UI.Design;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.SignIn;

/// <summary>The way over an upstream provider: out with a form, back by its callback, and the page that asks for a proof. ExternalSignIn and LinkLogin decide.</summary>
internal static class ExternalEndpoints
{
    private const string Complete = "/signin/external/complete";
    private const string Link = "/signin/link";
    private const string WrongPassword = "The password is not right. After several failed attempts, wait a quarter of an hour.";

    public static void MapExternalSignIn(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/signin/external/{provider}", ChallengeAsync);
        endpoints.MapGet(Complete, CompleteAsync);
        endpoints.MapGet(Link, ShowLinkAsync);
        endpoints.MapPost(Link, SubmitLinkAsync);
    }

    /// <summary>What the sign-in page says after a failed way over a provider; it never tells why.</summary>
    public static string? Explain(string? upstream) => upstream switch
    {
        "refused" => "You could not be signed in that way. Try again, or sign in another way.",
        "unknown" => "There is no account for you here yet. Ask your administrator for one.",
        _ => null,
    };

    private static async Task<IResult> ChallengeAsync(string provider, HttpContext http, Upstreams upstreams, PendingAuthorizations requests, [FromForm] string? returnUrl)
    {
        if (upstreams.Find(provider) is not { } upstream) return Results.NotFound();
        var target = LocalUrl.OrDefault(returnUrl);
        var pending = await requests.FindAsync(target, http);
        var properties = new AuthenticationProperties { RedirectUri = Complete };
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
        return await signIn.ExecuteAsync(identity, http, ct) switch
        {
            ExternalVerdict.SignedIn => SeeOther.To(identity.ReturnUrl),
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
            case SignInOutcome.UpstreamRefused:
                await ExternalCookie.DiscardAsync(http);
                return BackToSignIn("refused", identity.ReturnUrl);
            case SignInOutcome.Busy:
                return await LinkPageAsync(http, identity, upstreams, requests, TooBusy.Say(http, answer.RetryAfter), TooBusy.Status);
            default:
                return await LinkPageAsync(http, identity, upstreams, requests, WrongPassword, StatusCodes.Status200OK);
        }
    }

    private static async Task<IResult> LinkPageAsync(HttpContext http, ExternalIdentity identity, Upstreams upstreams, PendingAuthorizations requests, string? error, int status)
    {
        if (upstreams.Find(identity.Provider) is not { } upstream) return SeeOther.To("/signin");
        if ((await requests.FindAsync(identity.ReturnUrl, http))?.RedirectUri is { } uri) http.AllowFormTarget(uri);
        return Page.Of<LinkPage>(new { ProviderName = upstream.DisplayName, Email = identity.Email!, identity.ReturnUrl, Error = error }, status); // an identity without address is never asked for a proof
    }

    private static IResult BackToSignIn(string reason, string returnUrl) => SeeOther.To($"/signin?upstream={reason}&returnUrl={Uri.EscapeDataString(returnUrl)}");
}
