using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IdP.Testing;

/// <summary>A maker of authenticators with a root of its own and a batch certificate for one model (WebAuthn 8.2.1).</summary>
public sealed class AuthenticatorMaker : IDisposable
{
    private const string ModelExtension = "1.3.6.1.4.1.45724.1.1.4"; // id-fido-gen-ce-aaguid

    private readonly ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <param name="model">The model that the certificate is for.</param>
    /// <param name="now">When both certificates begin, less a day; they end ten days later.</param>
    public AuthenticatorMaker(string name, Guid model, DateTimeOffset now)
    {
        var request = new CertificateRequest($"CN={name} root, O={name}, C=DE", rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        using var root = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(10));
        RootPem = root.ExportCertificatePem();

        var batch = new CertificateRequest($"CN={name} batch, OU=Authenticator Attestation, O={name}, C=DE", Key, HashAlgorithmName.SHA256);
        batch.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        batch.CertificateExtensions.Add(new X509Extension(ModelExtension, [0x04, 0x10, .. model.ToByteArray(bigEndian: true)], critical: false));
        using var certificate = batch.Create(root.SubjectName, X509SignatureGenerator.CreateForECDsa(rootKey), now.AddDays(-1), now.AddDays(10), RandomNumberGenerator.GetBytes(8));
        Certificate = certificate.RawData;
    }

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>DER.</summary>
    public byte[] Certificate { get; }

    public string RootPem { get; }

    public void Dispose()
    {
        rootKey.Dispose();
        Key.Dispose();
    }
}
