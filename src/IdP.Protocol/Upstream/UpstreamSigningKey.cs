using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Protocol.Clients;

namespace IdP.Protocol.Upstream;

/// <summary>The key by which this provider authenticates at one other provider (<c>private_key_jwt</c>) and at nobody else.</summary>
/// <param name="Algorithm">One of <see cref="Algorithms"/>.</param>
/// <param name="Pkcs8">The private key.</param>
public sealed record UpstreamSigningKey(string Algorithm, string KeyId, byte[] Pkcs8)
{
    private const int RsaBits = 2048;
    private static readonly TimeSpan AssertionLifetime = TimeSpan.FromMinutes(1);

    public static IReadOnlyList<string> Algorithms { get; } = [SigningAlgorithms.ES256, SigningAlgorithms.RS256, SigningAlgorithms.PS256];

    public static UpstreamSigningKey Create(string algorithm)
    {
        using AsymmetricAlgorithm key = algorithm == SigningAlgorithms.ES256 ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : RSA.Create(RsaBits);
        return new(algorithm, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), key.ExportPkcs8PrivateKey());
    }

    /// <summary>The public half as a JWK set (RFC 7517), for the other provider.</summary>
    public JsonObject ToPublicSet()
    {
        var jwk = new JsonObject { ["kid"] = KeyId, ["use"] = "sig", ["alg"] = Algorithm };
        if (Algorithm == SigningAlgorithms.ES256)
            using (var key = Elliptic())
            {
                var point = key.ExportParameters(includePrivateParameters: false).Q;
                (jwk["kty"], jwk["crv"], jwk["x"], jwk["y"]) = ("EC", "P-256", Text(point.X!), Text(point.Y!)); // every point has both
            }
        else
            using (var key = Rsa())
            {
                var numbers = key.ExportParameters(includePrivateParameters: false);
                (jwk["kty"], jwk["n"], jwk["e"]) = ("RSA", Text(numbers.Modulus!), Text(numbers.Exponent!)); // every RSA key has both
            }
        return new JsonObject { ["keys"] = new JsonArray(jwk) };
    }

    internal string SignAssertion(string clientId, string audience, DateTimeOffset now)
    {
        var header = new Dictionary<string, object> { ["alg"] = Algorithm, ["typ"] = "JWT", ["kid"] = KeyId };
        var claims = new Dictionary<string, object>
        {
            ["iss"] = clientId,
            ["sub"] = clientId,
            ["aud"] = audience,
            ["jti"] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + AssertionLifetime).ToUnixTimeSeconds(),
        };
        var input = $"{Text(JsonSerializer.SerializeToUtf8Bytes(header))}.{Text(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{input}.{Text(Sign(Encoding.ASCII.GetBytes(input)))}";
    }

    private byte[] Sign(byte[] input)
    {
        if (Algorithm == SigningAlgorithms.ES256)
            using (var key = Elliptic()) return key.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        using (var key = Rsa()) return key.SignData(input, HashAlgorithmName.SHA256, Algorithm == SigningAlgorithms.PS256 ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }

    private ECDsa Elliptic()
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Pkcs8, out _);
        return key;
    }

    private RSA Rsa()
    {
        var key = RSA.Create();
        key.ImportPkcs8PrivateKey(Pkcs8, out _);
        return key;
    }

    private static string Text(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
