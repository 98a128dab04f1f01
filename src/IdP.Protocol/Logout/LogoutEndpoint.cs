using IdP.Protocol.Authorize;
using IdP.Protocol.Claims;
using IdP.Protocol.Languages;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;

namespace IdP.Protocol.Logout;

/// <summary>
/// The end-session endpoint (OpenID Connect RP-Initiated Logout 1.0). A redirect to the app happens only to a URI registered for the client
/// that the hint or <c>client_id</c> names; the engine has checked the registration.
/// </summary>
internal static class LogoutEndpoint
{
    private const string SignedOutPage = "/signedout";

    public static async Task<IResult> HandleAsync(HttpContext http, IInteractionPolicy policy, InteractionState state, SessionApps apps, SignOutReceipts receipts)
    {
        var request = http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("Not an end-session request.");
        var hint = string.IsNullOrEmpty(request.IdTokenHint) ? null : (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal;
        request.ClientId ??= hint?.GetPresenters().FirstOrDefault(); // so that the pages on the way can name the app
        var logout = new LogoutRequest
        {
            HintedSubject = hint?.GetClaim(OpenIddictConstants.Claims.Subject),
            HintedSessionId = hint?.GetClaim(ClaimDestinations.SessionId),
            ClientId = request.ClientId,
            ReturnUrl = state.ReturnUrl(request, http.Request.PathBase + http.Request.Path, DateTimeOffset.UnixEpoch, InteractionState.Fingerprint(request)),
        };
        // RP-Initiated Logout 3: without proof of the client there is no redirect.
        var leadsBack = logout.ClientId is not null && !string.IsNullOrEmpty(request.PostLogoutRedirectUri);
        switch (await policy.DecideLogoutAsync(logout, http, http.RequestAborted))
        {
            case LogoutDecision.Ask ask:
                return SeeOther.To(ask.LocalUrl);
            // Frames are loaded by a page of ours (Front-Channel Logout 1.0, 2); from there the browser comes back with this request and goes on.
            case LogoutDecision.Ended ended when !leadsBack || (await apps.ReadAsync(ended.Subject, ended.SessionId, http.RequestAborted)).Any(app => app.FrameAddress is not null):
                return SeeOther.To(http.Request.PathBase + receipts.PageUrl(ended.Subject, ended.SessionId, logout.ReturnUrl));
            default:
                return leadsBack ? Results.SignOut(properties: null, [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]) : SeeOther.To(http.Request.PathBase + SignedOutPage + (RequestedLanguage.Of(http) is { } language ? $"?{RequestedLanguage.Parameter}={language.Tag}" : ""));
        }
    }
}
