using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace WebApp;

#region docs_back-channel-logout
/// <summary>
/// OpenID Connect Back-Channel Logout 1.0: the provider posts a token that says which session is over, or whose sessions all are.
/// Cookies from before it open nothing any more.
/// </summary>
internal sealed class BackChannelLogout(IOptionsMonitor<OpenIdConnectOptions> oidc, IOptionsMonitor<CookieAuthenticationOptions> cookies, IDistributedCache ended, TimeProvider clock, ILogger<BackChannelLogout> logger)
{
    public const string Path = "/signout-backchannel";

    private const string Event = "http://schemas.openid.net/event/backchannel-logout";

    public async Task<IResult> ReceiveAsync(HttpContext context, CancellationToken ct)
    {
        context.Response.Headers.CacheControl = "no-store";
        var token = context.Request.HasFormContentType ? (await context.Request.ReadFormAsync(ct))["logout_token"].ToString() : "";
        if (await ReadAsync(token) is not { } claims) return Results.BadRequest(new { error = "invalid_request", error_description = "This is not a logout token of the provider for this app." });

        var until = new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = cookies.Get(CookieAuthenticationDefaults.AuthenticationScheme).ExpireTimeSpan };
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        await ended.SetStringAsync(claims.TryGetValue("sid", out var sid) ? $"sid {sid}" : $"sub {claims["sub"]}", now, until, ct);
        return Results.Ok();
    }

    /// <summary>For each request with a cookie.</summary>
    public async Task CheckAsync(CookieValidatePrincipalContext context)
    {
        var ct = context.HttpContext.RequestAborted;
        var isOver = await ended.GetStringAsync($"sid {context.Principal?.FindFirstValue("sid")}", ct) is not null
            || await ended.GetStringAsync($"sub {context.Principal?.FindFirstValue("sub")}", ct) is { } since && context.Properties.IssuedUtc?.ToUnixTimeMilliseconds() <= long.Parse(since, CultureInfo.InvariantCulture);
        if (!isOver) return;

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }

    // The checks of section 2.6. A token that comes twice changes nothing, so its "jti" need not be remembered.
    private async Task<IDictionary<string, object>?> ReadAsync(string token)
    {
        var options = oidc.Get(OpenIdConnectDefaults.AuthenticationScheme);
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ConfigurationManager = (BaseConfigurationManager)options.ConfigurationManager!, // set with Authority; gives issuer and keys, and fetches new ones when a key is unknown
            ValidAudience = options.ClientId,
            ValidTypes = ["logout+jwt"],
        });
        var isLogout = result.IsValid
            && result.Claims.TryGetValue("events", out var events) && events is JsonElement { ValueKind: JsonValueKind.Object } list && list.TryGetProperty(Event, out _)
            && !result.Claims.ContainsKey("nonce")
            && (result.Claims.ContainsKey("sid") || result.Claims.ContainsKey("sub"));
        if (!isLogout) Log.LogoutRefused(logger, result.Exception?.Message.Split('\n')[0] ?? "a claim is missing, or one is too many");
        return isLogout ? result.Claims : null;
    }
}
#endregion
