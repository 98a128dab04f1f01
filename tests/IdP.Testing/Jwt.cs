using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Testing;

/// <summary>A signed token taken apart with code that shares nothing with the server's.</summary>
public sealed record Jwt(JsonElement Header, JsonElement Payload, string SigningInput, byte[] Signature)
{
    public static Jwt Parse(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3) throw new FormatException($"A signed token has three parts, this has {parts.Length}.");
        return new Jwt(Json(parts[0]), Json(parts[1]), parts[0] + "." + parts[1], WebEncoders.Base64UrlDecode(parts[2]));
    }

    public string? Text(string claim) => Payload.TryGetProperty(claim, out var value) ? value.ToString() : null;

    public DateTimeOffset Instant(string claim) => DateTimeOffset.FromUnixTimeSeconds(Payload.GetProperty(claim).GetInt64());

    /// <summary>Whether a key of the set, chosen by <c>kid</c> and fit for <c>alg</c>, made the signature.</summary>
    public bool IsSignedBy(JsonElement keySet)
    {
        var kid = Header.GetProperty("kid").GetString();
        var key = keySet.GetProperty("keys").EnumerateArray().SingleOrDefault(key => key.GetProperty("kid").GetString() == kid);
        return key.ValueKind is JsonValueKind.Object && Verify(key, Header.GetProperty("alg").GetString()!); // alg is required in a JWS
    }

    private bool Verify(JsonElement key, string algorithm)
    {
        var hash = algorithm[2..] switch
        {
            "256" => HashAlgorithmName.SHA256,
            "384" => HashAlgorithmName.SHA384,
            "512" => HashAlgorithmName.SHA512,
            _ => throw new NotSupportedException($"Algorithm {algorithm}."),
        };
        var input = Encoding.ASCII.GetBytes(SigningInput);
        switch (algorithm[..2], key.GetProperty("kty").GetString())
        {
            case ("RS" or "PS", "RSA"):
                using (var rsa = RSA.Create(new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") }))
                    return rsa.VerifyData(input, Signature, hash, algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
            case ("ES", "EC"):
                var curve = ECCurve.CreateFromFriendlyName(key.GetProperty("crv").GetString()!.Replace("P-", "nistP", StringComparison.Ordinal)); // crv is required in an EC key
                using (var ecdsa = ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") } }))
                    return ecdsa.VerifyData(input, Signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            default:
                return false;
        }
    }

    private static byte[] Bytes(JsonElement key, string name) => WebEncoders.Base64UrlDecode(key.GetProperty(name).GetString()!); // required in a key of its kind

    private static JsonElement Json(string part)
    {
        using var document = JsonDocument.Parse(WebEncoders.Base64UrlDecode(part));
        return document.RootElement.Clone();
    }
}
