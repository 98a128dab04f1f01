using System.Net.Http.Headers;
using System.Text.Json;
using IdP.Protocol;
using Microsoft.Extensions.Configuration;

namespace IdP.UI.Playground;

/// <summary>A relying party inside the same process that uses nothing but the public endpoints, as any app would.</summary>
internal sealed class PlaygroundClient(HttpClient http, IConfiguration configuration)
{
    public const string ClientId = "playground";

    private string Issuer => configuration["Issuer"]!.TrimEnd('/'); // checked at start

    public string RedirectUri => Issuer + "/playground/callback";

    public string AuthorizeUrl(PlaygroundRun run) => $"{Issuer}{ProtocolPaths.Authorize}?client_id={ClientId}&response_type=code&redirect_uri={Uri.EscapeDataString(RedirectUri)}"
        + $"&scope={Uri.EscapeDataString("openid profile email api.read offline_access")}&state={run.State}&nonce={run.Nonce}&code_challenge={run.Challenge}&code_challenge_method=S256";

    public string LogoutUrl(PlaygroundRun run) => $"{Issuer}{ProtocolPaths.EndSession}?id_token_hint={run.IdToken}&post_logout_redirect_uri={Uri.EscapeDataString(Issuer + "/playground")}";

    public Task ExchangeAsync(PlaygroundRun run, string code, CancellationToken ct) => TokenAsync(run, new() { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = RedirectUri, ["code_verifier"] = run.Verifier }, ct);

    public async Task RefreshAsync(PlaygroundRun run, CancellationToken ct)
    {
        await TokenAsync(run, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = run.RefreshToken ?? "" }, ct);
        if (run.Error is null) run.Refreshes++;
    }

    private async Task TokenAsync(PlaygroundRun run, Dictionary<string, string> form, CancellationToken ct)
    {
        form["client_id"] = ClientId;
        using var content = new FormUrlEncodedContent(form);
        using var answer = await http.PostAsync(Issuer + ProtocolPaths.Token, content, ct);
        var json = await answer.Content.ReadAsStringAsync(ct);
        run.Error = answer.IsSuccessStatusCode ? null : json;
        if (run.Error is not null) return;

        using var document = JsonDocument.Parse(json);
        run.TokenAnswer = PlaygroundRun.Pretty(json);
        run.AccessToken = Read(document, "access_token");
        run.IdToken = Read(document, "id_token") ?? run.IdToken;
        run.RefreshToken = Read(document, "refresh_token") ?? run.RefreshToken;

        using var request = new HttpRequestMessage(HttpMethod.Get, Issuer + ProtocolPaths.UserInfo) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", run.AccessToken) } };
        using var userInfo = await http.SendAsync(request, ct);
        run.UserInfo = userInfo.IsSuccessStatusCode ? PlaygroundRun.Pretty(await userInfo.Content.ReadAsStringAsync(ct)) : $"HTTP {(int)userInfo.StatusCode}";
    }

    private static string? Read(JsonDocument document, string name) => document.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
}
