using IdP.Federation;
using IdP.Http;
using IdP.Protocol.Clients;
using IdP.Sessions;
using IdP.SignIn;
using IdP.UI.Design;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using IdP.Protocol.Authorize;

namespace IdP.UI.SignIn;

internal static class SignInEndpoints
{
    /// <summary>One sentence for every refusal: it tells nobody who has an account.</summary>
    private const string Refused = "The user name or password is not right. After several failed attempts, wait a quarter of an hour.";

    public static void MapSignIn(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/signin", ShowAsync);
        endpoints.MapPost("/signin", SubmitAsync);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, PendingAuthorizations requests, Upstreams upstreams, string? returnUrl, string? upstream)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        var pending = await FindAsync(http, requests, target);
        return Page.Of<SignInPage>(new
        {
            ReturnUrl = target,
            App = pending?.Client,
            UserName = pending?.LoginHint,
            Error = ExternalEndpoints.Explain(upstream),
            Upstreams = Offer(http, upstreams),
        });
    }

    private static async Task<IResult> SubmitAsync(HttpContext http, PendingAuthorizations requests, Upstreams upstreams, PasswordSignIn signIn, [FromForm] string? username, [FromForm] string? password, [FromForm] string? returnUrl, CancellationToken ct)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        var pending = await FindAsync(http, requests, target);
        var answer = await signIn.ExecuteAsync(username?.Trim() ?? "", password ?? "", pending?.Client.ClientId, http, ct);
        if (answer.Outcome is SignInOutcome.Success) return SeeOther.To(target);

        var busy = answer.Outcome is SignInOutcome.Busy;
        return Page.Of<SignInPage>(new
        {
            ReturnUrl = target,
            App = pending?.Client,
            UserName = username is { Length: <= 256 } ? username : null,
            Error = busy ? TooBusy.Say(http, answer.RetryAfter) : Refused,
            Upstreams = Offer(http, upstreams),
        }, busy ? TooBusy.Status : StatusCodes.Status200OK);
    }

    /// <summary>A button for each provider; its form ends in a redirect there, which the browser must be allowed to follow.</summary>
    private static IReadOnlyList<UpstreamButton> Offer(HttpContext http, Upstreams upstreams)
    {
        foreach (var upstream in upstreams.All) http.AllowFormTarget(upstream.AuthorizationEndpoint);
        return [.. upstreams.All.Select(upstream => new UpstreamButton(upstream.Name, upstream.DisplayName))];
    }

    /// <summary>Also lets the browser follow the redirect to the app that ends the form's journey.</summary>
    private static async Task<PendingAuthorization?> FindAsync(HttpContext http, PendingAuthorizations requests, string target)
    {
        var pending = await requests.FindAsync(target, http);
        if (pending?.RedirectUri is { } uri) http.AllowFormTarget(uri);
        return pending;
    }
}
