using System.Security.Cryptography;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Keys;

/// <summary>A <see cref="SigningKey"/> row opened for use.</summary>
internal sealed record KeyMaterial(SigningKey Row, SecurityKey Key, SigningCredentials? Signing, EncryptingCredentials? Encrypting)
{
    /// <summary>Algorithm name of the key that encrypts the provider's own stored tokens.</summary>
    public const string Encryption = "A256CBC-HS512";

    /// <summary>Every algorithm the provider keeps a key of.</summary>
    public static IReadOnlyList<string> Algorithms { get; } = [.. SigningAlgorithms.Supported, Encryption];

    private const string Purpose = "IdP.SigningKeys";

    public static SigningKey Create(string algorithm, int generation, DateTimeOffset now, DateTimeOffset activeAt, KeyManagementOptions options, IDataProtectionProvider protection)
    {
        var secret = Generate(algorithm);
        var retiredAt = activeAt + options.RotationInterval;
        return new SigningKey
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            Algorithm = algorithm,
            Generation = generation,
            ProtectedData = Convert.ToBase64String(protection.CreateProtector(Purpose).Protect(secret)),
            CreatedAt = now,
            ActiveAt = activeAt,
            RetiredAt = retiredAt,
            // Stored refresh tokens live longer than any signature: their key stays a year after its last use.
            ExpiresAt = retiredAt + (algorithm == Encryption ? TimeSpan.FromDays(400) : options.RetirementWindow),
        };
    }

    public static KeyMaterial Open(SigningKey row, IDataProtectionProvider protection)
    {
        byte[] secret;
        try
        {
            secret = protection.CreateProtector(Purpose).Unprotect(Convert.FromBase64String(row.ProtectedData));
        }
        catch (CryptographicException exception)
        {
            throw new KeyUnreadableException(row.Id, exception);
        }
        switch (row.Algorithm)
        {
            case SigningAlgorithms.RS256:
                var rsa = RSA.Create();
                rsa.ImportPkcs8PrivateKey(secret, out _);
                var rsaKey = new RsaSecurityKey(rsa) { KeyId = row.Id };
                return new(row, rsaKey, new SigningCredentials(rsaKey, SecurityAlgorithms.RsaSha256), null);
            case SigningAlgorithms.ES256:
                var ec = ECDsa.Create();
                ec.ImportPkcs8PrivateKey(secret, out _);
                var ecKey = new ECDsaSecurityKey(ec) { KeyId = row.Id };
                return new(row, ecKey, new SigningCredentials(ecKey, SecurityAlgorithms.EcdsaSha256), null);
            case Encryption:
                var symmetric = new SymmetricSecurityKey(secret) { KeyId = row.Id };
                return new(row, symmetric, null, new EncryptingCredentials(symmetric, SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));
            default:
                throw new NotSupportedException($"The signing key {row.Id} has the unknown algorithm {row.Algorithm}.");
        }
    }

    private static byte[] Generate(string algorithm)
    {
        switch (algorithm)
        {
            case SigningAlgorithms.RS256:
                using (var rsa = RSA.Create(2048)) return rsa.ExportPkcs8PrivateKey();
            case SigningAlgorithms.ES256:
                using (var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256)) return ec.ExportPkcs8PrivateKey();
            default:
                return RandomNumberGenerator.GetBytes(32);
        }
    }
}

/// <summary>The database's keys were protected with another secret than the one configured.</summary>
public sealed class KeyUnreadableException(string keyId, Exception inner)
    : Exception($"The signing key {keyId} in the database cannot be decrypted: KeyProtection:Secret is not the one it was stored with.", inner);
