using IdP.Protocol.Clients;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Tests.Clients;

public sealed class KeyFitTests
{
    private static readonly JsonWebKey
        Any = new("""{ "kty": "RSA" }"""),
        Signing = new("""{ "kty": "RSA", "use": "sig", "kid": "s" }"""),
        Pss = new("""{ "kty": "RSA", "use": "sig", "alg": "PS256", "kid": "p" }"""),
        Encryption = new("""{ "kty": "RSA", "use": "enc", "kid": "e" }"""),
        Curve256 = new("""{ "kty": "EC", "crv": "P-256", "kid": "c" }"""),
        Curve384 = new("""{ "kty": "EC", "crv": "P-384", "kid": "d" }"""),
        Agreement = new("""{ "kty": "EC", "crv": "P-256", "kid": "a", "key_ops": ["deriveBits"] }""");

    private static readonly JsonWebKey[] All = [Any, Signing, Pss, Encryption, Curve256, Curve384, Agreement];

    [Test]
    public void A_signature_is_verified_only_with_keys_made_for_its_algorithm()
    {
        Assert.That(KeyFit.ForVerification(All, null, "RS256"), Is.EqualTo(new[] { Any, Signing }));
        Assert.That(KeyFit.ForVerification(All, null, "PS256"), Is.EqualTo(new[] { Any, Signing, Pss }));
        Assert.That(KeyFit.ForVerification(All, null, "ES256"), Is.EqualTo(new[] { Curve256 }));
        Assert.That(KeyFit.ForVerification(All, null, "ES384"), Is.EqualTo(new[] { Curve384 }));
        Assert.That(KeyFit.ForVerification(All, null, "ES512"), Is.Empty);
    }

    [TestCase("none")]
    [TestCase("HS256")]
    [TestCase("")]
    public void No_public_key_verifies_a_signature_made_without_one(string algorithm) => Assert.That(KeyFit.ForVerification(All, null, algorithm), Is.Empty);

    [Test]
    public void A_kid_chooses_its_key_or_else_those_without_one()
    {
        Assert.That(KeyFit.ForVerification(All, "s", "RS256"), Is.EqualTo(new[] { Signing }));
        Assert.That(KeyFit.ForVerification(All, "foreign", "RS256"), Is.EqualTo(new[] { Any }));
        Assert.That(KeyFit.ForVerification([Signing], "foreign", "RS256"), Is.Empty);
        Assert.That(KeyFit.ForVerification(All, "e", "RS256"), Is.EqualTo(new[] { Any }));
    }

    [Test]
    public void Encryption_prefers_a_key_made_for_it_and_never_uses_one_for_signatures()
    {
        Assert.That(KeyFit.ForEncryption(All, "RSA-OAEP-256"), Is.EqualTo(Encryption));
        Assert.That(KeyFit.ForEncryption([Signing, Pss, Any], "RSA-OAEP"), Is.EqualTo(Any));
        Assert.That(KeyFit.ForEncryption([Signing, Pss], "RSA-OAEP"), Is.Null);
        Assert.That(KeyFit.ForEncryption([Encryption, Agreement], "ECDH-ES+A128KW"), Is.EqualTo(Agreement));
        Assert.That(KeyFit.ForEncryption(All, "dir"), Is.Null);
    }
}
