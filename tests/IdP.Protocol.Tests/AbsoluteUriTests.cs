using FsCheck;
using FsCheck.Fluent;

namespace IdP.Protocol.Tests;

/// <summary>RFC 3986: what a stranger may name as an absolute URI, and that reading it never breaks.</summary>
public sealed class AbsoluteUriTests
{
    [TestCase("https://app.example.test/cb?a=b", "app.example.test")]
    [TestCase("HTTPS://APP.example.test", "app.example.test")]
    [TestCase("http://[::1]:8080/", "[::1]")]
    [TestCase("com.example.app:/cb", "")]
    [TestCase("urn:example:api", "")]
    public void An_absolute_uri_is_read(string text, string host) => Assert.That((AbsoluteUri.TryParse(text, out var uri), uri?.Host), Is.EqualTo((true, host)));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("plain")]
    [TestCase("/etc/passwd")]
    [TestCase("//app.example.test/cb")]
    [TestCase("\\\\app\\share")]
    [TestCase(" https://app.example.test")]
    [TestCase("https://app.example.test/a b")]
    [TestCase("https://app.example.test/ä")]
    [TestCase("//\u202e")]
    [TestCase("https://\u00ad")]
    [TestCase("https://\uffff")]
    [TestCase("https://xn--\u00e9")]
    [TestCase("https://")]
    [TestCase("https://a:99999/")]
    public void Anything_else_is_not(string? text) => Assert.That(AbsoluteUri.TryParse(text, out _), Is.False);

    [Test]
    public void Whatever_the_text_nothing_throws() =>
        Law.Holds(Gen.OneOf(Law.AnyText, from start in Gen.Elements("//", "\\\\", "https://", "file://", "x:") from rest in Law.AnyText select start + rest, Law.Near("https://app.example.test:8080/cb?a#b")), text =>
            !AbsoluteUri.TryParse(text, out var uri) || new[] { uri.Host, uri.IdnHost, uri.Authority, uri.AbsoluteUri, uri.GetLeftPart(UriPartial.Authority), uri.Query, uri.Fragment, uri.UserInfo }.All(part => part is not null), runs: 20_000);
}
