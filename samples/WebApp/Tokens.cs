using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace WebApp;

/// <summary>The tokens in the session cookie: gives out the access token, renews it, revokes the refresh token.</summary>
internal sealed class Tokens(IOptionsMonitor<OpenIdConnectOptions> oidc, IMemoryCache cache, TimeProvider clock, ILogger<Tokens> logger)
{
    private OpenIdConnectOptions Options => oidc.Get(OpenIdConnectDefaults.AuthenticationScheme);

    #region docs_access-token
    /// <returns>null when the provider has ended the session: the person has to sign in again.</returns>
    public async Task<string?> GetAccessTokenAsync(HttpContext context)
    {
        if (await GetExpiryAsync(context) - clock.GetUtcNow() < TimeSpan.FromSeconds(30)) return await RefreshAsync(context);

        return await context.GetTokenAsync("access_token");
    }

    public static async Task<DateTimeOffset> GetExpiryAsync(HttpContext context) =>
        DateTimeOffset.Parse((await context.GetTokenAsync("expires_at"))!, CultureInfo.InvariantCulture); // written by SaveTokens
    #endregion

    #region docs_refresh
    public async Task<string?> RefreshAsync(HttpContext context)
    {
        var session = await context.AuthenticateAsync();
        if (session.Properties?.GetTokenValue("refresh_token") is not { } refreshToken) return null;

        var answer = await UseOnceAsync(refreshToken);
        if (answer.AccessToken is null) return null;

        session.Properties.UpdateTokenValue("access_token", answer.AccessToken);
        session.Properties.UpdateTokenValue("refresh_token", answer.RefreshToken ?? refreshToken); // every use gives a new one
        session.Properties.UpdateTokenValue("expires_at", answer.Parameters["expires_at"]);
        await context.SignInAsync(session.Principal!, session.Properties); // a session with properties has a principal
        return answer.AccessToken;
    }

    // A refresh token works once, and its second use revokes the whole family (RFC 9700 4.14.2). Two tabs or a double click
    // send the same cookie twice, so requests that come together share one answer.
    private async Task<OpenIdConnectMessage> UseOnceAsync(string refreshToken)
    {
        Lazy<Task<OpenIdConnectMessage>> answer;
        lock (cache)
        {
            answer = cache.GetOrCreate(refreshToken, entry =>
            {
                entry.AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(30);
                return new Lazy<Task<OpenIdConnectMessage>>(() => ExchangeAsync(refreshToken));
            })!; // the factory never gives null
        }

        try
        {
            return await answer.Value;
        }
        catch
        {
            cache.Remove(refreshToken); // not answered, so not used: the next request may try again
            throw;
        }
    }

    private async Task<OpenIdConnectMessage> ExchangeAsync(string refreshToken)
    {
        var metadata = await Options.ConfigurationManager!.GetConfigurationAsync(CancellationToken.None); // set with Authority
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["refresh_token"] = refreshToken,
        });
        using var response = await Options.Backchannel.PostAsync(metadata.TokenEndpoint, form);
        if (response.Content.Headers.ContentType?.MediaType != "application/json") response.EnsureSuccessStatusCode();

        var answer = new OpenIdConnectMessage(await response.Content.ReadAsStringAsync());
        if (answer.Error is not null) Log.RefreshRefused(logger, answer.Error);
        if (answer.Error is not (null or "invalid_grant")) throw new HttpRequestException($"The token endpoint answered {answer.Error}.");
        if (answer.AccessToken is not null)
        {
            var lifetime = TimeSpan.FromSeconds(int.Parse(answer.ExpiresIn, CultureInfo.InvariantCulture));
            answer.Parameters["expires_at"] = (clock.GetUtcNow() + lifetime).ToString("o", CultureInfo.InvariantCulture);
        }

        return answer;
    }
    #endregion

    #region docs_revoke
    /// <summary>Ends the app's access at the provider too. A failure is logged, because it must not keep anybody signed in here.</summary>
    public async Task RevokeAsync(HttpContext context)
    {
        if (await context.GetTokenAsync("refresh_token") is not { } refreshToken) return;

        try
        {
            var metadata = await Options.ConfigurationManager!.GetConfigurationAsync(CancellationToken.None); // set with Authority
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["token"] = refreshToken,
                ["token_type_hint"] = "refresh_token",
            });
            using var response = await Options.Backchannel.PostAsync(metadata.RevocationEndpoint, form);
            response.EnsureSuccessStatusCode();
        }
        catch (Exception e) when (e is HttpRequestException or InvalidOperationException)
        {
            Log.RevocationFailed(logger, e.GetBaseException().Message);
        }
    }
    #endregion
}
