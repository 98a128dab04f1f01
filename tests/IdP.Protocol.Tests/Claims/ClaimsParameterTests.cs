using System.Text.Json;

namespace IdP.Protocol.Tests.Claims;

/// <summary>Claims by scope (OpenID Connect Core 5.4) and by the <c>claims</c> parameter (5.5).</summary>
public sealed class ClaimsParameterTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestUser Clara = new("clara", "Correct-Horse-5-Battery");
    private static readonly TestClient App = new("claims-app", "claims-secret", "https://claims.example.test/cb"), Verbose = new("claims-verbose", "claims-secret", "https://claims.example.test/verbose"),
        Asking = new("claims-asking", "claims-secret", "https://claims.example.test/asking"), Opaque = new("claims-opaque", "claims-secret", "https://claims.example.test/opaque"), Pairwise = new("claims-pairwise", "claims-secret", "https://claims.example.test/pairwise");

    protected override ServerSettings Settings => new(Database)
    {
        Configuration = TestConfiguration.With($$"""
        {
          "identityResources": [{ "name": "address", "userClaims": ["address"] }, { "name": "phone", "userClaims": ["phone_number", "phone_number_verified"] }, { "name": "secret", "userClaims": ["birthdate"] }, { "name": "evil", "userClaims": ["aud", "exp", "iss"] }],
          "clients": [
            {{Client(App, "\"openid\", \"profile\", \"email\", \"address\", \"phone\", \"evil\", \"api.read\"", "\"allowOfflineAccess\": true")}},
            {{Client(Verbose, "\"openid\", \"profile\", \"email\", \"address\", \"phone\", \"evil\"", "\"alwaysIncludeUserClaimsInIdToken\": true")}},
            {{Client(Asking, "\"openid\", \"profile\", \"email\", \"phone\"", "\"requireConsent\": true")}},
            {{Client(Opaque, "\"openid\", \"email\", \"phone\"", "\"accessTokenType\": \"reference\"")}},
            {{Client(Pairwise, "\"openid\", \"email\"", "\"subjectType\": \"pairwise\"")}}
          ],
          "users": [{ "userName": "clara", "password": "{{Clara.Password}}", "email": "clara@example.test", "emailVerified": true, "phoneNumber": "+15550100", "phoneNumberVerified": false, "name": "Clara Ünsal", "locale": "en",
            "claims": [{ "type": "address", "value": { "street_address": "1 Main Street", "country": "US" } }, { "type": "birthdate", "value": "1990-01-02" }] }]
        }
        """),
    };

    [Test]
    public async Task Scopes_release_their_claims_with_their_types()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(App);

        var answer = (await app.UserInfoAsync((await app.SignInAsync(browser, "openid profile email address phone evil", Clara)).AccessToken!)).Expected().Json;

        Assert.That(answer.GetProperty("address").GetProperty("street_address").GetString(), Is.EqualTo("1 Main Street"));
        Assert.That((answer.GetProperty("email_verified").ValueKind, answer.GetProperty("phone_number_verified").ValueKind, answer.GetProperty("updated_at").ValueKind), Is.EqualTo((JsonValueKind.True, JsonValueKind.False, JsonValueKind.Number)));
        Assert.That((answer.GetProperty("name").GetString(), answer.GetProperty("phone_number").GetString()), Is.EqualTo(("Clara Ünsal", "+15550100")));
        Assert.That(answer.EnumerateObject().Select(p => p.Name), Has.No.Member("birthdate").And.No.Member("aud").And.No.Member("iss").And.No.Member("exp"));
    }

    [Test]
    public async Task The_id_token_carries_them_too_for_a_client_that_is_set_so_and_not_for_others()
    {
        using var browser = Server.NewBrowser();

        var verbose = Jwt.Parse((await Server.NewRelyingParty(Verbose).SignInAsync(browser, "openid profile email address phone evil", Clara)).IdToken!);
        var terse = Jwt.Parse((await Server.NewRelyingParty(App).SignInAsync(browser, "openid profile email", Clara)).IdToken!);

        Assert.That(verbose.Payload.GetProperty("address").GetProperty("country").GetString(), Is.EqualTo("US"));
        Assert.That((verbose.Payload.GetProperty("email_verified").ValueKind, verbose.Payload.GetProperty("updated_at").ValueKind), Is.EqualTo((JsonValueKind.True, JsonValueKind.Number)));
        Assert.That((verbose.Text("name"), verbose.Text("aud"), verbose.Text("iss")), Is.EqualTo(("Clara Ünsal", Verbose.ClientId, Server.Origin.AbsoluteUri.TrimEnd('/'))));
        Assert.That(verbose.Instant("exp"), Is.LessThan(Server.Clock.Time.GetUtcNow().AddDays(1)));
        Assert.That((terse.Text("name"), terse.Text("email")), Is.EqualTo(((string?)null, (string?)null)));
    }

    [Test]
    public async Task Single_claims_go_where_they_were_asked_for_and_nowhere_else()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(App);

        var tokens = (await app.ExchangeCodeAsync(await app.AuthorizeAsync(browser, "openid api.read offline_access", Clara, Claims("""
            {"id_token":{"email":{"essential":true},"auth_time":{"essential":true},"address":null},"userinfo":{"phone_number":{"essential":true},"name":null},"vc":{"x":1}}
            """)))).Expected();
        var renewed = (await app.RefreshAsync(tokens.RefreshToken!)).Expected();

        foreach (var answer in (TokenAnswer[])[tokens, renewed])
        {
            var idToken = Jwt.Parse(answer.IdToken!);
            Assert.That((idToken.Text("email"), idToken.Text("phone_number"), idToken.Text("name")), Is.EqualTo(("clara@example.test", (string?)null, (string?)null)));
            Assert.That(idToken.Payload.GetProperty("address").GetProperty("country").GetString(), Is.EqualTo("US"));
            Assert.That(idToken.Text("auth_time"), Is.Not.Null);
            var userInfo = (await app.UserInfoAsync(answer.AccessToken!)).Expected();
            Assert.That((userInfo.Text("phone_number"), userInfo.Text("name"), userInfo.Text("email")), Is.EqualTo(("+15550100", "Clara Ünsal", (string?)null)));
            var accessToken = Jwt.Parse(answer.AccessToken!);
            Assert.That((accessToken.Text("email"), accessToken.Text("phone_number")), Is.EqualTo(((string?)null, (string?)null)));
        }
        Assert.That((await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(tokens.AccessToken!)).Body, Does.Contain("\"active\": true").Or.Contain("\"active\":true").And.Not.Contain("userinfo_claims"));
    }

    [Test]
    public async Task A_reference_token_keeps_what_was_asked_for()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Opaque);

        var tokens = (await app.ExchangeCodeAsync(await app.AuthorizeAsync(browser, "openid", Clara, Claims("""{"userinfo":{"email":null}}""")))).Expected();

        Assert.That((await app.UserInfoAsync(tokens.AccessToken!)).Expected().Text("email"), Is.EqualTo("clara@example.test"));
    }

    [Test]
    public async Task A_client_gets_no_claim_that_none_of_its_scopes_releases()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(App);

        var tokens = (await app.ExchangeCodeAsync(await app.AuthorizeAsync(browser, "openid", Clara, Claims("""{"id_token":{"birthdate":{"essential":true},"role":null,"aud":null,"iss":null},"userinfo":{"birthdate":{"essential":true},"role":null,"exp":null}}""")))).Expected();

        Assert.That(Jwt.Parse(tokens.IdToken!).Text("birthdate"), Is.Null);
        Assert.That(Jwt.Parse(tokens.IdToken!).Text("aud"), Is.EqualTo(App.ClientId));
        var userInfo = (await app.UserInfoAsync(tokens.AccessToken!)).Expected();
        Assert.That(userInfo.Json.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "sub" }));
    }

    [Test]
    public async Task The_person_is_asked_about_single_claims_and_may_leave_them_out()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Asking);
        var request = app.NewRequest("openid", Claims("""{"id_token":{"email":null},"userinfo":{"phone_number":{"essential":true}}}"""));
        var consent = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(request.Url), Clara.UserName, Clara.Password));

        var agreed = await browser.FollowAsync(await browser.ConsentAsync(consent, scopes: ["openid", "claim email"], remember: true));
        var tokens = (await app.ExchangeCodeAsync(new AuthorizationAnswer(request, agreed.LocationParameters))).Expected();
        var again = await browser.OpenAsync(app.NewRequest("openid", Claims("""{"id_token":{"email":null}}""")).Url);
        var more = await browser.OpenAsync(app.NewRequest("openid", Claims("""{"id_token":{"email":null},"userinfo":{"name":null}}""")).Url);

        Assert.That(consent.Body, Does.Contain("Your e-mail address").And.Contain("Your telephone number"));
        Assert.That(Jwt.Parse(tokens.IdToken!).Text("email"), Is.EqualTo("clara@example.test"));
        Assert.That((await app.UserInfoAsync(tokens.AccessToken!)).Expected().Text("phone_number"), Is.Null);
        Assert.That(again.LocationParameters, Contains.Key("code"), "what was remembered is not asked again");
        Assert.That(more.Forms.Any(f => f.Buttons.Any(b => b.Name == "decision")), Is.True, "but a further claim is");
    }

    [Test]
    public async Task A_request_for_a_certain_person_is_answered_about_that_person_only()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(App);
        var pairwise = Server.NewRelyingParty(Pairwise);
        var clara = Jwt.Parse((await app.SignInAsync(browser, "openid", Clara)).IdToken!).Text("sub");
        var seen = Jwt.Parse((await pairwise.SignInAsync(browser, "openid", Clara)).IdToken!).Text("sub");
        using var others = Server.NewBrowser();
        await app.SignInAsync(others, "openid", TestUsers.Bob);

        async Task<string?> SilentAsync(RelyingParty party, BrowserClient who, string member, string what) =>
            (await party.AuthorizeAsync(who, "openid", user: null, [.. Claims($$"""{"{{member}}":{"sub":{{what}} } }"""), KeyValuePair.Create("prompt", (string?)"none")])).Error;

        Assert.That(await SilentAsync(app, browser, "id_token", $$"""{"value":"{{clara}}"}"""), Is.Null);
        Assert.That(await SilentAsync(app, browser, "userinfo", $$"""{"values":["somebody","{{clara}}"]}"""), Is.Null);
        Assert.That(await SilentAsync(app, browser, "id_token", """{"value":"somebody"}"""), Is.EqualTo("login_required"));
        Assert.That(await SilentAsync(app, others, "id_token", $$"""{"value":"{{clara}}"}"""), Is.EqualTo("login_required"));
        Assert.That(await SilentAsync(app, others, "id_token", """{"essential":true}"""), Is.Null);
        Assert.That(await SilentAsync(pairwise, browser, "id_token", $$"""{"value":"{{seen}}"}"""), Is.Null);
        Assert.That(await SilentAsync(pairwise, browser, "id_token", $$"""{"value":"{{clara}}"}"""), Is.EqualTo("login_required"), "this client does not know her by that name");
        Assert.That(await SilentAsync(app, browser, "id_token", $$"""{"value":"{{seen}}"}"""), Is.EqualTo("login_required"));
    }

    [TestCase("nonsense")]
    [TestCase("[]")]
    [TestCase("""{"id_token":{"email":5}}""")]
    public async Task What_cannot_be_understood_is_an_invalid_request(string claims)
    {
        using var browser = Server.NewBrowser();

        var answer = await Server.NewRelyingParty(App).AuthorizeAsync(browser, "openid", user: null, Claims(claims));

        Assert.That(answer.Error, Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task The_languages_of_claims_may_be_named()
    {
        using var browser = Server.NewBrowser();

        Assert.That((await Server.NewRelyingParty(App).AuthorizeAsync(browser, "openid", Clara, KeyValuePair.Create("claims_locales", (string?)"de fr-CA"))).Code, Is.Not.Empty);
    }

    private static KeyValuePair<string, string?>[] Claims(string json) => [KeyValuePair.Create("claims", (string?)json.Trim())];

    private static string Client(TestClient client, string scopes, string more) => $$"""
        { "clientId": "{{client.ClientId}}", "clientName": "Claims app", "clientSecrets": [{ "value": "claims-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["{{client.RedirectUri}}"], "allowedScopes": [{{scopes}}], {{more}} }
        """;
}
