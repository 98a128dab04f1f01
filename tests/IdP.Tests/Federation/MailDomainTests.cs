using IdP.Federation;

namespace IdP.Tests.Federation;

public sealed class MailDomainTests
{
    [TestCase("ada@acme.test", "acme.test")]
    [TestCase("Ada.B+x@ACME.Test", "acme.test")]
    [TestCase("ada@b\u00fccher.test", "xn--bcher-kva.test")]
    [TestCase("ada@xn--bcher-kva.test", "xn--bcher-kva.test")]
    public void A_plain_address_has_the_domain_it_shows(string address, string domain) => Assert.That(MailDomain.Read(address)?.Domain, Is.EqualTo(domain));

    [TestCase("ada")]
    [TestCase("@acme.test")]
    [TestCase("ada@")]
    [TestCase("ada@acme")]
    [TestCase("ada@evil.test@acme.test")]
    [TestCase("\"ada@evil.test\"@acme.test")]
    [TestCase("ada(x)@acme.test")]
    [TestCase("ada @acme.test")]
    [TestCase("ada@acme.test ")]
    [TestCase("ada@acme.test.")]
    [TestCase("ada@acme..test")]
    [TestCase("ada..b@acme.test")]
    [TestCase("ada@[127.0.0.1]")]
    [TestCase("ada@\uff41cme.test", Description = "a wide a")]
    [TestCase("ada@acme\u3002test", Description = "an ideographic full stop")]
    [TestCase("ada@ac\u00adme.test", Description = "a soft hyphen")]
    [TestCase("ada@acme.test\u0000")]
    [TestCase("\u0430da@acme.test", Description = "a Cyrillic a before the @")]
    [TestCase("ada@acme.test\nevil.test")]
    public void What_can_be_read_in_two_ways_has_none(string address) => Assert.That(MailDomain.Read(address), Is.Null);

    [Test]
    public void A_domain_with_a_letter_that_looks_like_another_is_another_domain() => Assert.That(MailDomain.Read("ada@\u0430cme.test")?.Domain, Is.Not.EqualTo("acme.test"));
}
