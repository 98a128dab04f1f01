using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Testing;

/// <summary>A key of somebody who is not the provider: signs JWTs with code that shares nothing with the server's.</summary>
public sealed class TestKey
{
    private readonly RSAParameters? rsa;
    private readonly ECParameters? elliptic;
    private readonly byte[]? secret;

    private TestKey(string? keyId, RSAParameters? rsa, ECParameters? elliptic, byte[]? secret) => (KeyId, this.rsa, this.elliptic, this.secret) = (keyId, rsa, elliptic, secret);

    public string? KeyId { get; }

    public static TestKey Rsa(string? keyId = null, int bits = 2048)
    {
        using var key = RSA.Create(bits);
        return new(keyId, key.ExportParameters(true), null, null);
    }

    /// <param name="bits">256, 384 or 521.</param>
    public static TestKey Elliptic(string? keyId = null, int bits = 256)
    {
        using var key = ECDsa.Create(CurveOf(bits));
        return new(keyId, null, key.ExportParameters(true), null);
    }

    public static TestKey Hmac(string secret) => new(null, null, null, Encoding.UTF8.GetBytes(secret));

    public static TestKey Hmac(byte[] secret) => new(null, null, null, secret);

    /// <summary>The public half as a JWK (RFC 7517).</summary>
    public JsonObject ToJwk(string? use = null, string? algorithm = null)
    {
        var jwk = new JsonObject();
        if (rsa is { } modulus)
            (jwk["kty"], jwk["n"], jwk["e"]) = ("RSA", Text(modulus.Modulus!), Text(modulus.Exponent!)); // every RSA key has them
        else if (elliptic is { } point)
            (jwk["kty"], jwk["crv"], jwk["x"], jwk["y"]) = ("EC", point.Q.X!.Length switch { 32 => "P-256", 48 => "P-384", _ => "P-521" }, Text(point.Q.X), Text(point.Q.Y!)); // every EC key has them
        else
            throw new InvalidOperationException("A secret has no public half.");
        foreach (var (name, value) in new[] { ("kid", KeyId), ("use", use), ("alg", algorithm) })
            if (value is not null) jwk[name] = value;
        return jwk;
    }

    /// <summary>The public half as PEM, as attackers on confused verifiers use it.</summary>
    public string ToPem()
    {
        using AsymmetricAlgorithm key = rsa is { } parameters ? RSA.Create(parameters) : ECDsa.Create(elliptic!.Value); // an asymmetric key is one or the other
        return key.ExportSubjectPublicKeyInfoPem();
    }

    /// <summary>A JWK set of the public halves.</summary>
    public static string Set(params IEnumerable<TestKey> keys) => new JsonObject { ["keys"] = new JsonArray([.. keys.Select(key => key.ToJwk())]) }.ToJsonString();

    /// <summary>A JWS in compact form (RFC 7515), whatever sense its content makes.</summary>
    /// <param name="header">More header members; null takes one away.</param>
    public string Sign(string algorithm, IEnumerable<KeyValuePair<string, object?>> claims, IEnumerable<KeyValuePair<string, object?>>? header = null)
    {
        var all = new Dictionary<string, object?> { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (KeyId is not null) all["kid"] = KeyId;
        foreach (var (name, value) in header ?? [])
            if (value is null) all.Remove(name);
            else all[name] = value;
        return SignText(algorithm, JsonSerializer.Serialize(all), JsonSerializer.Serialize(new Dictionary<string, object?>(claims)));
    }

    /// <summary>As <see cref="Sign"/>, with header and claims as they shall stand there.</summary>
    public string SignText(string algorithm, string header, string claims)
    {
        var input = Text(Encoding.UTF8.GetBytes(header)) + "." + Text(Encoding.UTF8.GetBytes(claims));
        return input + "." + Text(Signature(algorithm, Encoding.ASCII.GetBytes(input)));
    }

    private byte[] Signature(string algorithm, byte[] input)
    {
        var hash = algorithm[2..] switch
        {
            "256" => HashAlgorithmName.SHA256,
            "384" => HashAlgorithmName.SHA384,
            "512" => HashAlgorithmName.SHA512,
            _ => throw new NotSupportedException($"Algorithm {algorithm}."),
        };
        switch (algorithm[..2])
        {
            case "RS" or "PS":
                using (var key = RSA.Create(rsa!.Value)) // the test chose a key that fits
                    return key.SignData(input, hash, algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
            case "ES":
                using (var key = ECDsa.Create(elliptic!.Value)) // likewise
                    return key.SignData(input, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            case "HS":
                using (var hmac = IncrementalHash.CreateHMAC(hash, secret!)) // likewise
                {
                    hmac.AppendData(input);
                    return hmac.GetHashAndReset();
                }
            default:
                throw new NotSupportedException($"Algorithm {algorithm}.");
        }
    }

    private static ECCurve CurveOf(int bits) => bits switch
    {
        256 => ECCurve.NamedCurves.nistP256,
        384 => ECCurve.NamedCurves.nistP384,
        521 => ECCurve.NamedCurves.nistP521,
        _ => throw new NotSupportedException($"P-{bits}."),
    };

    private static string Text(byte[] bytes) => WebEncoders.Base64UrlEncode(bytes);
}
