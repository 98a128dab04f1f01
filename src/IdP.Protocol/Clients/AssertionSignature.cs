using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Clients;

/// <summary>Verifies assertions (RFC 7515 5.2) with keys their maker registered. Which algorithm is acceptable is decided before; the header's own keys are never looked at.</summary>
internal static class AssertionSignature
{
    public static bool IsMadeWith(Assertion assertion, JsonWebKey key)
    {
        var factory = key.CryptoProviderFactory;
        if (assertion.Signature.Length == 0 || !factory.IsSupportedAlgorithm(assertion.Algorithm, key)) return false;
        var provider = factory.CreateForVerifying(key, assertion.Algorithm);
        try
        {
            return provider.Verify(assertion.SigningInput, assertion.Signature);
        }
        finally
        {
            factory.ReleaseSignatureProvider(provider);
        }
    }

    public static bool IsMadeWith(Assertion assertion, byte[] secret) =>
        secret.Length >= SigningAlgorithms.MinSecretBytes(assertion.Algorithm) && CryptographicOperations.FixedTimeEquals(Sign(assertion, secret), assertion.Signature);

    private static byte[] Sign(Assertion assertion, byte[] secret) => assertion.Algorithm switch
    {
        SigningAlgorithms.HS256 => HMACSHA256.HashData(secret, assertion.SigningInput),
        "HS384" => HMACSHA384.HashData(secret, assertion.SigningInput),
        "HS512" => HMACSHA512.HashData(secret, assertion.SigningInput),
        _ => throw new ArgumentOutOfRangeException(nameof(assertion), assertion.Algorithm, "No HMAC algorithm."),
    };
}
