using System.Net;
using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Authorize;

/// <summary>RFC 6749 4.1.2.1: errors go back to the client only when client and redirect URI are proven.</summary>
public sealed class AuthorizeErrorTests(DatabaseKind database) : ServerTest(database)
{
    private static KeyValuePair<string, string?>[] Change(string name, string? value) => [new(name, value)];

    [TestCase("client_id", "nobody")]
    [TestCase("client_id", null)]
    [TestCase("client_id", "web\0")]
    [TestCase("redirect_uri", "https://evil.test/cb")]
    [TestCase("redirect_uri", "https://web.example.test.evil.test/cb")]
    [TestCase("redirect_uri", "https://web.example.test@evil.test/cb")]
    [TestCase("redirect_uri", "https://web.example.test/cb/../x")]
    [TestCase("redirect_uri", "https://web.example.test/CB")]
    [TestCase("redirect_uri", "https://web.example.test/cb?x=1")]
    [TestCase("redirect_uri", "https://web.example.test/cb#f")]
    [TestCase("redirect_uri", "http://web.example.test/cb")]
    [TestCase("redirect_uri", "https://web.example.test:444/cb")]
    [TestCase("redirect_uri", "javascript:alert(1)")]
    [TestCase("redirect_uri", "https://web.example.test/cb\0")]
    [TestCase("redirect_uri", "//\u202e")]
    [TestCase("redirect_uri", "https://\u00ad")]
    [TestCase("redirect_uri", "https://xn--\u00e9/cb")]
    [TestCase("redirect_uri", "")]
    public async Task An_unproven_client_or_redirect_uri_ends_on_our_own_page(string name, string? value)
    {
        using var browser = Server.NewBrowser();

        var page = await browser.GetAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid", Change(name, value)).Url);

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(page.Location, Is.Null);
        Assert.That(page.Body, Does.Contain("trace-id"));
        Assert.That(page.Body, Does.Not.Contain("Exception"));
    }

    [TestCase("resource", "//\u202e", "invalid_target")]
    [TestCase("resource", "https://\u00ad", "invalid_target")]
    [TestCase("code_challenge", null, "invalid_request")]
    [TestCase("code_challenge_method", "plain", "invalid_request")]
    [TestCase("code_challenge_method", null, "invalid_request")]
    [TestCase("code_challenge", "short", "invalid_request")]
    [TestCase("response_type", null, "invalid_request,unsupported_response_type")]
    [TestCase("response_type", "token", "unsupported_response_type,unauthorized_client,invalid_request")]
    [TestCase("response_type", "nonsense", "unsupported_response_type")]
    [TestCase("scope", "openid no.such.scope", "invalid_scope")]
    [TestCase("scope", null, "invalid_request")]
    [TestCase("prompt", "none login", "invalid_request")]
    [TestCase("prompt", "none", "login_required")]
    [TestCase("max_age", "-1", "invalid_request")]
    [TestCase("max_age", "soon", "invalid_request")]
    [TestCase("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported")]
    [TestCase("response_mode", "nonsense", "invalid_request")]
    public async Task A_proven_client_gets_the_error_with_its_state_and_our_issuer(string name, string? value, string errors)
    {
        using var browser = Server.NewBrowser();
        var request = Server.NewRelyingParty(TestClients.Web).NewRequest("openid", Change(name, value));

        var page = await browser.GetAsync(request.Url);

        Assert.That(page.Location?.ToString(), Does.StartWith("https://web.example.test/cb"), page.Body);
        var answer = page.LocationParameters.Count > 0 ? page.LocationParameters : Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(page.Location!.Fragment.TrimStart('#')).ToDictionary(p => p.Key, p => p.Value.ToString());
        Assert.That(answer["error"], Is.AnyOf([.. errors.Split(',')]));
        Assert.That(answer["state"], Is.EqualTo(request.State));
        Assert.That(answer["iss"], Is.EqualTo(Server.Origin.ToString().TrimEnd('/')));
    }

    [TestCase("prompt", "none")]
    [TestCase("scope", "no.such.scope")]
    [TestCase("client_id", "nobody")]
    public async Task No_answer_names_the_engine_or_links_its_documentation(string name, string value)
    {
        using var browser = Server.NewBrowser();

        var page = await browser.GetAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid", Change(name, value)).Url);

        Assert.That(page.LocationParameters.Keys, Has.None.EqualTo("error_uri"));
        Assert.That(page.Location + page.Body, Does.Not.Contain("openiddict").IgnoreCase);
    }

    [TestCase("state", 100_000)]
    [TestCase("nonce", 100_000)]
    [TestCase("unknown", 100_000)]
    [TestCase("login_hint", 5_000)]
    public async Task An_oversized_parameter_is_refused_without_a_server_error(string name, int length)
    {
        using var browser = Server.NewBrowser();

        var page = await browser.GetAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid", Change(name, new string('x', length))).Url);

        Assert.That(page.LocationParameters["error"], Is.EqualTo("invalid_request"));
    }

    [TestCase("state=again", true)]
    [TestCase("scope=openid", true)]
    [TestCase("response_type=code", true)]
    [TestCase("client_id=web", false)]
    [TestCase("redirect_uri=https%3A%2F%2Fweb.example.test%2Fcb", false)]
    [TestCase("CLIENT_ID=web", false)]
    public async Task A_parameter_sent_twice_is_refused_and_proves_nothing_when_it_is_the_client_or_the_redirect_uri(string again, bool redirected)
    {
        using var browser = Server.NewBrowser();

        var page = await browser.GetAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid").Url + "&" + again);

        if (redirected) Assert.That(page.LocationParameters["error"], Is.EqualTo("invalid_request"));
        else Assert.That((page.Status, page.Location), Is.EqualTo((HttpStatusCode.BadRequest, (Uri?)null)));
    }

    [TestCase("//evil.test")]
    [TestCase("/\\evil.test")]
    [TestCase("/%09/evil.test")]
    [TestCase("/%5Cevil.test")]
    [TestCase("https:evil.test")]
    [TestCase("https://evil.test/")]
    [TestCase(" /evil")]
    public async Task After_sign_in_nobody_is_sent_to_a_foreign_address(string returnUrl)
    {
        using var browser = Server.NewBrowser();

        var page = await browser.SignInAsync(await browser.GetAsync("/signin?returnUrl=" + Uri.EscapeDataString(returnUrl)), TestUsers.Alice.UserName, TestUsers.Alice.Password);

        Assert.That(page.Location?.PathAndQuery, Is.EqualTo("/account"));
        Assert.That(page.Location?.Host, Is.EqualTo(Server.Origin.Host));
    }
}
