using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Testing;

/// <summary>A client application as the tests play it: builds the requests and reads the answers, and adds nothing a real one would not send.</summary>
public sealed class RelyingParty(Uri issuer, string clientId, string? clientSecret = null, string? redirectUri = null) : IDisposable
{
    private const int MaxPages = 6;

    public HttpClient Http { get; } = TestHttp.Create(issuer);

    public string ClientId => clientId;

    public string RedirectUri => redirectUri ?? throw new InvalidOperationException($"The client {clientId} was given no redirect URI.");

    /// <summary>A well-formed code request with PKCE; a parameter given again replaces it, with null removes it.</summary>
    public AuthorizationRequest NewRequest(string scope, params IEnumerable<KeyValuePair<string, string?>> changes)
    {
        var pkce = Pkce.Create();
        var parameters = new Dictionary<string, string?>
        {
            ["client_id"] = clientId,
            ["response_type"] = "code",
            ["redirect_uri"] = RedirectUri,
            ["scope"] = scope,
            ["state"] = Random(),
            ["nonce"] = Random(),
            ["code_challenge"] = pkce.Challenge,
            ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in changes) parameters[name] = value;
        return new AuthorizationRequest(QueryHelpers.AddQueryString("/connect/authorize", parameters), parameters.GetValueOrDefault("state"), parameters.GetValueOrDefault("nonce"), pkce.Verifier);
    }

    /// <summary>Sends the request ahead (RFC 9126) and leaves to the browser what stands for it; a parameter given again replaces it, with null removes it.</summary>
    public async Task<PushedRequest> PushAsync(string scope, params IEnumerable<KeyValuePair<string, string?>> changes)
    {
        var request = NewRequest(scope, changes);
        var parameters = QueryHelpers.ParseQuery(new Uri(Http.BaseAddress!, request.Url).Query).SelectMany(p => p.Value, (p, value) => KeyValuePair.Create(p.Key, value ?? "")); // made with an address
        var answer = await PostAsync("/connect/par", clientSecret is null ? parameters.Where(p => p.Key != "client_id") : parameters);
        return new PushedRequest(answer, request with { Url = QueryHelpers.AddQueryString("/connect/authorize", new Dictionary<string, string?> { ["client_id"] = clientId, ["request_uri"] = answer.Text("request_uri") }) });
    }

    /// <summary>
    /// Sends the request and answers the pages on the way (sign-in with the given account, consent with yes) until the browser is sent back to the client.
    /// </summary>
    public async Task<AuthorizationAnswer> AuthorizeAsync(
        BrowserClient browser, string scope, TestUser? user = null, params IEnumerable<KeyValuePair<string, string?>> changes)
    {
        return await AuthorizeAsync(browser, NewRequest(scope, changes), user);
    }

    public async Task<AuthorizationAnswer> AuthorizeAsync(BrowserClient browser, AuthorizationRequest request, TestUser? user = null)
    {
        var page = await browser.OpenAsync(request.Url);
        for (var pages = 0; pages < MaxPages; pages++)
        {
            if (page.IsRedirect && page.Location!.AbsoluteUri.StartsWith(RedirectUri, StringComparison.Ordinal)) // a redirect has a location
                return new AuthorizationAnswer(request, page.LocationParameters);
            if (page.Forms.FirstOrDefault(form => form.Action.AbsoluteUri == RedirectUri) is { } back) // response_mode=form_post
                return new AuthorizationAnswer(request, back.Fields.ToDictionary(field => field.Name, field => field.Value));
            if (user is not null && page.Forms.Any(form => form.Has("username") || form.Has("password"))) page = await browser.FollowAsync(await browser.SignInAsync(page, user.UserName, user.Password));
            else if (page.Forms.Any(form => form.Buttons.Any(button => button.Name == "decision"))) page = await browser.FollowAsync(await browser.ConsentAsync(page));
            else break;
        }

        throw new InvalidOperationException($"The browser was not sent back to {RedirectUri}; it shows {page.Url} ({(int)page.Status}, to {page.Location}):{Environment.NewLine}{page.Body}");
    }

    public async Task<TokenAnswer> ExchangeCodeAsync(AuthorizationAnswer answer) => await TokenAsync(
    [
        new("grant_type", "authorization_code"), new("code", answer.Code), new("redirect_uri", RedirectUri), new("code_verifier", answer.Request.Verifier),
    ]);

    public async Task<TokenAnswer> RefreshAsync(string refreshToken, params IEnumerable<KeyValuePair<string, string>> more) =>
        await TokenAsync([new("grant_type", "refresh_token"), new("refresh_token", refreshToken), .. more]);

    public async Task<TokenAnswer> ClientCredentialsAsync(string scope) =>
        await TokenAsync([new("grant_type", "client_credentials"), new("scope", scope)]);

    /// <summary>Authorize and exchange in one step, for tests about what comes after.</summary>
    public async Task<TokenAnswer> SignInAsync(BrowserClient browser, string scope, TestUser user) =>
        (await ExchangeCodeAsync(await AuthorizeAsync(browser, scope, user))).Expected();

    public async Task<TokenAnswer> TokenAsync(IEnumerable<KeyValuePair<string, string>> form) => await PostAsync("/connect/token", form);

    public async Task<TokenAnswer> IntrospectAsync(string token) => await PostAsync("/connect/introspect", [new("token", token)]);

    public async Task<TokenAnswer> RevokeAsync(string token) => await PostAsync("/connect/revocation", [new("token", token)]);

    public async Task<TokenAnswer> UserInfoAsync(string accessToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/connect/userinfo") { Headers = { Authorization = new("Bearer", accessToken) } };
        return await TokenAnswer.ReadAsync(await Http.SendAsync(request));
    }

    public async Task<JsonElement> KeySetAsync()
    {
        using var document = JsonDocument.Parse(await Http.GetStringAsync("/.well-known/openid-configuration/jwks"));
        return document.RootElement.Clone();
    }

    /// <summary>A form post with this client's authentication: basic when it has a secret, otherwise only its id.</summary>
    public async Task<TokenAnswer> PostAsync(string path, IEnumerable<KeyValuePair<string, string>> form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(clientSecret is null ? [.. form, new("client_id", clientId)] : form),
        };
        if (clientSecret is not null) request.Headers.Authorization = Basic(clientId, clientSecret);
        return await TokenAnswer.ReadAsync(await Http.SendAsync(request));
    }

    /// <summary>RFC 6749 2.3.1: both halves are form-url-encoded first.</summary>
    public static AuthenticationHeaderValue Basic(string clientId, string secret) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.EscapeDataString(clientId) + ":" + Uri.EscapeDataString(secret))));

    public void Dispose() => Http.Dispose();

    private static string Random() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(16));
}

public sealed record AuthorizationRequest(string Url, string? State, string? Nonce, string Verifier);

/// <param name="Answer">What the endpoint said.</param>
/// <param name="Request">The request as the browser carries it.</param>
public sealed record PushedRequest(TokenAnswer Answer, AuthorizationRequest Request);

/// <summary>The parameters that came back to the redirect URI.</summary>
public sealed record AuthorizationAnswer(AuthorizationRequest Request, IReadOnlyDictionary<string, string> Parameters)
{
    public string? Error => Parameters.GetValueOrDefault("error");

    public string Code => Parameters.GetValueOrDefault("code")
        ?? throw new InvalidOperationException("No code came back, but " + string.Join(", ", Parameters.Select(pair => $"{pair.Key}={pair.Value}")));
}

public sealed record TestUser(string UserName, string Password);
