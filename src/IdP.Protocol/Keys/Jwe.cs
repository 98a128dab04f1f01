using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Keys;

/// <summary>
/// Encrypts to somebody's public key: JWE compact serialization (RFC 7516 7.1) with the algorithms of RFC 7518 4 and 5. The engine's library sends no
/// <c>epk</c> for ECDH-ES and has no GCM.
/// </summary>
internal static class Jwe
{
    private const int GcmNonceBytes = 12, GcmTagBytes = 16;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="contentType"><c>JWT</c> when the text is a signed JWT (RFC 7519 5.2).</param>
    public static string Encrypt(string text, JsonWebKey recipient, string algorithm, string content, string? contentType)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["enc"] = content };
        if (!string.IsNullOrEmpty(recipient.Kid)) header["kid"] = recipient.Kid;
        if (contentType is not null) header["cty"] = contentType;

        var contentKey = RandomNumberGenerator.GetBytes(KeyBytesOf(content));
        var encryptedKey = algorithm switch
        {
            "RSA-OAEP" => EncryptKey(recipient, contentKey, RSAEncryptionPadding.OaepSHA1),
            "RSA-OAEP-256" => EncryptKey(recipient, contentKey, RSAEncryptionPadding.OaepSHA256),
            "ECDH-ES+A128KW" => AgreeAndWrap(recipient, contentKey, algorithm, 16, header),
            "ECDH-ES+A256KW" => AgreeAndWrap(recipient, contentKey, algorithm, 32, header),
            _ => throw new NotSupportedException($"There is no key management algorithm {algorithm}."),
        };
        var protectedHeader = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, Plain));
        var (iv, ciphertext, tag) = content.EndsWith("GCM", StringComparison.Ordinal)
            ? EncryptGcm(contentKey, Encoding.UTF8.GetBytes(text), Encoding.ASCII.GetBytes(protectedHeader))
            : EncryptCbc(contentKey, Encoding.UTF8.GetBytes(text), Encoding.ASCII.GetBytes(protectedHeader));
        return string.Join('.', protectedHeader, Base64Url.EncodeToString(encryptedKey), Base64Url.EncodeToString(iv), Base64Url.EncodeToString(ciphertext), Base64Url.EncodeToString(tag));
    }

    private static int KeyBytesOf(string content) => content switch
    {
        "A128GCM" => 16,
        "A192GCM" => 24,
        "A256GCM" or "A128CBC-HS256" => 32,
        "A192CBC-HS384" => 48,
        "A256CBC-HS512" => 64,
        _ => throw new NotSupportedException($"There is no content encryption {content}."),
    };

    private static byte[] EncryptKey(JsonWebKey recipient, byte[] contentKey, RSAEncryptionPadding padding)
    {
        using var rsa = RSA.Create(new RSAParameters { Modulus = Base64Url.DecodeFromChars(recipient.N), Exponent = Base64Url.DecodeFromChars(recipient.E) });
        return rsa.Encrypt(contentKey, padding);
    }

    /// <summary>RFC 7518 4.6: a fresh key pair, the Concat KDF of NIST SP 800-56A (one round of SHA-256 gives what these algorithms need), then AES key wrap.</summary>
    private static byte[] AgreeAndWrap(JsonWebKey recipient, byte[] contentKey, string algorithm, int wrappingBytes, JsonObject header)
    {
        var curve = recipient.Crv switch
        {
            JsonWebKeyECTypes.P256 => ECCurve.NamedCurves.nistP256,
            JsonWebKeyECTypes.P384 => ECCurve.NamedCurves.nistP384,
            _ => ECCurve.NamedCurves.nistP521,
        };
        using var theirs = ECDiffieHellman.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = Base64Url.DecodeFromChars(recipient.X), Y = Base64Url.DecodeFromChars(recipient.Y) } });
        using var ephemeral = ECDiffieHellman.Create(curve);
        var point = ephemeral.ExportParameters(includePrivateParameters: false).Q;
        header["epk"] = new JsonObject { ["kty"] = "EC", ["crv"] = recipient.Crv, ["x"] = Base64Url.EncodeToString(point.X), ["y"] = Base64Url.EncodeToString(point.Y) };

        // AlgorithmID, then empty PartyUInfo and PartyVInfo, each behind its length, and the length of the key in bits.
        var name = Encoding.ASCII.GetBytes(algorithm);
        var info = new byte[4 + name.Length + 4 + 4 + 4];
        BinaryPrimitives.WriteInt32BigEndian(info, name.Length);
        name.CopyTo(info, 4);
        BinaryPrimitives.WriteInt32BigEndian(info.AsSpan(info.Length - 4), wrappingBytes * 8);
        var wrappingKey = ephemeral.DeriveKeyFromHash(theirs.PublicKey, HashAlgorithmName.SHA256, [0, 0, 0, 1], info)[..wrappingBytes];

        using var wrap = new SymmetricKeyWrapProvider(new SymmetricSecurityKey(wrappingKey), wrappingBytes == 16 ? SecurityAlgorithms.Aes128KW : SecurityAlgorithms.Aes256KW);
        return wrap.WrapKey(contentKey);
    }

    private static (byte[] Iv, byte[] Ciphertext, byte[] Tag) EncryptGcm(byte[] key, byte[] plain, byte[] authenticated)
    {
        var (nonce, ciphertext, tag) = (RandomNumberGenerator.GetBytes(GcmNonceBytes), new byte[plain.Length], new byte[GcmTagBytes]);
        using var aes = new AesGcm(key, GcmTagBytes);
        aes.Encrypt(nonce, plain, ciphertext, tag, authenticated);
        return (nonce, ciphertext, tag);
    }

    /// <summary>RFC 7518 5.2.2.1: the first half of the key authenticates, the second encrypts.</summary>
    private static (byte[] Iv, byte[] Ciphertext, byte[] Tag) EncryptCbc(byte[] key, byte[] plain, byte[] authenticated)
    {
        var half = key.Length / 2;
        using var aes = Aes.Create();
        aes.Key = key[half..];
        aes.GenerateIV();
        var ciphertext = aes.EncryptCbc(plain, aes.IV);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(length, authenticated.Length * 8L);
        byte[] input = [.. authenticated, .. aes.IV, .. ciphertext, .. length];
        var hash = half switch
        {
            16 => HashAlgorithmName.SHA256,
            24 => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        };
        return (aes.IV, ciphertext, CryptographicOperations.HmacData(hash, key[..half], input)[..half]);
    }
}
