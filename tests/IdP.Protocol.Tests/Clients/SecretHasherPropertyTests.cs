using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Clients;

namespace IdP.Protocol.Tests.Clients;

public sealed class SecretHasherPropertyTests
{
    // A secret comes as UTF-8 from the wire, so it never holds half of a character.
    private static readonly Gen<string> Secrets = Law.AnyText.Where(text => !text.Any(char.IsSurrogate));

    [Test]
    public void A_generated_hash_is_a_hash_and_verifies_its_secret_and_no_other() =>
        Law.Holds(from secret in Secrets from other in Gen.OneOf(Secrets, Law.Near(secret).Where(text => !text.Any(char.IsSurrogate))) select (secret, other),
            s => SecretHasher.HashGenerated(s.secret) is var hash && SecretHasher.IsHash(hash) && SecretHasher.Verify(hash, s.secret) && SecretHasher.Verify(hash, s.other) == (s.secret == s.other));

    [Test]
    public void A_chosen_secret_verifies_against_its_hash_and_no_other_does() =>
        Law.Holds(from secret in Secrets from other in Secrets select (secret, other),
            s => SecretHasher.HashChosen(s.secret) is var hash && SecretHasher.IsHash(hash) && SecretHasher.Verify(hash, s.secret) && SecretHasher.Verify(hash, s.other) == (s.secret == s.other), runs: 10);

    [Test]
    public void Whatever_passes_for_a_hash_can_be_verified_and_nobody_knows_its_secret()
    {
        var salt = Convert.ToBase64String(new byte[16]);
        var digest = Convert.ToBase64String(new byte[32]);

        Law.Holds(Gen.OneOf(Law.Near($"sha256${digest}", $"pbkdf2-sha256$9${salt}${digest}", "sha256$", "pbkdf2-sha256$$$"), Law.AnyText),
            text => !SecretHasher.IsHash(text) || !SecretHasher.Verify(text, "secret"), runs: 20_000);
    }

    [Test]
    public void A_hash_that_would_take_minutes_to_verify_is_none() =>
        Law.Holds(from count in Gen.Choose(1_000_001, int.MaxValue) select $"pbkdf2-sha256${count}${Convert.ToBase64String(new byte[16])}${Convert.ToBase64String(new byte[32])}",
            text => !SecretHasher.IsHash(text));
}
