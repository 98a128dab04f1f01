using System.Reflection;
using System.Security.Cryptography;
using System.Xml.Linq;
using IdP.Keys;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.Tests.Keys;

public sealed class KeyProtectionTests
{
    private static readonly string Strong = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [TestCase(null, "is not set")]
    [TestCase("", "is not set")]
    [TestCase("correct horse battery staple", "is not base64")]
    [TestCase("c2hvcnQ=", "too weak")]
    [TestCase("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "too weak")]
    [TestCase("YWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJj", "too weak")]
    public void A_missing_or_weak_secret_is_refused_with_the_name_of_the_setting_and_how_to_make_one(string? secret, string reason)
    {
        using var services = Services(secret);

        var refused = Assert.Throws<OptionsValidationException>(() => _ = services.GetRequiredService<IOptions<KeyProtectionOptions>>().Value);

        Assert.That(refused!.Message, Does.Contain("KeyProtection:Secret").And.Contains(reason).And.Contains("openssl rand -base64 32"));
    }

    [Test]
    public void The_key_ring_opens_with_its_own_secret_only()
    {
        using var mine = Services(Strong);
        using var other = Services(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        var plain = new XElement("masterKey", new XElement("value", "c2VjcmV0"));

        var sealedKey = new KeyRingEncryptor(mine.GetRequiredService<IOptions<KeyProtectionOptions>>()).Encrypt(plain);

        Assert.That(sealedKey.EncryptedElement.ToString(), Does.Not.Contain("c2VjcmV0"));
        Assert.That(XNode.DeepEquals(new KeyRingDecryptor(mine).Decrypt(sealedKey.EncryptedElement), plain), Is.True);
        Assert.That(() => new KeyRingDecryptor(other).Decrypt(sealedKey.EncryptedElement), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public void A_changed_key_ring_is_noticed()
    {
        using var services = Services(Strong);
        var element = new KeyRingEncryptor(services.GetRequiredService<IOptions<KeyProtectionOptions>>()).Encrypt(new XElement("masterKey")).EncryptedElement;
        var bytes = Convert.FromBase64String(element.Value);

        bytes[^1] ^= 1;
        element.Value = Convert.ToBase64String(bytes);

        Assert.That(() => new KeyRingDecryptor(services).Decrypt(element), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public void Data_protection_is_at_least_10_0_7()
    {
        // 10.0.0 to 10.0.6 let forged payloads pass (CVE-2026-40372).
        var version = typeof(IDataProtectionBuilder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion; // every framework assembly has it

        Assert.That(Version.Parse(version.Split('+', '-')[0]), Is.GreaterThanOrEqualTo(new Version(10, 0, 7)));
    }

    private static ServiceProvider Services(string? secret) => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("KeyProtection:Secret", secret)]).Build())
        .AddKeys()
        .BuildServiceProvider();
}
