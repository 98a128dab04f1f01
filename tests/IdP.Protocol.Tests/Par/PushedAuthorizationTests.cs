using System.Net;
using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Par;

/// <summary>RFC 9126: the app leaves its request with the server, the browser carries a reference that works once.</summary>
public sealed class PushedAuthorizationTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestClient Pushing = new("pushing", "pushing-secret", "https://pushing.example.test/cb");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "pushing", "clientSecrets": [{ "value": "pushing-secret" }], "allowedGrantTypes": ["authorization_code"], "requirePushedAuthorization": true, "requireConsent": true,
                "redirectUris": ["https://pushing.example.test/cb"], "allowedScopes": ["openid", "profile", "email"] }
            ] }
            """),
    };

    private static KeyValuePair<string, string?>[] Change(string name, string? value) => [new(name, value)];

    [Test]
    public async Task A_pushed_request_is_answered_with_a_reference_that_alone_leads_to_the_tokens()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        var pushed = await web.PushAsync("openid profile");
        var answer = await web.AuthorizeAsync(browser, pushed.Request, TestUsers.Alice);
        var tokens = (await web.ExchangeCodeAsync(answer)).Expected();

        Assert.That(pushed.Answer.Status, Is.EqualTo(HttpStatusCode.Created), pushed.Answer.Body);
        Assert.That(pushed.Answer.Text("request_uri"), Does.Match("^urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{43}$"));
        Assert.That(pushed.Answer.Text("expires_in"), Is.EqualTo("90"));
        Assert.That(pushed.Answer.Headers.CacheControl?.NoStore, Is.True);
        Assert.That(answer.Parameters["state"], Is.EqualTo(pushed.Request.State));
        Assert.That(Jwt.Parse(tokens.IdToken!).Text("nonce"), Is.EqualTo(pushed.Request.Nonce));
    }

    [Test]
    public async Task A_public_client_pushes_with_its_id_alone()
    {
        using var browser = Server.NewBrowser();
        var spa = Server.NewRelyingParty(TestClients.Spa);

        var answer = await spa.AuthorizeAsync(browser, (await spa.PushAsync("openid")).Request, TestUsers.Alice);

        Assert.That((await spa.ExchangeCodeAsync(answer)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_reference_may_be_visited_again_before_the_person_is_done_and_not_after()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var pushed = await web.PushAsync("openid");

        var first = await browser.OpenAsync(pushed.Request.Url);
        var second = await browser.OpenAsync(pushed.Request.Url);
        var done = await web.AuthorizeAsync(browser, pushed.Request, TestUsers.Alice);
        var again = await browser.GetAsync(pushed.Request.Url);
        var forged = await browser.GetAsync(pushed.Request.Url + "&redirect_uri=" + Uri.EscapeDataString(web.RedirectUri) + "&response_type=code&scope=openid&state=x");
        var fromThePage = await browser.GetAsync(first.FormWith("username")["returnUrl"].Value);

        Assert.That(new[] { first, second }.All(page => page.AsksToSignIn), Is.True);
        Assert.That(done.Code, Is.Not.Empty);
        foreach (var page in new[] { again, forged, fromThePage })
        {
            Assert.That((page.Status, page.Location), Is.EqualTo((HttpStatusCode.BadRequest, (Uri?)null)));
            Assert.That(page.Body, Does.Contain("invalid_request_uri").And.Contain("trace-id"));
        }
    }

    [Test]
    public async Task Of_many_visits_at_once_one_gets_the_code()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        await web.SignInAsync(browser, "openid", TestUsers.Alice);
        var pushed = await web.PushAsync("openid");

        var pages = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => browser.GetAsync(pushed.Request.Url)));

        Assert.That(pages.Count(page => page.LocationParameters.ContainsKey("code")), Is.EqualTo(1));
        Assert.That(pages.Where(page => !page.LocationParameters.ContainsKey("code")).Select(page => page.Status), Has.All.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_reference_expires_unless_the_person_has_begun_with_it()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var begun = await web.PushAsync("openid");
        var left = await web.PushAsync("openid");
        var signIn = await browser.OpenAsync(begun.Request.Url);

        Server.Clock.Advance(TimeSpan.FromSeconds(95));
        var late = await browser.GetAsync(left.Request.Url);
        Server.Clock.Advance(TimeSpan.FromMinutes(10));
        var finished = await browser.FollowAsync(await browser.SignInAsync(signIn, TestUsers.Bob.UserName, TestUsers.Bob.Password));

        Assert.That((late.Status, late.Location), Is.EqualTo((HttpStatusCode.BadRequest, (Uri?)null)));
        Assert.That(late.Body, Does.Contain("invalid_request_uri"));
        Assert.That(finished.LocationParameters, Contains.Key("code"), finished.Body);
    }

    [Test]
    public async Task Another_client_cannot_use_a_reference()
    {
        using var browser = Server.NewBrowser();
        var pushed = await Server.NewRelyingParty(TestClients.Web).PushAsync("openid");

        var page = await browser.GetAsync(pushed.Request.Url.Replace("client_id=web", "client_id=spa&redirect_uri=" + Uri.EscapeDataString(TestClients.Spa.RedirectUri!), StringComparison.Ordinal));

        Assert.That((page.Status, page.Location), Is.EqualTo((HttpStatusCode.BadRequest, (Uri?)null)));
    }

    [TestCase("urn:ietf:params:oauth:request_uri:nonsense")]
    [TestCase("urn:ietf:params:oauth:request_uri:")]
    [TestCase("URN:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_reference_that_was_never_given_leads_nowhere(string requestUri)
    {
        using var browser = Server.NewBrowser();

        var page = await browser.GetAsync("/connect/authorize?client_id=web&request_uri=" + Uri.EscapeDataString(requestUri));

        Assert.That((page.Status, page.Location), Is.EqualTo((HttpStatusCode.BadRequest, (Uri?)null)));
    }

    [Test]
    public async Task What_stands_beside_a_reference_does_not_count()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var pushed = await web.PushAsync("openid");

        var request = pushed.Request with { Url = pushed.Request.Url + "&scope=openid%20email&state=evil&prompt=none&redirect_uri=https%3A%2F%2Fevil.test%2F&nonce=evil&response_type=token&max_age=soon&response_mode=nonsense" };
        var answer = await web.AuthorizeAsync(browser, request, TestUsers.Alice);
        var tokens = (await web.ExchangeCodeAsync(answer)).Expected();

        Assert.That(answer.Parameters["state"], Is.EqualTo(pushed.Request.State));
        Assert.That(Jwt.Parse(tokens.IdToken!).Text("nonce"), Is.EqualTo(pushed.Request.Nonce));
        Assert.That(Jwt.Parse(tokens.AccessToken!).Text("scope"), Is.EqualTo("openid"));
    }

    [Test]
    public async Task The_client_id_has_to_stand_beside_the_reference_once()
    {
        using var browser = Server.NewBrowser();
        var pushed = await Server.NewRelyingParty(TestClients.Web).PushAsync("openid");

        foreach (var url in new[] { pushed.Request.Url.Replace("client_id=web&", "", StringComparison.Ordinal), pushed.Request.Url + "&client_id=web", pushed.Request.Url + "&request_uri=x" })
            Assert.That((await browser.GetAsync(url)).Status, Is.EqualTo(HttpStatusCode.BadRequest), url);
    }

    [TestCase("prompt", "login")]
    [TestCase("max_age", "0")]
    public async Task A_pushed_demand_for_a_new_authentication_asks_once_and_then_completes(string name, string value)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        await web.SignInAsync(browser, "openid", TestUsers.Alice);
        Server.Clock.Advance(TimeSpan.FromSeconds(5));
        var pushed = await web.PushAsync("openid", Change(name, value));

        var page = await browser.OpenAsync(pushed.Request.Url);
        var after = await browser.FollowAsync(await browser.SignInAsync(page, TestUsers.Alice.UserName, TestUsers.Alice.Password));
        var again = await browser.GetAsync(pushed.Request.Url);

        Assert.That(after.LocationParameters, Contains.Key("code"), after.Body);
        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task The_pages_are_about_the_pushed_request_and_its_content_never_reaches_the_browser()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Pushing);
        var pushed = await app.PushAsync("openid email", [new("login_hint", "alice"), new("claims", """{"userinfo":{"email":null}}""")]);

        var signIn = await browser.OpenAsync(pushed.Request.Url);
        var consent = await browser.FollowAsync(await browser.SignInAsync(signIn, TestUsers.Alice.UserName, TestUsers.Alice.Password));
        var done = await browser.FollowAsync(await browser.ConsentAsync(consent));

        Assert.That(signIn.FormWith("username")["username"].Value, Is.EqualTo("alice"));
        Assert.That(signIn.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("form-action 'self' https://pushing.example.test"));
        Assert.That(consent.Body, Does.Contain("Your e-mail address"));
        foreach (var page in new[] { signIn, consent })
        {
            Assert.That(page.Url.Query, Does.Not.Contain("scope").And.Not.Contain("nonce").And.Not.Contain("claims"));
            Assert.That(page.Body, Does.Not.Contain(pushed.Request.State));
        }
        Assert.That(done.LocationParameters, Contains.Key("code"), done.Body);
    }

    [Test]
    public async Task A_client_that_must_push_is_refused_otherwise_and_learns_why()
    {
        using var browser = Server.NewBrowser();

        var page = await browser.GetAsync(Server.NewRelyingParty(Pushing).NewRequest("openid").Url);

        Assert.That(page.LocationParameters["error"], Is.EqualTo("invalid_request"));
        Assert.That(page.LocationParameters["error_description"], Does.Contain("request_uri"));
    }

    [TestCase("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request")]
    [TestCase("request_uri", "https://evil.test/object", "invalid_request")]
    [TestCase("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported")]
    [TestCase("registration", "{}", "registration_not_supported")]
    [TestCase("redirect_uri", "https://evil.test/cb", "invalid_request")]
    [TestCase("redirect_uri", "https://web.example.test/cb?x", "invalid_request")]
    [TestCase("redirect_uri", null, "invalid_request")]
    [TestCase("redirect_uri", "javascript:alert(1)", "invalid_request")]
    [TestCase("redirect_uri", "//\u202e", "invalid_request")]
    [TestCase("redirect_uri", "https://\u00ad", "invalid_request")]
    [TestCase("response_type", null, "invalid_request")]
    [TestCase("response_type", "nonsense", "unsupported_response_type")]
    [TestCase("response_mode", "nonsense", "invalid_request")]
    [TestCase("scope", null, "invalid_request")]
    [TestCase("scope", "openid no.such.scope", "invalid_scope")]
    [TestCase("code_challenge", null, "invalid_request")]
    [TestCase("code_challenge", "short", "invalid_request")]
    [TestCase("code_challenge_method", "plain", "invalid_request")]
    [TestCase("prompt", "none login", "invalid_request")]
    [TestCase("prompt", "nonsense", "invalid_request")]
    [TestCase("max_age", "-1", "invalid_request")]
    [TestCase("state", "a\u0001b", "invalid_request")]
    [TestCase("nonce", "a\0b", "invalid_request")]
    public async Task What_could_not_be_asked_is_refused_at_the_push(string name, string? value, string error)
    {
        var pushed = await Server.NewRelyingParty(TestClients.Web).PushAsync("openid", Change(name, value));

        Assert.That((pushed.Answer.Status, pushed.Answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, error)), pushed.Answer.Body);
        Assert.That(pushed.Answer.Headers.CacheControl?.NoStore, Is.True);
    }

    [TestCase("scope", "openid")]
    [TestCase("client_id", "web")]
    [TestCase("redirect_uri", "https://web.example.test/cb")]
    [TestCase("SCOPE", "openid")]
    public async Task A_parameter_pushed_twice_is_refused(string name, string value)
    {
        var web = Server.NewRelyingParty(TestClients.Web);
        KeyValuePair<string, string>[] form = [new("client_id", "web"), new("response_type", "code"), new("redirect_uri", web.RedirectUri), new("scope", "openid"), new("code_challenge", Pkce.Create().Challenge), new("code_challenge_method", "S256")];

        var good = await web.PostAsync("/connect/par", form);
        var twice = await web.PostAsync("/connect/par", [.. form, new(name, value)]);

        Assert.That(good.Status, Is.EqualTo(HttpStatusCode.Created), good.Body);
        Assert.That((twice.Status, twice.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")));
    }

    [Test]
    public async Task A_client_authenticates_as_at_the_token_endpoint()
    {
        using var wrong = new RelyingParty(Server.Origin, "web", "wrong", TestClients.Web.RedirectUri);
        using var bare = new RelyingParty(Server.Origin, "web", null, TestClients.Web.RedirectUri);
        using var unknown = new RelyingParty(Server.Origin, "nobody", null, TestClients.Web.RedirectUri);
        var web = Server.NewRelyingParty(TestClients.Web);

        var basic = (await wrong.PushAsync("openid")).Answer;
        var none = (await bare.PushAsync("openid")).Answer;
        var posted = (await bare.PushAsync("openid", Change("client_secret", TestClients.Web.Secret))).Answer;
        var stranger = (await unknown.PushAsync("openid")).Answer;
        var machine = await Server.NewRelyingParty(TestClients.Machine).PostAsync("/connect/par", [new("response_type", "code"), new("redirect_uri", web.RedirectUri), new("scope", "openid")]);
        var twoNames = (await web.PushAsync("openid", Change("client_id", "spa"))).Answer;

        Assert.That((basic.Status, basic.Error), Is.EqualTo((HttpStatusCode.Unauthorized, "invalid_client")));
        Assert.That(basic.Headers.WwwAuthenticate.ToString(), Does.StartWith("Basic"));
        foreach (var answer in new[] { none, posted, stranger }) Assert.That(answer.Error, Is.EqualTo("invalid_client"), answer.Body);
        Assert.That(machine.Status, Is.EqualTo(HttpStatusCode.BadRequest), machine.Body);
        Assert.That((twoNames.Status, twoNames.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")), twoNames.Body);
    }

    [Test]
    public async Task Only_a_posted_form_is_taken()
    {
        using var http = Server.NewHttpClient();

        using var get = await http.GetAsync("/connect/par?client_id=web");
        using var put = await http.PutAsync("/connect/par", new FormUrlEncodedContent([]));
        using var json = await http.PostAsync("/connect/par", new StringContent("{}", null, "application/json"));

        Assert.That(get.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(get.Content.Headers.Allow, Is.EqualTo(new[] { "POST" }));
        Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(json.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
    }

    [Test]
    public async Task A_push_is_one_statement_and_leaves_no_secret_behind()
    {
        var web = Server.NewRelyingParty(TestClients.Web);
        await web.PushAsync("openid");

        var sql = await Server.RecordSqlAsync(async () => Assert.That((await web.PushAsync("openid", Change("state", "findme"))).Answer.Status, Is.EqualTo(HttpStatusCode.Created)));
        var rows = await Server.WithDatabaseAsync(db => db.Set<GrantToken>().AsNoTracking().Where(t => t.GrantId == null).ToListAsync());

        Assert.That(sql.Statements, Has.Count.EqualTo(1), sql.ToString());
        Assert.That(rows, Is.Not.Empty);
        Assert.That(rows.Select(row => row.Payload), Has.None.Contains("findme").And.None.Contains("web-secret"));
        Assert.That(Server.Logs.Contain("web-secret"), Is.False);
    }

    [Test]
    public async Task Registered_origins_may_push_from_a_browser_and_no_others()
    {
        using var http = Server.NewHttpClient();
        async Task<string?> AllowedAsync(string origin)
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, "/connect/par") { Headers = { { "Origin", origin }, { "Access-Control-Request-Method", "POST" } } };
            using var response = await http.SendAsync(request);
            return response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;
        }

        Assert.That(await AllowedAsync("https://spa.example.test"), Is.EqualTo("https://spa.example.test"));
        Assert.That(await AllowedAsync("https://evil.test"), Is.Null);
    }
}
