using System.Security.Cryptography;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Peers;

/// <summary>The keys of an app: the private halves go to the app as PEM, the public ones into its registration.</summary>
internal sealed class PeerKeys : IDisposable
{
    private readonly ECDsa signing = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA encryption = RSA.Create(2048);

    public string SigningKey => signing.ExportPkcs8PrivateKeyPem();

    public string EncryptionKey => encryption.ExportPkcs8PrivateKeyPem();

    /// <summary>RFC 7517; the key ids are <c>signing</c> (ES256) and <c>encryption</c> (RSA-OAEP-256).</summary>
    public string PublicKeySet
    {
        get
        {
            var (ec, rsa) = (signing.ExportParameters(includePrivateParameters: false).Q, encryption.ExportParameters(includePrivateParameters: false));
            return $$"""
                { "keys": [
                  { "kty": "EC", "use": "sig", "alg": "ES256", "kid": "signing", "crv": "P-256", "x": "{{Text(ec.X)}}", "y": "{{Text(ec.Y)}}" },
                  { "kty": "RSA", "use": "enc", "alg": "RSA-OAEP-256", "kid": "encryption", "n": "{{Text(rsa.Modulus)}}", "e": "{{Text(rsa.Exponent)}}" }
                ] }
                """;
        }
    }

    public void Dispose()
    {
        signing.Dispose();
        encryption.Dispose();
    }

    private static string Text(byte[]? number) => WebEncoders.Base64UrlEncode(number!); // both kinds have all their public parts
}
