using System.Security.Cryptography;
using System.Text;
using IdP.Protocol.Clients;
using IdP.Protocol.Keys;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Tests.Keys;

/// <summary>What is remembered as signed is exactly what was signed.</summary>
public sealed class RememberedSignaturesTests
{
    private static readonly byte[] Signed = Encoding.UTF8.GetBytes("header.payload");

    [Test]
    public void A_signature_verifies_again_and_again()
    {
        using var key = RSA.Create(2048);
        var provider = VerifierOf(key);
        var signature = SignatureOf(key, Signed);

        for (var i = 0; i < 3; i++) Assert.That(provider.Verify(Signed, signature), Is.True);
    }

    [Test]
    public void A_remembered_signature_is_good_for_no_other_bytes_and_no_other_signature_for_these()
    {
        using var key = RSA.Create(2048);
        using var other = RSA.Create(2048);
        var provider = VerifierOf(key);
        var signature = SignatureOf(key, Signed);
        Assert.That(provider.Verify(Signed, signature), Is.True);

        for (var i = 0; i < Signed.Length; i++)
        {
            var changed = (byte[])Signed.Clone();
            changed[i] ^= 1;
            Assert.That(provider.Verify(changed, signature), Is.False);
        }
        Assert.That(provider.Verify(Signed[..^1], [Signed[^1], .. signature]), Is.False, "the same bytes, divided otherwise");
        Assert.That(provider.Verify(Signed, SignatureOf(other, Signed)), Is.False);
        Assert.That(VerifierOf(other).Verify(Signed, signature), Is.False, "what one key signed is nothing to another");
    }

    [Test]
    public void What_was_refused_is_refused_again()
    {
        using var key = RSA.Create(2048);
        var provider = VerifierOf(key);

        for (var i = 0; i < 3; i++) Assert.That(provider.Verify(Signed, new byte[256]), Is.False);
    }

    [Test]
    public void Verification_stays_right_beyond_what_is_remembered()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = new ECDsaSecurityKey(ec) { KeyId = "k" };
        var provider = new RememberedSignatures(key, SigningAlgorithms.ES256).CreateForVerifying(key, SigningAlgorithms.ES256);
        var tokens = Enumerable.Range(0, (2 * RememberedSignatures.Capacity) + 10).Select(i => BitConverter.GetBytes(i)).Select(text => (text, signature: ec.SignData(text, HashAlgorithmName.SHA256))).ToList();

        foreach (var (text, signature) in tokens) Assert.That(provider.Verify(text, signature), Is.True);
        foreach (var at in new[] { 0, RememberedSignatures.Capacity, tokens.Count - 1 })
        {
            Assert.That(provider.Verify(tokens[at].text, tokens[at].signature), Is.True);
            Assert.That(provider.Verify(tokens[at].text, tokens[(at + 1) % tokens.Count].signature), Is.False);
        }
    }

    private static SignatureProvider VerifierOf(RSA rsa)
    {
        var key = new RsaSecurityKey(rsa) { KeyId = "k" };
        return new RememberedSignatures(key, SigningAlgorithms.RS256).CreateForVerifying(key, SigningAlgorithms.RS256);
    }

    private static byte[] SignatureOf(RSA key, byte[] text) => key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}
