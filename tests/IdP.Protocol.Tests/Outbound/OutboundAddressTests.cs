using IdP.Protocol.Outbound;

namespace IdP.Protocol.Tests.Outbound;

public sealed class OutboundAddressTests
{
    [TestCase("https://0/")]
    [TestCase("https://2130706433/")]
    [TestCase("https://0x7f000001/")]
    [TestCase("https://0x7f.0.0.1/")]
    [TestCase("https://127.1/")]
    [TestCase("https://0177.0.0.1/")]
    [TestCase("https://017700000001/")]
    [TestCase("https://1.2.3.4.5/")]
    [TestCase("https://127.0.0.1./")]
    [TestCase("https://localhost./")]
    [TestCase("https://app.example.test./")]
    [TestCase("https://a..example.test/")]
    [TestCase("https://.example.test/")]
    [TestCase("https://user@app.example.test/")]
    [TestCase("https://@app.example.test/")]
    [TestCase("https://app.example.test\\@evil.test/")]
    [TestCase("https://app.example.test%40evil.test/")]
    [TestCase("https://%31%32%37.0.0.1/")]
    [TestCase("https://①②⑦.0.0.1/")]
    [TestCase("https://app。example.test/")]
    [TestCase("https://[fe80::1%25eth0]/")]
    [TestCase("https://[::1/")]
    [TestCase("https://[127.0.0.1]/")]
    [TestCase("https://[::1]x/")]
    [TestCase("https://::1/")]
    [TestCase("https://app.example.test:/")]
    [TestCase("https://app.example.test:0/")]
    [TestCase("https://app.example.test:65536/")]
    [TestCase("https://app.example.test:+443/")]
    [TestCase("https://app.example.test:443:443/")]
    [TestCase("https:///keys")]
    [TestCase("https:app.example.test")]
    [TestCase("https:/app.example.test")]
    [TestCase("https:\\\\app.example.test")]
    [TestCase("//app.example.test/")]
    [TestCase("app.example.test")]
    [TestCase("file:///etc/passwd")]
    [TestCase("gopher://app.example.test/")]
    [TestCase("ftp://app.example.test/")]
    [TestCase("ws://app.example.test/")]
    [TestCase("data:application/json,{}")]
    [TestCase(" https://app.example.test/")]
    [TestCase("https://app.example.test/a b")]
    [TestCase("https://app.example.test/\r\nHost: evil.test")]
    [TestCase("https://app.example.test/\0")]
    [TestCase("")]
    public void An_address_that_hides_where_it_leads_is_refused(string address) => Assert.That(OutboundAddress.TryParse(address, out _), Is.False);

    [TestCase("https://app.example.test/keys", "app.example.test", 443)]
    [TestCase("HTTPS://App.Example.Test:8443?x=@#y", "app.example.test", 8443)]
    [TestCase("http://localhost:5000/", "localhost", 5000)]
    [TestCase("https://1e100.example/", "1e100.example", 443)]
    [TestCase("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443)]
    [TestCase("https://a_b.example.test/", "a_b.example.test", 443)]
    [TestCase("https://93.184.216.34/", "93.184.216.34", 443)]
    [TestCase("https://[2606:4700::1]:8443/", "2606:4700::1", 8443)]
    public void An_address_that_says_where_it_leads_is_read_as_written(string address, string host, int port)
    {
        Assert.That(OutboundAddress.TryParse(address, out var uri), Is.True);
        Assert.That((uri!.IdnHost, uri.Port), Is.EqualTo((host, port))); // not null, for it was read
    }

    [Test]
    public void An_address_is_at_most_2000_characters_long() => Assert.That(OutboundAddress.TryParse("https://app.example.test/" + new string('a', 2000), out _), Is.False);
}
