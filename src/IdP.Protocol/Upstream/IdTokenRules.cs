using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdP.Protocol.Clients;

namespace IdP.Protocol.Upstream;

/// <summary>What OpenID Connect Core 3.1.3.7 and 3.1.3.8 ask of an ID token besides its signature. Each answer says what is wrong, in a word, or null.</summary>
internal static class IdTokenRules
{
    private const int MaxSubject = 255; // OpenID Connect Core 2
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(60), MaxAge = TimeSpan.FromHours(1);

    public static string? Problem(Assertion token, UpstreamClient client, UpstreamReply reply, string? accessToken, DateTimeOffset now)
    {
        if (!SigningAlgorithms.Supported.Contains(token.Algorithm)) return "alg"; // never none, never with a secret: the public key would be one
        if (token.Type is { } type && !type.Equals("JWT", StringComparison.OrdinalIgnoreCase)) return "typ"; // RFC 8725 3.11
        if (token.Issuer != client.Issuer) return "iss";
        if (token.Subject.Length > MaxSubject || !AbsoluteUri.IsAscii(token.Subject)) return "sub";
        if (!token.Audiences.Contains(client.ClientId)) return "aud";
        var authorized = UpstreamJson.Text(token.Claims, "azp");
        if (token.Claims.TryGetProperty("azp", out _) ? authorized != client.ClientId : token.Audiences.Count > 1) return "azp";
        if (token.ExpiresAt <= now - ClockTolerance) return "exp";
        if (token.IssuedAt is not { } issuedAt || issuedAt > now + ClockTolerance || issuedAt < now - MaxAge) return "iat";
        if (token.NotBefore > now + ClockTolerance) return "nbf";
        if (UpstreamJson.Text(token.Claims, "nonce") is not { } nonce || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(nonce), Encoding.UTF8.GetBytes(reply.Nonce))) return "nonce";
        if (token.Claims.TryGetProperty("at_hash", out var hash) && !IsHashOf(hash, accessToken, token.Algorithm)) return "at_hash";
        return AuthenticationProblem(token, reply, now);
    }

    /// <summary>Core 3.1.2.1: whoever was asked for a new sign-in must say when it was.</summary>
    private static string? AuthenticationProblem(Assertion token, UpstreamReply reply, DateTimeOffset now)
    {
        DateTimeOffset? at = token.Claims.TryGetProperty("auth_time", out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var seconds) && seconds is >= 0 and < 200_000_000_000
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        if (reply.MaxAge is { } maxAge && (at is null || at < now - TimeSpan.FromSeconds(maxAge) - ClockTolerance)) return "auth_time";
        return reply.IsNewSignIn && at < reply.AskedAt - ClockTolerance ? "auth_time" : null;
    }

    private static bool IsHashOf(JsonElement hash, string? accessToken, string algorithm)
    {
        if (hash.ValueKind is not JsonValueKind.String || accessToken is null) return false;
        var bytes = Encoding.ASCII.GetBytes(accessToken);
        var whole = algorithm[2..] switch
        {
            "256" => SHA256.HashData(bytes),
            "384" => SHA384.HashData(bytes),
            _ => SHA512.HashData(bytes),
        };
        return hash.ValueEquals(Base64Url.EncodeToString(whole.AsSpan(0, whole.Length / 2)));
    }
}
