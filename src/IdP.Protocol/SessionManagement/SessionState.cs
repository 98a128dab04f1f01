using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace IdP.Protocol.SessionManagement;

/// <summary>
/// <c>session_state</c> (OpenID Connect Session Management 1.0, 3.2): lets an app ask the frame at <c>check_session_iframe</c> whether the person's session
/// at the provider is still the one its tokens came from, without sending anything over the network.
/// </summary>
internal static class SessionState
{
    public const string Parameter = "session_state";

    /// <summary>Null when the answer goes to no web origin, which could ask nothing.</summary>
    public static string? Of(string clientId, string? redirectUri, string? browserState)
    {
        if (browserState is null || OriginOf(redirectUri) is not { } origin) return null;
        var salt = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12));
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{clientId} {origin} {browserState} {salt}"))) + "." + salt;
    }

    /// <summary>As browsers write it (RFC 6454 6.2).</summary>
    private static string? OriginOf(string? uri)
    {
        if (!AbsoluteUri.TryParse(uri, out var parsed) || parsed.Scheme != Uri.UriSchemeHttps && parsed.Scheme != Uri.UriSchemeHttp) return null;
        var host = parsed.HostNameType is UriHostNameType.IPv6 ? parsed.Host : parsed.IdnHost;
        return $"{parsed.Scheme}://{host}{(parsed.IsDefaultPort ? "" : $":{parsed.Port}")}";
    }
}
