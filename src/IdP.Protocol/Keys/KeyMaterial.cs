using System.Security.Cryptography;
using System.Text;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Keys;

/// <summary>
/// A <see cref="SigningKey"/> row opened for use: <see cref="Signing"/> where it signs for others, <see cref="Sealing"/> and <see cref="Encrypting"/> where it protects what only the
/// provider itself reads back from its database.
/// </summary>
internal sealed record KeyMaterial(SigningKey Row, SecurityKey Key, SigningCredentials? Signing = null, SigningCredentials? Sealing = null, EncryptingCredentials? Encrypting = null)
{
    private const string Purpose = "IdP.SigningKeys";
    private const int RsaBits = 2048, SecretBytes = 32;

    public static SigningKey Create(string algorithm, int generation, DateTimeOffset now, DateTimeOffset activeAt, KeyManagementOptions options, IDataProtectionProvider protection)
    {
        var secret = Generate(algorithm);
        var retiredAt = algorithm == KeyAlgorithms.Pairwise ? activeAt.AddYears(1000) : activeAt + options.RotationInterval;
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
            ExpiresAt = retiredAt + (algorithm == KeyAlgorithms.OwnTokens ? TimeSpan.FromDays(400) : options.RetirementWindow),
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
        if (!KeyAlgorithms.All.Contains(row.Algorithm)) throw new NotSupportedException($"The signing key {row.Id} has the unknown algorithm {row.Algorithm}.");

        if (IsRsa(row.Algorithm))
        {
            var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(secret, out _);
            return Asymmetric(row, new RsaSecurityKey(rsa) { KeyId = row.Id });
        }
        if (CurveOf(row.Algorithm) is not null)
        {
            var ec = ECDsa.Create();
            ec.ImportPkcs8PrivateKey(secret, out _);
            return Asymmetric(row, new ECDsaSecurityKey(ec) { KeyId = row.Id });
        }
        var symmetric = new SymmetricSecurityKey(secret) { KeyId = row.Id };
        return row.Algorithm == KeyAlgorithms.OwnTokens ? OwnTokens(row, symmetric, secret) : new(row, symmetric);
    }

    /// <summary>
    /// Nobody else checks these tokens, so no asymmetric signature is paid for, nor a wrapped key for each: one key authenticates and one encrypts, both derived (RFC 5869) from the
    /// stored one, which still unwraps what was written with A256KW.
    /// </summary>
    private static KeyMaterial OwnTokens(SigningKey row, SymmetricSecurityKey symmetric, byte[] secret)
    {
        SymmetricSecurityKey Derived(int bytes, string use) => new(HKDF.DeriveKey(HashAlgorithmName.SHA512, secret, bytes, info: Encoding.ASCII.GetBytes(use))) { KeyId = row.Id };
        return new(row, symmetric,
            Sealing: new SigningCredentials(Derived(32, "IdP own tokens, HS256"), SigningAlgorithms.HS256),
            Encrypting: new EncryptingCredentials(Derived(64, "IdP own tokens, A256CBC-HS512"), JwtConstants.DirectKeyUseAlg, SecurityAlgorithms.Aes256CbcHmacSha512));
    }

    private static KeyMaterial Asymmetric(SigningKey row, AsymmetricSecurityKey key)
    {
        if (row.Algorithm == KeyAlgorithms.Incoming) return new(row, key);
        key.CryptoProviderFactory = new RememberedSignatures(key, row.Algorithm);
        return new(row, key, new SigningCredentials(key, row.Algorithm));
    }

    private static byte[] Generate(string algorithm)
    {
        if (IsRsa(algorithm))
            using (var rsa = RSA.Create(RsaBits)) return rsa.ExportPkcs8PrivateKey();
        if (CurveOf(algorithm) is { } curve)
            using (var ec = ECDsa.Create(curve)) return ec.ExportPkcs8PrivateKey();
        return RandomNumberGenerator.GetBytes(SecretBytes);
    }

    private static bool IsRsa(string algorithm) => algorithm[..2] is "RS" or "PS"; // RSA-OAEP too

    private static ECCurve? CurveOf(string algorithm) => algorithm switch
    {
        SigningAlgorithms.ES256 => ECCurve.NamedCurves.nistP256,
        SigningAlgorithms.ES384 => ECCurve.NamedCurves.nistP384,
        SigningAlgorithms.ES512 => ECCurve.NamedCurves.nistP521,
        _ => null,
    };
}

/// <summary>The database's keys were protected with another secret than the one configured.</summary>
public sealed class KeyUnreadableException(string keyId, Exception inner)
    : Exception($"The signing key {keyId} in the database cannot be decrypted: KeyProtection:Secret is not the one it was stored with.", inner);
