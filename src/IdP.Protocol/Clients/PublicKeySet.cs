using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Clients;

/// <summary>The JWK sets (RFC 7517 5) of clients, APIs and assertion issuers: public RSA and EC keys, nothing else.</summary>
public static class PublicKeySet
{
    private const int MaxLength = 20_000, MaxKeys = 20, MinRsaBits = 2048, MaxRsaBits = 8192;

    /// <summary>What is wrong with a registered set, in a sentence; null when nothing is.</summary>
    public static string? Problem(string jwks)
    {
        if (jwks.Length > MaxLength) return $"A key set has at most {MaxLength} characters.";
        if (Parse(jwks) is not { } keys) return "This is no JWK set (RFC 7517 5).";
        if (keys.Count is 0 or > MaxKeys) return $"A key set has 1 to {MaxKeys} keys.";
        return keys.Select(KeyProblem).FirstOrDefault(problem => problem is not null);
    }

    /// <summary>The keys of a set that can be used; those of other kinds, which a published set may hold as well, are passed over (RFC 7517 5).</summary>
    /// <returns>Null when the text is no JWK set.</returns>
    public static IReadOnlyList<JsonWebKey>? Usable(string jwks) => Parse(jwks) is { } keys ? [.. keys.Where(key => KeyProblem(key) is null).Take(MaxKeys)] : null;

    private static IList<JsonWebKey>? Parse(string jwks)
    {
        try
        {
            using (var document = JsonDocument.Parse(jwks))
                if (document.RootElement.ValueKind is not JsonValueKind.Object || !document.RootElement.TryGetProperty("keys", out var keys) || keys.ValueKind is not JsonValueKind.Array)
                    return null;
            return new JsonWebKeySet(jwks).Keys;
        }
        catch (Exception exception) when (exception is ArgumentException or JsonException or FormatException)
        {
            return null;
        }
    }

    private static string? KeyProblem(JsonWebKey key) => key switch
    {
        // A secret in a registration is a secret no more.
        { HasPrivateKey: true } or { Kty: "oct" } or { K: not null } => "A key set holds public keys only, and this one has a private or secret key: it is compromised, make a new one.",
        { Kty: "RSA" } => RsaProblem(key),
        { Kty: "EC" } => EllipticProblem(key),
        _ => $"Keys of type \"{key.Kty}\" are not supported: RSA and EC are.",
    };

    private static string? RsaProblem(JsonWebKey key)
    {
        if (!Base64Url.IsValid(key.N) || !Base64Url.IsValid(key.E)) return "An RSA key has n and e (RFC 7518 6.3).";
        var (modulus, exponent) = (Base64Url.DecodeFromChars(key.N), Base64Url.DecodeFromChars(key.E));
        if (modulus.AsSpan().TrimStart((byte)0).Length * 8 < MinRsaBits) return $"RSA keys have at least {MinRsaBits} bits.";
        // Long keys and exponents cost whoever verifies with them; e = 1 verifies everything.
        if (modulus.Length * 8 > MaxRsaBits || exponent is not [.., var last] || exponent.Length > 8 || (last & 1) == 0 || exponent is [1])
            return $"This RSA key is unusual: n has at most {MaxRsaBits} bits, e is odd and greater than 1.";
        return IsRefused(() => RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent })) ? "This is no RSA key." : null;
    }

    private static string? EllipticProblem(JsonWebKey key)
    {
        var (curve, size) = key.Crv switch
        {
            "P-256" => (ECCurve.NamedCurves.nistP256, 32),
            "P-384" => (ECCurve.NamedCurves.nistP384, 48),
            "P-521" => (ECCurve.NamedCurves.nistP521, 66),
            _ => default,
        };
        if (size == 0 || !Base64Url.IsValid(key.X) || !Base64Url.IsValid(key.Y)) return "An EC key has crv (P-256, P-384 or P-521), x and y (RFC 7518 6.2).";
        var point = new ECPoint { X = Base64Url.DecodeFromChars(key.X), Y = Base64Url.DecodeFromChars(key.Y) };
        if (point.X.Length != size || point.Y.Length != size) return $"The coordinates of a key on {key.Crv} have {size} bytes (RFC 7518 6.2.1.2).";
        return IsRefused(() => ECDsa.Create(new ECParameters { Curve = curve, Q = point })) ? $"This is no point on {key.Crv}." : null;
    }

    private static bool IsRefused(Func<AsymmetricAlgorithm> import)
    {
        try
        {
            using var key = import();
            return false;
        }
        catch (CryptographicException)
        {
            return true;
        }
    }
}
