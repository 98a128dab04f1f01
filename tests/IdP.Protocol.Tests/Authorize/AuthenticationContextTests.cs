using IdP.Protocol.Authorize;

namespace IdP.Protocol.Tests.Authorize;

/// <summary>What an app asks for and learns about how the person signed in (<c>acr</c>, OpenID Connect Core 2 and 5.5.1.1).</summary>
public sealed class AuthenticationContextTests(DatabaseKind database) : ServerTest(database)
{
    private const string Password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    private static readonly TestClient Strict = new("strict-acr", "strict-secret", "https://strict.example.test/cb");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "strict-acr", "clientSecrets": [{ "value": "strict-secret" }], "allowedGrantTypes": ["authorization_code"], "defaultMaxAge": 60, "defaultAcrValues": ["phr"], "allowOfflineAccess": true,
                "redirectUris": ["https://strict.example.test/cb"], "allowedScopes": ["openid"] }
            ] }
            """),
    };

    private static KeyValuePair<string, string?>[] Change(string name, string? value) => [new(name, value)];

    [TestCase("acr_values", "phr " + Password)]
    [TestCase("acr_values", "nonsense")]
    [TestCase("acr_values", null)]
    [TestCase("claims", """{"id_token":{"acr":{"values":["phr"]}}}""")]
    [TestCase("claims", """{"id_token":{"acr":null}}""")]
    [TestCase("claims", """{"id_token":{"acr":{"essential":true}}}""")]
    [TestCase("claims", """{"id_token":{"acr":{"essential":true,"values":["phr","urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"]}}}""")]
    public async Task The_acr_claim_says_what_was_done_whatever_was_wished(string name, string? value)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        var answer = await web.AuthorizeAsync(browser, "openid api.read offline_access", TestUsers.Alice, Change(name, value));
        var tokens = (await web.ExchangeCodeAsync(answer)).Expected();
        var renewed = (await web.RefreshAsync(tokens.RefreshToken!)).Expected();

        foreach (var token in new[] { tokens.IdToken, tokens.AccessToken, renewed.IdToken, renewed.AccessToken }) Assert.That(Jwt.Parse(token!).Text("acr"), Is.EqualTo(Password));
    }

    [TestCase("""{"id_token":{"acr":{"essential":true,"values":["phrh"]}}}""")]
    [TestCase("""{"id_token":{"acr":{"essential":true,"value":"urn:mace:incommon:iap:silver"}}}""")]
    public async Task An_essential_class_that_cannot_be_reached_is_an_error_before_anybody_types_a_password(string claims)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        var asked = await browser.GetAsync(web.NewRequest("openid", Change("claims", claims)).Url);
        var silent = await browser.GetAsync(web.NewRequest("openid", [new("claims", claims), new("prompt", "none")]).Url);

        Assert.That(asked.LocationParameters["error"], Is.EqualTo("unmet_authentication_requirements"));
        Assert.That(silent.LocationParameters["error"], Is.EqualTo("unmet_authentication_requirements"));
    }

    [Test]
    public async Task A_registered_wish_and_a_registered_age_count_when_the_request_says_nothing()
    {
        using var browser = Server.NewBrowser();
        var strict = Server.NewRelyingParty(Strict);
        var tokens = await strict.SignInAsync(browser, "openid", TestUsers.Alice);

        var young = await strict.AuthorizeAsync(browser, "openid", null, Change("prompt", "none"));
        Server.Clock.Advance(TimeSpan.FromSeconds(70));
        var old = await strict.AuthorizeAsync(browser, "openid", null, Change("prompt", "none"));
        var allowed = await strict.AuthorizeAsync(browser, "openid", null, [new("prompt", "none"), new("max_age", "1000")]);

        Assert.That(Jwt.Parse(tokens.IdToken!).Text("acr"), Is.EqualTo(Password));
        Assert.That(young.Error, Is.Null);
        Assert.That(old.Error, Is.EqualTo("login_required"));
        Assert.That(allowed.Error, Is.Null);
    }

    [Test]
    public void Each_class_is_computed_from_what_was_done_and_no_other()
    {
        Assert.That(AuthenticationContexts.Of([]), Is.Empty);
        Assert.That(AuthenticationContexts.Of(["fed"]), Is.Empty);
        Assert.That(AuthenticationContexts.Of(["pwd"]), Is.EqualTo(new[] { Password }));
        Assert.That(AuthenticationContexts.Of(["pwd", "otp"]), Is.EqualTo(new[] { AuthenticationContexts.MultiFactor, Password }));
        Assert.That(AuthenticationContexts.Of(["pop", "user", "mfa"]), Is.EqualTo(new[] { AuthenticationContexts.PhishingResistant, AuthenticationContexts.MultiFactor }));
        Assert.That(AuthenticationContexts.Of(["swk"]), Is.EqualTo(new[] { AuthenticationContexts.PhishingResistant }));
        Assert.That(AuthenticationContexts.Of(["hwk", "mfa"]), Is.EqualTo(new[] { AuthenticationContexts.PhishingResistantHardware, AuthenticationContexts.PhishingResistant, AuthenticationContexts.MultiFactor }));
        Assert.That(AuthenticationContexts.Choose(["pwd", "otp"], [Password]), Is.EqualTo(Password));
        Assert.That(AuthenticationContexts.Choose(["pwd"], ["phr"]), Is.EqualTo(Password));
        Assert.That(AuthenticationContexts.Choose([], ["phr"]), Is.Null);
        Assert.That(AuthenticationContexts.AreMet([], []), Is.False);
    }
}
