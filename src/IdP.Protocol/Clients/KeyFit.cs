using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Clients;

/// <summary>Which keys of a set a JOSE header can mean (RFC 7517 4, RFC 7518 3.1 and 4.1).</summary>
internal static class KeyFit
{
    /// <summary>The keys that may have made a signature: those with its <c>kid</c>, or else those that carry none.</summary>
    public static IReadOnlyList<JsonWebKey> ForVerification(IReadOnlyList<JsonWebKey> keys, string? kid, string algorithm)
    {
        List<JsonWebKey> fitting = [.. keys.Where(key => Verifies(key, algorithm))];
        if (kid is null) return fitting;
        return fitting.FindAll(key => key.Kid == kid) is { Count: > 0 } named ? named : fitting.FindAll(key => string.IsNullOrEmpty(key.Kid));
    }

    /// <summary>The first key to encrypt to, one that was made for nothing else before one of general use.</summary>
    public static JsonWebKey? ForEncryption(IReadOnlyList<JsonWebKey> keys, string algorithm) =>
        keys.Where(key => Encrypts(key, algorithm)).OrderBy(key => key.Use == "enc" ? 0 : 1).ThenBy(key => key.Alg == algorithm ? 0 : 1).FirstOrDefault();

    private static bool Verifies(JsonWebKey key, string algorithm) =>
        key.Use is null or "" or "sig" && (key.KeyOps.Count == 0 || key.KeyOps.Contains("verify")) && IsFor(key, algorithm) && algorithm switch
        {
            "RS256" or "RS384" or "RS512" or "PS256" or "PS384" or "PS512" => key.Kty == "RSA",
            "ES256" => key is { Kty: "EC", Crv: "P-256" },
            "ES384" => key is { Kty: "EC", Crv: "P-384" },
            "ES512" => key is { Kty: "EC", Crv: "P-521" },
            _ => false,
        };

    private static bool Encrypts(JsonWebKey key, string algorithm) =>
        key.Use is null or "" or "enc" && (key.KeyOps.Count == 0 || key.KeyOps.Any(use => use is "encrypt" or "wrapKey" or "deriveKey" or "deriveBits")) && IsFor(key, algorithm)
        && key.Kty == (algorithm.StartsWith("RSA", StringComparison.Ordinal) ? "RSA" : algorithm.StartsWith("ECDH", StringComparison.Ordinal) ? "EC" : "");

    private static bool IsFor(JsonWebKey key, string algorithm) => string.IsNullOrEmpty(key.Alg) || key.Alg == algorithm;
}
