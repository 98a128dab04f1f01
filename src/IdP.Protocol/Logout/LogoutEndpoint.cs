using IdP.Protocol.Authorize;
using IdP.Protocol.Claims;
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

    public static async Task<IResult> HandleAsync(HttpContext http, IInteractionPolicy policy, InteractionState state)
    {
        var request = http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("Not an end-session request.");
        var hint = string.IsNullOrEmpty(request.IdTokenHint) ? null : (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal;
        var path = http.Request.PathBase + http.Request.Path;
        var logout = new LogoutRequest
        {
            HintedSubject = hint?.GetClaim(OpenIddictConstants.Claims.Subject),
            HintedSessionId = hint?.GetClaim(ClaimDestinations.SessionId),
            ClientId = request.ClientId ?? hint?.GetPresenters().FirstOrDefault(),
            ReturnUrl = state.ReturnUrl(request, path, DateTimeOffset.UnixEpoch, InteractionState.Fingerprint(request)),
        };
        if (await policy.DecideLogoutAsync(logout, http, http.RequestAborted) is { } page) return SeeOther.To(page);

        // RP-Initiated Logout 3: without proof of the client there is no redirect.
        var proven = logout.ClientId is not null && !string.IsNullOrEmpty(request.PostLogoutRedirectUri);
        return proven
            ? Results.SignOut(properties: null, [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme])
            : SeeOther.To(http.Request.PathBase + SignedOutPage);
    }
}
