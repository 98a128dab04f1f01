using System.Buffers.Binary;
using IdP.Credentials.Passwords;
using IdP.Credentials.Passwords.Known;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.Tests.Credentials.Passwords;

public sealed class PasswordRulesTests
{
    private static readonly PasswordOwner Alice = new("alice.example", "alice.example@example.test", ["Alice Example", "Alice", "Example", "contoso"]);
    private ServerUnderTest? _server;
    private AsyncServiceScope _scope;

    private PasswordRules Rules => _scope.ServiceProvider.GetRequiredService<PasswordRules>();

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await ServerUnderTest.StartAsync(new(DatabaseKind.Sqlite) { Configuration = null, More = new Dictionary<string, string> { ["Issuer"] = "https://id.fabrikam.example" } });
        _scope = _server.Services.CreateAsyncScope();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _scope.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    [TestCase("Correct-Horse-7-Battery")]
    [TestCase("korrekt pferd batterie")]
    [TestCase("пароль для всех")]
    [TestCase("x9$kQ2!m")]
    [TestCase("     x  y     ")]
    [TestCase("alice goes to the market")]
    [TestCase("malice is in wonderland")]
    public async Task A_password_needs_no_particular_characters(string password) =>
        Assert.That(await Rules.CheckAsync(password, Alice, default), Is.Null);

    [TestCase("short77", "password_length")]
    [TestCase("", "password_length")]
    [TestCase("😀😀😀😀😀😀😀", "password_length")]
    [TestCase("cafe\u0301 no", "password_length", Description = "seven characters in normal form")]
    [TestCase("ALICE.EXAMPLE", "password_is_name")]
    [TestCase("alice.example@example.test", "password_is_name")]
    [TestCase("Alice2026!", "password_is_name")]
    [TestCase("@l1c3-3x4mpl3", "password_is_name")]
    [TestCase("ExampleAlice99", "password_is_name")]
    [TestCase("Contoso-2026", "password_is_name")]
    [TestCase("!!Fabrikam!!", "password_is_name")]
    [TestCase("password", "password_common")]
    [TestCase("Password1!", "password_common")]
    [TestCase("P@ssw0rd", "password_common")]
    [TestCase("pr1nc3ss", "password_common")]
    [TestCase("Ｐａｓｓｗｏｒｄ", "password_common", Description = "full-width letters")]
    [TestCase("12345678", "password_common")]
    [TestCase("2024-01-01", "password_common")]
    [TestCase("aaaaaaaaaaaa", "password_common")]
    [TestCase("xyxyxyxyxyxyxyxyxyxy", "password_common")]
    [TestCase("Welcome2026!", "password_common")]
    [TestCase("Summer-2026", "password_common")]
    [TestCase("Qwertzuiop", "password_common")]
    [TestCase("1qaz2wsx3edc", "password_common")]
    [TestCase("!QAZ2wsx", "password_common")]
    [TestCase("1q2w3e4r5t", "password_common")]
    [TestCase("qweasdzxc", "password_common")]
    [TestCase("abcdefghijkl", "password_common")]
    [TestCase("1234Summer!", "password_common")]
    [TestCase("ilovemonkey", "password_common")]
    [TestCase("hallohallo", "password_common")]
    [TestCase("motdepasse123456", "password_common")]
    public async Task A_password_that_is_guessed_first_is_refused(string password, string code) =>
        Assert.That((await Rules.CheckAsync(password, Alice, default))?.Code, Is.EqualTo(code));

    [Test]
    public async Task Half_a_surrogate_pair_is_no_character() =>
        Assert.That((await Rules.CheckAsync("half a pair \ud83d", Alice, default))?.Code, Is.EqualTo("password_characters"));

    [Test]
    public async Task A_password_has_at_most_256_code_points_however_they_are_encoded()
    {
        var words = string.Concat(Enumerable.Range(0, 64).Select(i => char.ConvertFromUtf32(0x1F600 + i)));
        var longest = words + words + words + words[..^2] + "é";

        Assert.That(await Rules.CheckAsync(longest, Alice, default), Is.Null, "256 code points in 511 UTF-16 units");
        Assert.That(await Rules.CheckAsync(longest[..^1] + "e\u0301", Alice, default), Is.Null, "the same in another form");
        Assert.That((await Rules.CheckAsync(longest + "x", Alice, default))?.Code, Is.EqualTo("password_length"));
        Assert.That((await Rules.CheckAsync(new string('é', 1_000_000), Alice, default))?.Code, Is.EqualTo("password_length"));
    }

    [Test]
    public void The_built_in_list_is_what_its_generator_makes() =>
        Assert.That(CommonPasswords.Embedded.SequenceEqual(CommonPasswordGenerator.Generate()), Is.True, "Run 'IdP.Server passwords generate src/IdP/Credentials/Passwords/Known/common-passwords.bin'.");

    [Test]
    public void The_built_in_list_takes_next_to_no_random_password_for_one_of_its_own()
    {
        var random = new Random(1);

        var found = Enumerable.Range(0, 20_000).Select(_ => new string(random.GetItems<char>("abcdefghjkmnpqrstuvwxyz23456789", 10))).Count(CommonPasswords.Contains);

        Assert.That(found, Is.LessThanOrEqualTo(1));
    }

    [Test]
    public async Task A_one_time_password_is_new_each_time_and_obeys_the_rules()
    {
        var passwords = Enumerable.Range(0, 100).Select(_ => OneTimePassword.Generate()).ToList();

        Assert.That(passwords.Distinct().Count(), Is.EqualTo(100));
        Assert.That(passwords, Is.All.Matches("^([2-9a-hjkmnp-z]{5}-){3}[2-9a-hjkmnp-z]{5}$"));
        foreach (var password in passwords) Assert.That(await Rules.CheckAsync(password, Alice, default), Is.Null);
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
