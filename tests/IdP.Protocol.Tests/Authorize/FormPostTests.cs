using System.Net;

namespace IdP.Protocol.Tests.Authorize;

/// <summary>OAuth 2.0 Form Post Response Mode 1.0; the page itself is tested in a browser.</summary>
public sealed class FormPostTests(DatabaseKind database) : FrontChannelTest(database)
{
    private static readonly (string, string?) FormPost = ("response_mode", "form_post");

    [Test]
    public async Task A_code_comes_in_a_form_and_works()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        var answer = await web.AuthorizeAsync(browser, "openid", TestUsers.Alice, Asking("code", FormPost));

        Assert.That(answer.Parameters.Keys, Is.EquivalentTo(new[] { "code", "state", "iss", "session_state" }));
        Assert.That((await web.ExchangeCodeAsync(answer)).Expected().IdToken, Is.Not.Null);
    }

    [Test]
    public async Task Tokens_come_in_a_form_whose_page_may_be_sent_nowhere_but_to_the_app()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.Hybrid);
        await app.AuthorizeAsync(browser, "openid", TestUsers.Alice, Asking("code id_token"));

        var page = await browser.OpenAsync(app.NewRequest("openid", Asking("code id_token token", FormPost)).Url);

        Assert.That((page.Status, page.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, "text/html")));
        Assert.That(page.Headers.CacheControl?.NoStore, Is.True);
        Assert.That(page.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("form-action https://hybrid.example.test;").And.Contain("default-src 'none'").And.Not.Contain("unsafe-inline"));
        Assert.That(page.Headers.GetValues("Referrer-Policy").Single(), Is.EqualTo("no-referrer"));
        var form = page.Forms.Single();
        Assert.That((form.Method, form.Action.AbsoluteUri), Is.EqualTo((HttpMethod.Post, "https://hybrid.example.test/cb")));
        Assert.That(form.Fields.Select(field => field.Name), Is.SupersetOf(new[] { "code", "id_token", "access_token", "token_type", "expires_in", "state", "iss" }));
        Assert.That(page.Body, Does.Not.Contain("<script>"), "no script but our own file");
    }

    [TestCase("\"><img src=x onerror=alert(1)>")]
    [TestCase("</form><form action=https://evil.test><input name=code value='")]
    [TestCase("&quot;&#34; <script>alert(1)</script> {{7*7}} @(1+1)")]
    [TestCase("ünï\U0001F600\u202Ecode")]
    public async Task A_state_with_markup_comes_back_as_the_text_it_is(string state)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        await web.AuthorizeAsync(browser, "openid", TestUsers.Alice);

        var page = await browser.OpenAsync(web.NewRequest("openid", Asking("code", FormPost, ("state", state))).Url);

        Assert.That(page.Forms, Has.Count.EqualTo(1));
        Assert.That(page.Forms[0]["state"].Value, Is.EqualTo(state));
        Assert.That(page.Body.Split("<img").Length, Is.EqualTo(2), "the brand and no other image");
        Assert.That(page.Body, Does.Not.Contain("<script>").And.Not.Contain("<input name=code"));
    }

    [TestCase("code", "scope", "openid no.such.scope", "invalid_scope")]
    [TestCase("code", "prompt", "none", "login_required")]
    [TestCase("code", "code_challenge", "short", "invalid_request")]
    [TestCase("id_token", "nonce", "n", "unauthorized_client")]
    [TestCase("nonsense", "nonce", "n", "unsupported_response_type")]
    [TestCase(null, "nonce", "n", "invalid_request")]
    public async Task An_error_comes_in_the_form_too(string? responseType, string name, string value, string error)
    {
        using var browser = Server.NewBrowser();
        var request = Server.NewRelyingParty(TestClients.Web).NewRequest("openid", Asking(responseType, FormPost, (name, value)));

        var page = await browser.GetAsync(request.Url);

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK), page.Body);
        var form = page.Forms.Single();
        Assert.That(form.Action.AbsoluteUri, Is.EqualTo("https://web.example.test/cb"));
        Assert.That(new[] { form["error"].Value, form["state"].Value, form["iss"].Value }, Is.EqualTo(new[] { error, request.State, Server.Origin.ToString().TrimEnd('/') }));
    }

    [Test]
    public async Task An_unproven_redirect_uri_gets_no_form()
    {
        using var browser = Server.NewBrowser();

        var page = await browser.GetAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid", Asking("code", FormPost, ("redirect_uri", "https://evil.test/cb"))).Url);

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(page.Forms, Is.Empty);
        Assert.That(page.Body, Does.Not.Contain("evil.test"));
    }
}
