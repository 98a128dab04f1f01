using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace IdP.Protocol.Upstream;

/// <summary>What another provider says about itself (OpenID Connect Discovery 1.0, 3; RFC 8414), as far as it is used.</summary>
/// <param name="RequiresPushed">It takes pushed requests only (RFC 9126 5).</param>
/// <param name="NamesIssuer">Its answers carry <c>iss</c> (RFC 9207 3).</param>
internal sealed record UpstreamMetadata(
    string Issuer, string AuthorizationEndpoint, string TokenEndpoint, string JwksUri, string? UserInfoEndpoint, string? PushedRequestEndpoint, bool RequiresPushed, bool NamesIssuer)
{
    private const int MaxLength = 2000;

    /// <summary>Null when the text is no such document, or one whose addresses cannot be used.</summary>
    public static UpstreamMetadata? Read(string json)
    {
        if (UpstreamJson.Read(json) is not { } document) return null;
        var (authorization, token, keys) = (Address(document, "authorization_endpoint"), Address(document, "token_endpoint"), Address(document, "jwks_uri"));
        if (UpstreamJson.Text(document, "issuer") is not { } issuer || authorization is null || token is null || keys is null) return null;
        return new(issuer, authorization, token, keys, Address(document, "userinfo_endpoint"), Address(document, "pushed_authorization_request_endpoint"),
            UpstreamJson.IsTrue(document, "require_pushed_authorization_requests"), UpstreamJson.IsTrue(document, "authorization_response_iss_parameter_supported"));
    }

    private static string? Address(JsonElement document, string name) => UpstreamJson.Text(document, name) is { } text && IsUsable(text) ? text : null;

    /// <summary>Browsers and secrets are sent there: over https, or to this machine.</summary>
    private static bool IsUsable([NotNullWhen(true)] string? text) =>
        text is { Length: <= MaxLength } && !text.Contains('#') && AbsoluteUri.TryParse(text, out var uri) && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback);
}
