using System.Net;

namespace IdP.Protocol.Tests.Authorize;

/// <summary>Parameters of OpenID Connect Core 3.1.2.1 and 6, asked for or not supported, and those that mean nothing here.</summary>
public sealed class RequestParameterTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestClient Described = new("described", "described-secret", "https://described.example.test/cb");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "described", "clientName": "Described app", "clientSecrets": [{ "value": "described-secret" }], "allowedGrantTypes": ["authorization_code"], "requireConsent": true,
                "policyUri": "https://described.example.test/privacy", "tosUri": "https://described.example.test/terms", "logoUri": "https://described.example.test/logo.png",
                "redirectUris": ["https://described.example.test/cb"], "allowedScopes": ["openid", "profile"] }
            ] }
            """),
    };

    private static KeyValuePair<string, string?>[] Change(string name, string? value) => [new(name, value)];

    [TestCase("request", "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwudGVzdC8ifQ.", "request_not_supported")]
    [TestCase("request_uri", "https://web.example.test/object", "request_uri_not_supported")]
    [TestCase("request_uri", "http://169.254.169.254/latest/meta-data", "request_uri_not_supported")]
    [TestCase("request_uri", "urn:example:object", "request_uri_not_supported")]
    [TestCase("registration", """{"redirect_uris":["https://evil.test/"]}""", "registration_not_supported")]
    [TestCase("prompt", "create", "invalid_request")]
    [TestCase("prompt", "create login", "invalid_request")]
    [TestCase("prompt", "none consent", "invalid_request")]
    [TestCase("prompt", "none select_account", "invalid_request")]
    [TestCase("prompt", "nonsense", "invalid_request")]
    [TestCase("prompt", "LOGIN", "invalid_request")]
    [TestCase("max_age", "1.5", "invalid_request")]
    [TestCase("max_age", "99999999999999999999", "invalid_request")]
    [TestCase("max_age", "٣", "invalid_request")]
    public async Task What_is_not_supported_or_makes_no_sense_is_told_to_the_client(string name, string value, string error)
    {
        using var browser = Server.NewBrowser();
        var request = Server.NewRelyingParty(TestClients.Web).NewRequest("openid", Change(name, value));

        var page = await browser.GetAsync(request.Url);

        Assert.That(page.Location?.AbsoluteUri, Does.StartWith("https://web.example.test/cb"), page.Body);
        Assert.That((page.LocationParameters["error"], page.LocationParameters["state"]), Is.EqualTo((error, request.State)));
    }

    [TestCase("request", "eyJhbGciOiJub25lIn0.e30.")]
    [TestCase("request_uri", "https://web.example.test/object")]
    [TestCase("registration", "{}")]
    public async Task Without_a_proven_redirect_uri_it_is_told_on_our_own_page(string name, string value)
    {
        using var browser = Server.NewBrowser();

        var page = await browser.GetAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid", [new(name, value), new("redirect_uri", "https://evil.test/cb")]).Url);

        Assert.That((page.Status, page.Location), Is.EqualTo((HttpStatusCode.BadRequest, (Uri?)null)));
    }

    [TestCase("display", "page")]
    [TestCase("display", "popup")]
    [TestCase("display", "touch")]
    [TestCase("display", "wap")]
    [TestCase("display", "hologram")]
    [TestCase("ui_locales", "de-CH fr en")]
    [TestCase("ui_locales", "xx-nonsense")]
    [TestCase("claims_locales", "se")]
    [TestCase("login_hint", "nobody@example.test")]
    [TestCase("id_token_hint", "nonsense")]
    [TestCase("extra", "foobar")]
    [TestCase("extra", "ÜñïcÖdé ☃ 😀")]
    [TestCase("state", "ÜñïcÖdé ☃ 😀")]
    [TestCase("nonce", "ÜñïcÖdé ☃ 😀")]
    [TestCase("max_age", "15000")]
    [TestCase("prompt", "select_account")]
    [TestCase("prompt", "login consent")]
    public async Task A_wish_or_an_unknown_parameter_does_not_disturb(string name, string value)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        var answer = await web.AuthorizeAsync(browser, "openid", TestUsers.Alice, Change(name, value));
        var tokens = (await web.ExchangeCodeAsync(answer)).Expected();

        Assert.That(answer.Parameters["state"], Is.EqualTo(answer.Request.State));
        Assert.That(Jwt.Parse(tokens.IdToken!).Text("nonce"), Is.EqualTo(answer.Request.Nonce));
        Assert.That(Jwt.Parse(tokens.IdToken!).Text("auth_time"), Is.Not.Null);
    }

    [Test]
    public async Task A_login_hint_fills_the_form_and_does_not_travel_in_the_pages_address()
    {
        using var browser = Server.NewBrowser();

        var page = await browser.OpenAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid", Change("login_hint", "\"><b>böb@example.test")).Url);

        Assert.That(page.FormWith("username")["username"].Value, Is.EqualTo("\"><b>böb@example.test"));
        Assert.That(page.Body, Does.Not.Contain("<b>b"));
    }

    [Test]
    public async Task The_hint_of_an_expired_id_token_of_the_same_person_is_answered_silently_and_of_another_is_not()
    {
        using var alices = Server.NewBrowser();
        using var bobs = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var alice = await web.SignInAsync(alices, "openid", TestUsers.Alice);
        var bob = await web.SignInAsync(bobs, "openid", TestUsers.Bob);
        Server.Clock.Advance(TimeSpan.FromMinutes(10));

        var same = await web.AuthorizeAsync(alices, "openid", null, [new("prompt", "none"), new("id_token_hint", alice.IdToken)]);
        var other = await web.AuthorizeAsync(alices, "openid", null, [new("prompt", "none"), new("id_token_hint", bob.IdToken)]);
        var changed = await web.AuthorizeAsync(alices, "openid", null, [new("prompt", "none"), new("id_token_hint", bob.IdToken![..^6] + "AAAAAA")]);
        var foreign = await Server.NewRelyingParty(TestClients.Elliptic).AuthorizeAsync(alices, "openid", null, [new("prompt", "none"), new("id_token_hint", alice.IdToken)]);

        Assert.That(same.Error, Is.Null);
        Assert.That(other.Error, Is.EqualTo("login_required"));
        Assert.That(changed.Error, Is.EqualTo("login_required"), "what was not signed by us names nobody");
        Assert.That(foreign.Error, Is.EqualTo("invalid_request"), "an ID token of another client");
    }

    [Test]
    public async Task Whoever_signs_in_as_somebody_else_than_the_hint_says_is_asked_once_and_the_app_learns_it()
    {
        using var bobs = Server.NewBrowser();
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var bob = await web.SignInAsync(bobs, "openid", TestUsers.Bob);

        var answer = await web.AuthorizeAsync(browser, "openid", TestUsers.Alice, Change("id_token_hint", bob.IdToken));
        Server.Clock.Advance(TimeSpan.FromSeconds(1));
        var right = await web.AuthorizeAsync(browser, "openid", TestUsers.Bob, Change("id_token_hint", bob.IdToken));

        Assert.That(answer.Error, Is.EqualTo("login_required"));
        Assert.That(right.Error, Is.Null);
    }

    [Test]
    public async Task A_young_enough_session_is_not_asked_again_and_keeps_its_time()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var first = Jwt.Parse((await web.ExchangeCodeAsync(await web.AuthorizeAsync(browser, "openid", TestUsers.Alice, Change("max_age", "15000")))).IdToken!);
        Server.Clock.Advance(TimeSpan.FromSeconds(5));

        var second = Jwt.Parse((await web.ExchangeCodeAsync(await web.AuthorizeAsync(browser, "openid", null, Change("max_age", "10000")))).IdToken!);
        var tooOld = await browser.OpenAsync(web.NewRequest("openid", Change("max_age", "1")).Url);

        Assert.That(second.Text("auth_time"), Is.EqualTo(first.Text("auth_time")));
        Assert.That(tooOld.AsksToSignIn, Is.True);
    }

    [Test]
    public async Task The_app_is_described_by_its_own_pages_and_nothing_is_loaded_from_it()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Described);

        var signIn = await browser.OpenAsync(app.NewRequest("openid profile").Url);
        var consent = await browser.FollowAsync(await browser.SignInAsync(signIn, TestUsers.Alice.UserName, TestUsers.Alice.Password));

        foreach (var page in new[] { signIn, consent })
        {
            Assert.That(page.Body, Does.Contain("href=\"https://described.example.test/privacy\"").And.Contain("href=\"https://described.example.test/terms\""));
            Assert.That(page.Body, Does.Not.Contain("logo.png"));
            Assert.That(page.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("img-src 'self' data:;"));
        }
    }

    [Test]
    public async Task A_request_may_be_posted_as_a_form_and_as_nothing_else()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        await web.SignInAsync(browser, "openid", TestUsers.Alice);
        var parameters = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(new Uri(Server.Origin, web.NewRequest("openid").Url).Query).ToDictionary(p => p.Key, p => p.Value.ToString());

        var posted = await browser.PostAsync("/connect/authorize", parameters);
        var json = await browser.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/connect/authorize") { Content = new StringContent("{}", null, "application/json") });
        var put = await browser.SendAsync(new HttpRequestMessage(HttpMethod.Put, "/connect/authorize") { Content = new FormUrlEncodedContent(parameters) });

        Assert.That(posted.LocationParameters, Contains.Key("code"), posted.Body);
        Assert.That(json.Status, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
        Assert.That(put.Status, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
    }
}
