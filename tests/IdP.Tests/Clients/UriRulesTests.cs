using IdP.Clients;

namespace IdP.Tests.Clients;

public sealed class UriRulesTests
{
    [TestCase("https://app.example.com/cb")]
    [TestCase("https://app.example.com:8443/cb?tenant=1")]
    [TestCase("https://xn--bcher-kva.example/cb")]
    [TestCase("http://localhost:5001/cb")]
    [TestCase("http://127.0.0.1/cb")]
    [TestCase("http://[::1]:7000/cb")]
    public void A_redirect_uri_is_https_or_http_to_the_same_machine(string uri) =>
        Assert.That(UriRules.RedirectProblem(uri, privateUseSchemes: false), Is.Null);

    [TestCase("com.example.app:/cb")]
    [TestCase("com.example.app://cb")]
    public void A_scheme_with_a_dot_is_for_native_apps_only(string uri)
    {
        Assert.That(UriRules.RedirectProblem(uri, privateUseSchemes: true), Is.Null);
        Assert.That(UriRules.RedirectProblem(uri, privateUseSchemes: false), Does.Contain("native"));
    }

    [TestCase("", "missing")]
    [TestCase("/cb", "absolute")]
    [TestCase("app.example.com/cb", "absolute")]
    [TestCase("https://app.example.com/cb#f", "fragment")]
    [TestCase("https://app.example.com/cb#", "fragment")]
    [TestCase("https://*.example.com/cb", "Wildcards")]
    [TestCase("https://app.example.com/*", "Wildcards")]
    [TestCase("https://app.example.com*", "Wildcards")]
    [TestCase("https://good.example@evil.example/cb", "user information")]
    [TestCase("https://@evil.example/cb", "user information")]
    [TestCase("https://", "absolute")]
    [TestCase("https:app.example.com/cb", "absolute")]
    [TestCase("https:///cb", "absolute")]
    [TestCase("http://app.example.com/cb", "Without https")]
    [TestCase("http://localhost.evil.example/cb", "Without https")]
    [TestCase("http://127.0.0.1.evil.example/cb", "Without https")]
    [TestCase("http://10.0.0.1/cb", "Without https")]
    [TestCase("https://app.example.com:/cb", "port")]
    [TestCase("https://app.example.com\\@evil.example/cb", "backslashes")]
    [TestCase("https://app.example.com/a b", "spaces")]
    [TestCase("https://app.example.com/\u0000", "control")]
    [TestCase("https://äpp.example.com/cb", "punycode")]
    [TestCase("javascript:alert(1)", "not allowed")]
    [TestCase("JavaScript://a.b/%0aalert(1)", "not allowed")]
    [TestCase("data:text/html,x", "not allowed")]
    [TestCase("vbscript:x", "not allowed")]
    [TestCase("blob:https://app.example.com/x", "not allowed")]
    [TestCase("file:///etc/passwd", "not allowed")]
    [TestCase("myapp:/cb", "not allowed")]
    [TestCase("ftp://app.example.com/cb", "not allowed")]
    public void A_redirect_uri_that_could_leak_a_code_is_refused(string uri, string reason) =>
        Assert.That(UriRules.RedirectProblem(uri, privateUseSchemes: true), Does.Contain(reason));

    [Test]
    public void A_redirect_uri_has_a_bounded_length() =>
        Assert.That(UriRules.RedirectProblem("https://app.example.com/" + new string('a', 2000), privateUseSchemes: false), Does.Contain("2000"));

    [TestCase("https://app.example.com", null)]
    [TestCase("https://app.example.com:8443", null)]
    [TestCase("http://localhost:5003", null)]
    [TestCase("https://app.example.com/", "no path")]
    [TestCase("https://app.example.com/x", "no path")]
    [TestCase("https://app.example.com:443", "no path")]
    [TestCase("https://App.example.com", "lower case")]
    [TestCase("HTTPS://app.example.com", "lower case")]
    [TestCase("https://app.example.com?x", "no path")]
    [TestCase("http://app.example.com", "Without https")]
    [TestCase("null", "scheme, host and port")]
    [TestCase("*", "Wildcards")]
    [TestCase("com.example.app://x", "scheme, host and port")]
    public void An_origin_is_written_as_browsers_send_it(string origin, string? reason)
    {
        if (reason is null) Assert.That(UriRules.OriginProblem(origin), Is.Null);
        else Assert.That(UriRules.OriginProblem(origin), Does.Contain(reason));
    }

    [TestCase("https://app.example.com/", true)]
    [TestCase("http://intranet/app", true)]
    [TestCase("javascript:alert(1)", false)]
    [TestCase("data:text/html,x", false)]
    [TestCase("//evil.example", false)]
    public void A_link_on_a_page_is_a_web_address(string uri, bool allowed) =>
        Assert.That(UriRules.LinkProblem(uri) is null, Is.EqualTo(allowed));
}
