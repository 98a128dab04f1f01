using System.Text;
using IdP.Credentials.Passwords;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace IdP.Tests.Credentials.Passwords;

public sealed class PasswordHasherTests
{
    private const string Password = "Pass123$";
    private const string IdentityV2 = "ACZFbYc1rHYT4slg/IBcLgR6t722aQHfRWEBMbg9Ww8pjewouCY/l3U79exG5nxxBg==";
    private const string IdentityV3 = "AQAAAAIAAYagAAAAEMMHL5j57w9bQyPbfasvQm2s/AB/yOWi70FjIFcUlDP2h6HbHL3DTbeYzd33SACX8Q==";
    private const string IdentityV3Sha256 = "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg85YlTdy7a7xOskYDDdNw+GN2LDK6Da6EHX9EHqyiEU6w==";

    private static readonly User Person = new();

    [Test]
    public void A_new_hash_is_argon2id_at_the_configured_cost_and_verifies()
    {
        var hasher = Hasher();

        var hash = hasher.HashPassword(Person, Password);

        Assert.That(hash, Does.Match(@"^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$"));
        Assert.That(hasher.VerifyHashedPassword(Person, hash, Password), Is.EqualTo(PasswordVerificationResult.Success));
        Assert.That(hasher.VerifyHashedPassword(Person, hash, Password + " "), Is.EqualTo(PasswordVerificationResult.Failed));
    }

    [Test]
    public void The_same_password_never_has_the_same_hash_twice()
    {
        var first = Hasher().HashPassword(Person, Password);
        var second = Hasher().HashPassword(Person, Password);

        Assert.That(second, Is.Not.EqualTo(first));
    }

    [Test]
    public void A_hash_of_another_cost_verifies_and_asks_to_be_replaced()
    {
        var cheaper = Hasher(memoryKiB: 8192, iterations: 1).HashPassword(Person, Password);

        Assert.That(Hasher().VerifyHashedPassword(Person, cheaper, Password), Is.EqualTo(PasswordVerificationResult.SuccessRehashNeeded));
        Assert.That(Hasher().VerifyHashedPassword(Person, cheaper, "wrong"), Is.EqualTo(PasswordVerificationResult.Failed));
    }

    [TestCase(IdentityV2)]
    [TestCase(IdentityV3)]
    [TestCase(IdentityV3Sha256)]
    public void A_hash_of_the_framework_verifies_and_asks_to_be_replaced(string hash)
    {
        Assert.That(Hasher().VerifyHashedPassword(Person, hash, Password), Is.EqualTo(PasswordVerificationResult.SuccessRehashNeeded));
        Assert.That(Hasher().VerifyHashedPassword(Person, hash, "pass123$"), Is.EqualTo(PasswordVerificationResult.Failed));
    }

    [TestCase("")]
    [TestCase("not base64 at all!")]
    [TestCase("AA==")]
    [TestCase("AQAAAAIAAYagAAAAEMMHL5j57w==")]
    [TestCase("AQAAAAJ/////AAAAEMMHL5j57w9bQyPbfasvQm2s/AB/yOWi70FjIFcUlDP2h6HbHL3DTbeYzd33SACX8Q==", Description = "two thousand million iterations")]
    [TestCase("$argon2id$v=19$m=19456,t=2,p=1$!!!$???")]
    [TestCase("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$")]
    [TestCase("$argon2id$v=19$m=4294967296,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Description = "four terabytes of memory")]
    [TestCase("$argon2id$v=19$m=19456,t=2000,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [TestCase("$argon2id$v=19$m=19456,t=2,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [TestCase("$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Text_that_is_no_hash_we_would_compute_fails_like_a_wrong_password(string hash) =>
        Assert.That(Hasher().VerifyHashedPassword(Person, hash, Password), Is.EqualTo(PasswordVerificationResult.Failed));

    [Test]
    public void Every_character_up_to_the_limit_counts_and_more_is_refused()
    {
        var longest = new string('ü', PasswordHasher.MaxLength);
        var hash = Hasher().HashPassword(Person, longest);

        Assert.That(Hasher().VerifyHashedPassword(Person, hash, longest), Is.EqualTo(PasswordVerificationResult.Success));
        Assert.That(Hasher().VerifyHashedPassword(Person, hash, longest[..^1] + "u"), Is.EqualTo(PasswordVerificationResult.Failed));
        Assert.That(Hasher().VerifyHashedPassword(Person, hash, longest + "ü"), Is.EqualTo(PasswordVerificationResult.Failed));
        Assert.That(() => Hasher().HashPassword(Person, longest + "ü"), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_password_is_the_same_in_whichever_form_its_characters_come()
    {
        var hash = Hasher().HashPassword(Person, "Crème brûlée, 각하");

        Assert.That(Hasher().VerifyHashedPassword(Person, hash, "Crème brûlée, 각하".Normalize(NormalizationForm.FormD)), Is.EqualTo(PasswordVerificationResult.Success));
        Assert.That(Hasher().VerifyHashedPassword(Person, hash, "Creme brulee, 각하"), Is.EqualTo(PasswordVerificationResult.Failed));
        Assert.That(Hasher().VerifyHashedPassword(Person, Hasher().HashPassword(Person, "area 51 m²"), "area 51 m2"), Is.EqualTo(PasswordVerificationResult.Failed), "compatible characters are others");
    }

    [Test]
    public void A_hash_made_of_a_text_that_was_not_normalized_still_opens_and_is_replaced()
    {
        var decomposed = "Crème brûlée".Normalize(NormalizationForm.FormD);
        var framework = new PasswordHasher<User>().HashPassword(Person, decomposed);
        var ours = Argon2Hash.Create(decomposed, 19_456, 2).ToString();

        foreach (var hash in (string[])[framework, ours])
        {
            Assert.That(Hasher().VerifyHashedPassword(Person, hash, decomposed), Is.EqualTo(PasswordVerificationResult.SuccessRehashNeeded));
            Assert.That(Hasher().VerifyHashedPassword(Person, hash, decomposed + "!"), Is.EqualTo(PasswordVerificationResult.Failed));
        }
        Assert.That(Hasher().VerifyHashedPassword(Person, ours, "half \ud83d"), Is.EqualTo(PasswordVerificationResult.Failed));
    }

    [Test]
    public void Nobody_is_locked_out_by_a_text_that_grows_when_it_is_normalized()
    {
        var grows = string.Concat(Enumerable.Repeat("\u0344", 200)); // each is two code points in normal form
        var hash = Argon2Hash.Create(grows, 19_456, 2).ToString();

        Assert.That(Hasher().VerifyHashedPassword(Person, hash, grows), Is.EqualTo(PasswordVerificationResult.Success));
    }

    private static PasswordHasher Hasher(int memoryKiB = 19_456, int iterations = 2) =>
        new(Options.Create(new PasswordHashOptions { MemoryKiB = memoryKiB, Iterations = iterations }));
}
