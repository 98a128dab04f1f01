using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fido2NetLib;
using Fido2NetLib.Cbor;
using Fido2NetLib.Objects;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passkeys;

/// <summary>
/// Whether an authenticator is what it says it is (WebAuthn 7.1, steps 21 to 24): its maker has signed for the new passkey, with a certificate that leads to a root which the operator trusts.
/// Without roots an authenticator's word is taken for its model, as for everybody's whose organization gives out no keys of its own.
/// </summary>
public sealed class AttestationTrust : IDisposable
{
    private readonly X509Certificate2Collection roots = [];
    private readonly TimeProvider clock;
    private readonly ILogger<AttestationTrust> logger;

    public AttestationTrust(IOptions<PasskeyOptions> options, TimeProvider clock, ILogger<AttestationTrust> logger)
    {
        (this.clock, this.logger) = (clock, logger);
        if (!string.IsNullOrEmpty(options.Value.AttestationRoots)) roots = Read(options.Value.AttestationRoots);
    }

    public bool IsAsked => roots.Count > 0;

    /// <returns>False when nobody vouches for it, or nobody whom the operator trusts.</returns>
    public async Task<bool> IsTrustedAsync(byte[] attestationObject, byte[] clientDataJson)
    {
        try
        {
            var content = (CborMap)CborObject.Decode(attestationObject);
            var verifier = AttestationVerifier.Create((string)content["fmt"]!, new Fido2Configuration());
            var verified = await verifier.VerifyAsync((CborMap)content["attStmt"]!, AuthenticatorData.Parse((byte[])content["authData"]!), SHA256.HashData(clientDataJson));
            // Without certificates it has signed for itself, or not at all.
            if (verified.Certificates is not [var leaf, .. var between]) return Refused("nobody vouches for it");
            return Leads(leaf, between) || Refused("its certificate leads to none of the roots");
        }
        // What it says is a stranger's text, and the library throws whatever its readers throw: what it cannot be read as, it vouches for nothing.
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return Refused(exception.GetType().Name);
        }
    }

    public void Dispose()
    {
        foreach (var root in roots) root.Dispose();
    }

    /// <exception cref="InvalidDataException">What is wrong with the file, to be said behind its name.</exception>
    internal static X509Certificate2Collection Read(string path)
    {
        var read = new X509Certificate2Collection();
        try
        {
            read.ImportFromPemFile(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException("cannot be read", exception);
        }
        catch (CryptographicException exception)
        {
            throw new InvalidDataException("holds a certificate that cannot be read", exception);
        }
        if (read.Count == 0) throw new InvalidDataException("holds no certificate in PEM");
        if (read.FirstOrDefault(certificate => !certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)) is { } other)
            throw new InvalidDataException($"holds a certificate that is no root: {other.Subject}");
        return read;
    }

    private bool Leads(X509Certificate2 leaf, X509Certificate2[] between)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.ExtraStore.AddRange(between);
        // Makers publish no lists at addresses that a server in a closed network could reach; and nothing is fetched because a stranger's certificate says so.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        return chain.Build(leaf);
    }

    private bool Refused(string reason)
    {
        Log.AttestationRefused(logger, reason);
        return false;
    }

    /// <summary>A file that is missing or holds no roots stops the start: later every key would be refused.</summary>
    internal sealed class Check : IValidateOptions<PasskeyOptions>
    {
        public ValidateOptionsResult Validate(string? name, PasskeyOptions options)
        {
            if (string.IsNullOrEmpty(options.AttestationRoots)) return ValidateOptionsResult.Success;
            if (options.Attestation is not ("direct" or "enterprise")) return ValidateOptionsResult.Fail("Passkeys:AttestationRoots needs Passkeys:Attestation to be direct or enterprise: otherwise browsers pass on nothing that could be verified.");
            try
            {
                foreach (var root in Read(options.AttestationRoots)) root.Dispose();
                return ValidateOptionsResult.Success;
            }
            catch (InvalidDataException exception)
            {
                return ValidateOptionsResult.Fail($"Passkeys:AttestationRoots: {options.AttestationRoots} {exception.Message}.");
            }
        }
    }
}
