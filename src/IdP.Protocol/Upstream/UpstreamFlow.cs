using System.Text.Json;
using IdP.Protocol.Clients;
using IdP.Protocol.Outbound;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Upstream;

/// <summary>
/// This provider as a client of another: the authorization code flow with PKCE (OpenID Connect Core 3.1, RFC 9700). Whatever the other side answers, nothing here throws; what is wrong is said
/// in a word.
/// </summary>
public sealed class UpstreamFlow
{
    private const int MaxTokenLength = 16_384;

    private readonly OutboundHttp http;
    private readonly UpstreamDiscovery discovery;
    private readonly UpstreamKeys keys;
    private readonly TimeProvider clock;

    internal UpstreamFlow(OutboundHttp http, UpstreamDiscovery discovery, UpstreamKeys keys, TimeProvider clock) => (this.http, this.discovery, this.keys, this.clock) = (http, discovery, keys, clock);

    /// <summary>The address to send the browser to.</summary>
    /// <param name="push">Sends the request ahead where that is offered (RFC 9126).</param>
    public async Task<UpstreamAnswer<string>> BeginAsync(UpstreamClient client, IReadOnlyList<KeyValuePair<string, string>> request, bool push, CancellationToken ct)
    {
        if (await discovery.FindAsync(client.Issuer, ct) is not { } metadata) return new(null, "metadata");
        List<KeyValuePair<string, string>> all = [new("response_type", "code"), .. request];
        if (metadata.PushedRequestEndpoint is not { } endpoint || !push && !metadata.RequiresPushed) return new(AddressOf(metadata, [new("client_id", client.ClientId), .. all]), null);

        if (client.AuthenticationMethod == ClientAuthenticationMethods.ClientSecretBasic) all.Add(new("client_id", client.ClientId)); // the others send it as their authentication
        var header = client.Authenticate(all, clock.GetUtcNow());
        var answer = await http.PostForJsonAsync(endpoint, all, header, ct);
        if (!answer.IsJson || UpstreamJson.Read(answer.Body) is not { } pushed || UpstreamJson.Text(pushed, "request_uri") is not { Length: > 0 and <= 1000 } uri) return new(null, "par: " + answer.Summary);
        return new(AddressOf(metadata, [new("client_id", client.ClientId), new("request_uri", uri)]), null);
    }

    /// <summary>Redeems a code and checks all that comes with it.</summary>
    /// <param name="wanted">Claims for which the userinfo endpoint is asked when the ID token lacks one.</param>
    public async Task<UpstreamAnswer<UpstreamPerson>> RedeemAsync(UpstreamClient client, UpstreamReply reply, IReadOnlyList<string> wanted, CancellationToken ct)
    {
        if (await discovery.FindAsync(client.Issuer, ct) is not { } metadata) return new(null, "metadata");
        // RFC 9207 2.4: the answer of another provider must not be taken here.
        if (reply.Issuer is { } issuer ? issuer != client.Issuer : metadata.NamesIssuer) return new(null, "response iss");

        List<KeyValuePair<string, string>> form = [new("grant_type", "authorization_code"), new("code", reply.Code), new("redirect_uri", reply.RedirectUri), new("code_verifier", reply.Verifier)];
        var header = client.Authenticate(form, clock.GetUtcNow());
        var answer = await http.PostForJsonAsync(metadata.TokenEndpoint, form, header, ct);
        if (!answer.IsJson || UpstreamJson.Read(answer.Body) is not { } tokens) return new(null, "token endpoint: " + answer.Summary);
        if (UpstreamJson.Text(tokens, "id_token") is not { } idToken || Assertion.Parse(idToken) is not { } token) return new(null, "id_token");
        var accessToken = AccessTokenOf(tokens);
        if (IdTokenRules.Problem(token, client, reply, accessToken, clock.GetUtcNow()) is { } problem) return new(null, problem);
        if (!await keys.HaveSignedAsync(metadata.JwksUri, token, ct)) return new(null, "signature");

        if (metadata.UserInfoEndpoint is null || accessToken is null || wanted.All(claim => token.Claims.TryGetProperty(claim, out _))) return new(new(token.Subject, token.Claims, null), null);
        var more = await http.GetJsonAsync(metadata.UserInfoEndpoint, new("Authorization", "Bearer " + accessToken), ct);
        if (!more.IsJson || UpstreamJson.Read(more.Body) is not { } userInfo) return new(null, "userinfo: " + more.Summary);
        // OpenID Connect Core 5.3.2: the access token may have been exchanged for somebody else's.
        return UpstreamJson.Text(userInfo, "sub") == token.Subject ? new(new(token.Subject, token.Claims, userInfo), null) : new(null, "userinfo sub");
    }

    /// <summary>A bearer token that can stand in a header; null for anything else.</summary>
    private static string? AccessTokenOf(JsonElement tokens) =>
        UpstreamJson.Text(tokens, "access_token") is { Length: > 0 and <= MaxTokenLength } token && AbsoluteUri.IsAscii(token) && "Bearer".Equals(UpstreamJson.Text(tokens, "token_type"), StringComparison.OrdinalIgnoreCase) ? token : null;

    private static string AddressOf(UpstreamMetadata metadata, IEnumerable<KeyValuePair<string, string>> parameters) =>
        QueryHelpers.AddQueryString(metadata.AuthorizationEndpoint, parameters.Select(p => KeyValuePair.Create(p.Key, (string?)p.Value)));
}
