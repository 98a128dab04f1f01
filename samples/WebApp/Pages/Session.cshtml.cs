using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.IdentityModel.JsonWebTokens;

namespace WebApp.Pages;

[Authorize]
internal sealed class SessionModel(Tokens tokens, IHttpClientFactory clients, ILogger<SessionModel> logger) : PageModel
{
    public string? UserName { get; private set; }
    public string? TokenId { get; private set; }
    public DateTimeOffset ExpiresAt { get; private set; }
    public string? ApiResult { get; private set; }

    public Task OnGetAsync() => ShowAsync();

    #region docs_call-api
    public async Task<IActionResult> OnGetApiAsync(CancellationToken ct)
    {
        if (await tokens.GetAccessTokenAsync(HttpContext) is not { } accessToken) return await SessionEndedAsync();

        using var request = new HttpRequestMessage(HttpMethod.Get, "/weather");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        ApiResult = await SendAsync(request, ct);
        await ShowAsync();
        return Page();
    }
    #endregion

    public async Task<IActionResult> OnPostRefreshAsync() =>
        await tokens.RefreshAsync(HttpContext) is null ? await SessionEndedAsync() : RedirectToPage("/Session", new { handler = "" });

    #region docs_sign-out
    public async Task<IActionResult> OnPostSignOutAsync()
    {
        await tokens.RevokeAsync(HttpContext);
        // The first scheme ends the session here, the second sends the browser to the provider to end it there.
        return SignOut(new AuthenticationProperties { RedirectUri = "/" },
            CookieAuthenticationDefaults.AuthenticationScheme, OpenIdConnectDefaults.AuthenticationScheme);
    }
    #endregion

    private async Task<string> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        try
        {
            using var response = await clients.CreateClient("api").SendAsync(request, ct);
            return response.IsSuccessStatusCode
                ? await response.Content.ReadAsStringAsync(ct)
                : $"{(int)response.StatusCode} {response.ReasonPhrase} {response.Headers.WwwAuthenticate}";
        }
        catch (HttpRequestException e)
        {
            Log.ApiUnreachable(logger, e.Message);
            return "The API does not answer.";
        }
    }

    private async Task<IActionResult> SessionEndedAsync()
    {
        await HttpContext.SignOutAsync();
        return RedirectToPage("/Index", new { problem = "ended" });
    }

    private async Task ShowAsync()
    {
        UserName = User.Identity?.Name ?? User.FindFirstValue("preferred_username") ?? User.FindFirstValue("sub");
        ExpiresAt = await Tokens.GetExpiryAsync(HttpContext);
        TokenId = IdentifierOf((await HttpContext.GetTokenAsync("access_token"))!); // the session began with one
    }

    // To show that a refresh gives another token. An app has no business inside its access token, which is for the API.
    private static string IdentifierOf(string accessToken) => accessToken.Count(c => c == '.') == 2
        ? new JsonWebToken(accessToken).Id
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)))[..16];
}
