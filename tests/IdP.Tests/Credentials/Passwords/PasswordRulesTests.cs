using System.Buffers.Binary;
using IdP.Credentials.Passwords;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace IdP.Tests.Credentials.Passwords;

public sealed class PasswordRulesTests
{
    [TestCase("Correct-Horse-7-Battery")]
    [TestCase("korrekt pferd batterie")]
    [TestCase("пароль для всех")]
    [TestCase("x9$kQ2!m")]
    public void A_password_needs_no_particular_characters(string password) =>
        Assert.That(PasswordRules.Check(password, "alice", "alice@example.test"), Is.Null);

    [TestCase("short77", "password_length")]
    [TestCase("", "password_length")]
    [TestCase("😀😀😀😀😀😀😀", "password_length")]
    [TestCase("ALICE.EXAMPLE", "password_is_name")]
    [TestCase("alice.example@example.test", "password_is_name")]
    [TestCase("password", "password_common")]
    [TestCase("Password1!", "password_common")]
    [TestCase("P@ssw0rd", "password_common")]
    [TestCase("12345678", "password_common")]
    [TestCase("2024-01-01", "password_common")]
    [TestCase("aaaaaaaaaaaa", "password_common")]
    [TestCase("Welcome2026!", "password_common")]
    [TestCase("Qwertzuiop", "password_common")]
    [TestCase("1234Summer!", "password_common")]
    public void A_password_that_is_guessed_first_is_refused(string password, string code) =>
        Assert.That(PasswordRules.Check(password, "alice.example", "alice.example@example.test")?.Code, Is.EqualTo(code));

    [Test]
    public void A_password_has_a_bounded_length() =>
        Assert.That(PasswordRules.Check(string.Concat(Enumerable.Repeat("abcdefgh1", 29)), null, null)?.Code, Is.EqualTo("password_length"));

    [Test]
    public void A_one_time_password_is_new_each_time_and_obeys_the_rules()
    {
        var passwords = Enumerable.Range(0, 100).Select(_ => OneTimePassword.Generate()).ToList();

        Assert.That(passwords.Distinct().Count(), Is.EqualTo(100));
        Assert.That(passwords, Is.All.Matches("^([2-9a-hjkmnp-z]{5}-){3}[2-9a-hjkmnp-z]{5}$"));
        Assert.That(passwords.Select(password => PasswordRules.Check(password, "alice", null)), Is.All.Null);
    }

    [Test]
    public void What_the_import_accepts_the_hasher_verifies()
    {
        var hasher = new PasswordHasher(Options.Create(new PasswordHashOptions { MemoryKiB = 8192, Iterations = 1 }));
        var v2 = new PasswordHasher<User>(Options.Create(new PasswordHasherOptions { CompatibilityMode = PasswordHasherCompatibilityMode.IdentityV2 }));
        (string Format, string Hash)[] imports =
        [
            (ImportedHash.AspNetIdentityV2, v2.HashPassword(new User(), "a password")),
            (ImportedHash.AspNetIdentityV3, new PasswordHasher<User>().HashPassword(new User(), "a password")),
            (ImportedHash.Argon2id, hasher.HashPassword(new User(), "a password")),
        ];

        foreach (var (format, hash) in imports)
        {
            Assert.That(ImportedHash.Check(format, hash), Is.Null, format);
            Assert.That(hasher.VerifyHashedPassword(new User(), hash, "a password"), Is.Not.EqualTo(PasswordVerificationResult.Failed), format);
            Assert.That(hasher.VerifyHashedPassword(new User(), hash, "another one"), Is.EqualTo(PasswordVerificationResult.Failed), format);
        }
    }

    [TestCase("bcrypt", "$2b$12$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "passwordHash.format")]
    [TestCase("aspnet-identity-v3", "AQAAAAIAAYagAAAAE...", "passwordHash.value")]
    [TestCase("aspnet-identity-v3", "AQAAAAIAAYag", "passwordHash.value")]
    [TestCase("aspnet-identity-v2", "AQAAAAIAAYagAAAAEA==", "passwordHash.value")]
    [TestCase("argon2id", "$argon2id$v=19$m=19456,t=2,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "passwordHash.value")]
    [TestCase("argon2id", "$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "passwordHash.value")]
    [TestCase("argon2id", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "passwordHash.value")]
    [TestCase("argon2id", "", "passwordHash.value")]
    public void A_hash_that_could_never_be_verified_is_refused(string format, string value, string field) =>
        Assert.That(ImportedHash.Check(format, value)?.Field, Is.EqualTo(field));

    [Test]
    public void A_hash_that_would_take_minutes_to_verify_is_refused()
    {
        var bytes = Convert.FromBase64String(new PasswordHasher<User>().HashPassword(new User(), "a password"));
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(5), 2_000_000_000);

        Assert.That(ImportedHash.Check(ImportedHash.AspNetIdentityV3, Convert.ToBase64String(bytes))?.Code, Is.EqualTo("bad_hash"));
    }
}
