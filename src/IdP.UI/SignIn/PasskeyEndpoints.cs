using IdP.Credentials.Passkeys;
using IdP.Federation;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.SignIn;
using IdP.UI.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.SignIn;

/// <summary>Sign-in with a passkey alone, from any page that asks for a user name.</summary>
internal static class PasskeyEndpoints
{
    public const string OptionsPath = "/signin/passkey/options", Path = "/signin/passkey";

    /// <summary>The same for an unknown passkey, a wrong answer and a disabled account.</summary>
    private static readonly Text Refused = new("Error_Passkey");

    public static void MapPasskeySignIn(this IEndpointRouteBuilder endpoints)
    {
        // The form is read for its antiforgery token; nothing in it tells whom the challenge is for.
        endpoints.MapPost(OptionsPath, async (HttpContext http, PasskeySignIn signIn, [FromForm] string? returnUrl) => Answer(await signIn.ChallengeAsync(http))).ForAnybody();
        endpoints.MapPost(Path, SubmitAsync).ForAnybody();
    }

    /// <summary>What <c>passkey.js</c> reads.</summary>
    public static IResult Answer(PasskeyChallenge challenge) => Results.Content($$"""{"options":{{challenge.Options}},"state":"{{challenge.State}}"}""", "application/json");

    private static async Task<IResult> SubmitAsync(
        HttpContext http, PendingAuthorizations requests, Upstreams upstreams, PasskeySignIn signIn, [FromForm] string? credential, [FromForm] string? state, [FromForm] string? returnUrl, CancellationToken ct)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        var pending = await requests.FindAsync(target, http);
        var answer = await signIn.ExecuteAsync(credential ?? "", state ?? "", pending?.Client.ClientId, http, ct);
        return answer.Outcome switch
        {
            SignInOutcome.Success => SeeOther.To(target),
            SignInOutcome.Blocked or SignInOutcome.BlockedByRisk => SeeOther.To(PolicyGate.RefusedUrl(answer.Outcome, target, http)),
            SignInOutcome.Busy => await SignInEndpoints.BeginAgainAsync(http, requests, upstreams, target, null, TooBusy.Say(http, answer.RetryAfter), TooBusy.Status),
            _ => await SignInEndpoints.BeginAgainAsync(http, requests, upstreams, target, null, Refused),
        };
    }
}
