using IdP.Credentials.AuthenticatorApps;

namespace IdP.Tests.Credentials;

public sealed class TotpTests
{
    private static readonly byte[] Secret = [.. "12345678901234567890"u8];

    /// <summary>RFC 6238 appendix B, SHA-1, of whose eight digits the last six are shown.</summary>
    [TestCase(59, "287082")]
    [TestCase(1111111109, "081804")]
    [TestCase(1111111111, "050471")]
    [TestCase(1234567890, "005924")]
    [TestCase(2000000000, "279037")]
    [TestCase(20000000000, "353130")]
    public void The_codes_of_the_specification(long second, string code) => Assert.That(Totp.CodeAt(Secret, DateTimeOffset.FromUnixTimeSeconds(second)), Is.EqualTo(code));

    /// <summary>RFC 4648 10.</summary>
    [TestCase("", "")]
    [TestCase("f", "MY")]
    [TestCase("fo", "MZXQ")]
    [TestCase("foo", "MZXW6")]
    [TestCase("foob", "MZXW6YQ")]
    [TestCase("fooba", "MZXW6YTB")]
    [TestCase("foobar", "MZXW6YTBOI")]
    public void The_alphabet_of_the_specification(string text, string encoded) => Assert.That(Totp.ToBase32(System.Text.Encoding.ASCII.GetBytes(text)), Is.EqualTo(encoded));

    [Test]
    public void A_code_is_good_one_step_early_and_one_step_late_and_no_longer()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

        for (var away = -3; away <= 3; away++)
            Assert.That(Totp.StepOf(Secret, Totp.CodeAt(Secret, now + away * TimeSpan.FromSeconds(30)), now) is not null, Is.EqualTo(away is >= -1 and <= 1), $"{away}");
    }

    [TestCase("")]
    [TestCase("28708")]
    [TestCase("2870820")]
    [TestCase("28708a")]
    [TestCase("٢٨٧٠٨٢")]
    public void Nothing_else_is_a_code(string code) => Assert.That(Totp.StepOf(Secret, code, DateTimeOffset.FromUnixTimeSeconds(59)), Is.Null);

    [Test]
    public void The_address_names_issuer_account_and_key() => Assert.That(
        Totp.Address(Secret, "id.example.com", "ada@example.com"),
        Is.EqualTo("otpauth://totp/id.example.com:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=id.example.com&algorithm=SHA1&digits=6&period=30"));
}
