using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Testing;

/// <summary>A valid token changed where validators have gone wrong before: algorithm, key choice, types, structure.</summary>
public static class HostileJwt
{
    private static readonly string[] Algorithms = ["none", "None", "NONE", "", "HS256", "HS512", "RS256", "RS512", "ES256", "ES512", "PS256", "EdDSA", "RSA-OAEP", "dir", "\0"];
    private static readonly string[] Headers = ["kid", "jku", "x5u", "jwk", "x5c", "x5t", "crit", "zip", "b64", "typ", "cty", "enc", "alg", "epk", "apu", "p2c"];
    private static readonly string[] Claims = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "azp", "nonce", "auth_time", "acr", "amr", "sid", "act", "may_act", "cnf", "events", "oi_tkn_id", "oi_au_id", "oi_prst", "token_usage"];
    private static readonly string[] Secrets = ["web-secret", "", "a-secret-that-is-long-enough-for-HS512-because-it-has-more-than-64-bytes"];
    private static readonly string[] Json =
    [
        "null", "true", "0", "-1", "1e999", "99999999999999999999999", "\"\"", "\"x\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "[null]", "[\"a\",1,{}]", "{}", "{\"a\":{\"a\":{\"a\":[]}}}", "\"https://127.0.0.1:1/jwks\"", "\"../../../../dev/null\"",
        "\"x' OR 1=1 --\"", "{\"kty\":\"oct\",\"k\":\"AAAA\"}", "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", "[\"exp\"]", "false", "\"DEF\"", "1.5", "253402300800", "-62135596801", "[\"at+jwt\"]", "\"at+jwt\"", "\"JWT\"", "\"logout+jwt\"",
    ];

    public static string Mutate(string token, Random random)
    {
        var parts = token.Split('.');
        if (parts.Length < 3) return HostileText.Mutate(token, random);
        switch (random.Next(14))
        {
            case 0: return Encode(With(parts[0], "alg", "\"none\"")) + "." + parts[1] + ".";
            case 1: return Encode(With(parts[0], "alg", JsonSerializer.Serialize(Algorithms[random.Next(Algorithms.Length)]))) + "." + string.Join('.', parts[1..]);
            case 2 or 3: return Encode(With(parts[0], Headers[random.Next(Headers.Length)], Json[random.Next(Json.Length)])) + "." + string.Join('.', parts[1..]);
            case 4 or 5: return Signed(With(parts[0], "alg", "\"HS256\""), With(parts[1], Claims[random.Next(Claims.Length)], Json[random.Next(Json.Length)]), random);
            case 6: return string.Join('.', parts[..random.Next(parts.Length)]);
            case 7: return token + "." + parts[random.Next(parts.Length)];
            case 8: return Signed(HostileText.Next(random), HostileText.Next(random), random);
            case 9: return string.Join('.', parts.Select((part, i) => i == parts.Length - 1 ? HostileText.Mutate(part, random) : part));
            case 10: return token.Replace(".", "=.", StringComparison.Ordinal);
            case 11: return Signed(With(parts[0], "alg", "\"HS256\""), new string('[', 3000) + new string(']', 3000), random);
            case 12: return Encode(With(parts[0], "kid", JsonSerializer.Serialize(HostileText.Next(random)))) + "." + string.Join('.', parts[1..]);
            default: return Signed(With(parts[0], "alg", "\"HS256\""), With(parts[1], "aud", "[" + string.Join(',', Enumerable.Range(0, 900).Select(i => i.ToString(CultureInfo.InvariantCulture))) + "]"), random);
        }
    }

    /// <summary>A token signed with a secret that the provider knows, as clients that authenticate with client_secret_jwt send it.</summary>
    public static string Signed(string header, string payload, Random random)
    {
        var input = Encode(header) + "." + Encode(payload);
        return input + "." + WebEncoders.Base64UrlEncode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secrets[random.Next(Secrets.Length)]), Encoding.ASCII.GetBytes(input)));
    }

    private static string Encode(string text) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(text));

    /// <summary>The object with a member replaced; what is no object becomes one.</summary>
    private static string With(string segment, string name, string json)
    {
        try
        {
            var members = JsonNode.Parse(WebEncoders.Base64UrlDecode(segment)) as JsonObject ?? [];
            members.Remove(name);
            var text = members.ToJsonString();
            return text.Length == 2 ? $"{{\"{name}\":{json}}}" : $"{text[..^1]},\"{name}\":{json}}}"; // as text: some of these values are no JSON that a parser would keep
        }
        catch (Exception e) when (e is FormatException or JsonException or ArgumentException or InvalidOperationException)
        {
            return $"{{\"{name}\":{json}}}";
        }
    }
}
