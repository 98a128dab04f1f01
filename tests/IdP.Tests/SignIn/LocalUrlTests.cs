using IdP.SignIn;

namespace IdP.Tests.SignIn;

public sealed class LocalUrlTests
{
    [TestCase("/")]
    [TestCase("/account")]
    [TestCase("/account?a=1&b=%2F%2Fevil.test#top")]
    [TestCase("/connect/authorize?redirect_uri=https%3A%2F%2Fapp.example.test%2Fcb&scope=openid%20profile")]
    public void An_address_of_this_server_is_followed(string url) => Assert.That(LocalUrl.OrDefault(url), Is.EqualTo(url));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("account")]
    [TestCase("//evil.test")]
    [TestCase("///evil.test")]
    [TestCase("/\\evil.test")]
    [TestCase("\\\\evil.test")]
    [TestCase("/account\\..\\evil")]
    [TestCase("/%2Fevil.test")]
    [TestCase("/%2fevil.test")]
    [TestCase("/%5Cevil.test")]
    [TestCase("/%09/evil.test")]
    [TestCase("/\t/evil.test")]
    [TestCase(" /account")]
    [TestCase("/ /evil.test")]
    [TestCase("/account\r\nSet-Cookie: a=b")]
    [TestCase("/account%0d%0aSet-Cookie:a=b")]
    [TestCase("/account\0")]
    [TestCase("https://evil.test/")]
    [TestCase("https:evil.test")]
    [TestCase("javascript:alert(1)")]
    [TestCase("~//evil.test")]
    [TestCase("@evil.test")]
    [TestCase(".evil.test")]
    public void Anything_that_could_lead_elsewhere_leads_to_the_account_page(string? url) => Assert.That(LocalUrl.OrDefault(url), Is.EqualTo("/account"));

    [Test]
    public void An_address_of_absurd_length_is_not_followed() => Assert.That(LocalUrl.IsLocal("/" + new string('a', 30_000)), Is.False);
}
