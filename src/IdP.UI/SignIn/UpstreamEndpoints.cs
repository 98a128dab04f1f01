using IdP.Federation;
using IdP.Federation.Oidc;
using IdP.Http;
using IdP.Protocol.Authorize;
using IdP.SignIn;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.SignIn;

/// <summary>Out to a provider that was added at run time, and back. OidcSignIn checks the answer; ExternalEndpoints go on with it.</summary>
internal static class UpstreamEndpoints
{
    public static void MapUpstreams(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/signin/upstream/{provider}", StartAsync).ForAnybody();
        endpoints.MapGet(OidcSignIn.CallbackPath("{provider}"), async (string provider, HttpContext http, OidcSignIn signIn, CancellationToken ct) => SeeOther.To(await signIn.FinishAsync(provider, http, ct)));
        endpoints.MapGet(OidcSignIn.KeysPath("{provider}"), async (string provider, OidcSignIn signIn, CancellationToken ct) =>
            await signIn.PublicKeysAsync(provider, ct) is { } keys ? Results.Text(keys, "application/jwk-set+json") : Results.NotFound());
    }

    /// <param name="ticket">The name somebody typed, see <see cref="UserNameTicket"/>: the provider need not ask for it again.</param>
    public static string StartUrl(string provider, string returnUrl, string? ticket) =>
        $"/signin/upstream/{provider}?returnUrl={Uri.EscapeDataString(returnUrl)}{(ticket is null ? "" : "&as=" + Uri.EscapeDataString(ticket))}";

    private static async Task<IResult> StartAsync(
        string provider, HttpContext http, Upstreams upstreams, OidcSignIn signIn, PendingAuthorizations requests, UserNameTicket tickets, string? returnUrl, [FromQuery(Name = "as")] string? ticket, CancellationToken ct)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        // Another site may not send people on the way: they begin at our page.
        if (http.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site") return SeeOther.To(SignInEndpoints.UrlFor(target));
        if (await upstreams.FindAsync(provider, ct) is not { Provider: not null } upstream) return Results.NotFound();

        var pending = await requests.FindAsync(target, http);
        var wish = new OidcWish(target, ExternalEndpoints.CompletePath, pending?.Client.ClientId, LoginHint: tickets.Open(ticket) ?? pending?.LoginHint,
            Prompt: pending?.Prompt.Where(prompt => prompt is "login" or "select_account").ToList(), MaxAge: pending?.MaxAge);
        return SeeOther.To(await signIn.BeginAsync(upstream, wish, http, ct));
    }
}
