using System.Net;
using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Token;

public sealed class CodeGrantTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task A_person_signs_in_and_the_app_gets_tokens_that_verify_against_the_published_keys()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        var answer = await web.AuthorizeAsync(browser, "openid profile api.read offline_access", TestUsers.Alice);
        var tokens = (await web.ExchangeCodeAsync(answer)).Expected();

        var keys = await web.KeySetAsync();
        var idToken = Jwt.Parse(tokens.IdToken!);
        var accessToken = Jwt.Parse(tokens.AccessToken!);
        var issuer = Server.Origin.ToString().TrimEnd('/');
        Assert.Multiple(() =>
        {
            Assert.That(answer.Parameters["state"], Is.EqualTo(answer.Request.State));
            Assert.That(answer.Parameters["iss"], Is.EqualTo(issuer));
            Assert.That(idToken.IsSignedBy(keys), Is.True);
            Assert.That(accessToken.IsSignedBy(keys), Is.True);
            Assert.That(idToken.Text("iss"), Is.EqualTo(issuer));
            Assert.That(idToken.Text("aud"), Is.EqualTo("web"));
            Assert.That(idToken.Text("nonce"), Is.EqualTo(answer.Request.Nonce));
            Assert.That(idToken.Text("auth_time"), Is.Not.Null);
            Assert.That(idToken.Text("sid"), Is.Not.Null);
            foreach (var token in (Jwt[])[idToken, accessToken]) Assert.That(token.Payload.GetProperty("amr").EnumerateArray().Select(method => method.GetString()), Is.EqualTo((string[])["pwd"]), "a list (RFC 8176)");
            Assert.That(accessToken.Header.GetProperty("typ").GetString(), Is.EqualTo("at+jwt"));
            Assert.That(accessToken.Text("aud"), Is.EqualTo("urn:test:api"));
            Assert.That(accessToken.Text("client_id"), Is.EqualTo("web"));
            Assert.That(accessToken.Text("scope")!.Split(' '), Is.EquivalentTo(new[] { "openid", "profile", "api.read", "offline_access" }));
            Assert.That(accessToken.Text("sub"), Is.EqualTo(idToken.Text("sub")));
            Assert.That(tokens.RefreshToken, Is.Not.Null);
        });
    }

    [Test]
    public async Task No_private_claim_of_the_engine_leaves_the_house()
    {
        using var browser = Server.NewBrowser();
        var tokens = await Server.NewRelyingParty(TestClients.Web).SignInAsync(browser, "openid api.read", TestUsers.Alice);

        var names = new[] { tokens.IdToken, tokens.AccessToken }.SelectMany(token => Jwt.Parse(token!).Payload.EnumerateObject().Select(claim => claim.Name)).ToList();

        Assert.That(names, Has.None.StartsWith("oi_"));
        Assert.That(tokens.RefreshToken, Is.Null, "offline_access was not asked for");
    }

    [Test]
    public async Task A_code_used_twice_is_refused_and_takes_down_what_the_first_use_issued()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var answer = await web.AuthorizeAsync(browser, "openid offline_access", TestUsers.Alice);
        var tokens = (await web.ExchangeCodeAsync(answer)).Expected();

        var again = await web.ExchangeCodeAsync(answer);

        Assert.That(again.Error, Is.EqualTo("invalid_grant"));
        Assert.That((await web.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await web.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Of_many_parallel_uses_of_one_code_exactly_one_wins()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var answer = await web.AuthorizeAsync(browser, "openid", TestUsers.Alice);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => web.ExchangeCodeAsync(answer)));

        Assert.That(answers.Count(a => a.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(answers.Where(a => a.Status != HttpStatusCode.OK).Select(a => a.Error), Has.All.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task A_code_works_only_for_its_client_its_redirect_uri_and_its_verifier()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        async Task<string?> ErrorAsync(RelyingParty party, Func<AuthorizationAnswer, List<KeyValuePair<string, string>>> form) =>
            (await party.TokenAsync(form(await web.AuthorizeAsync(browser, "openid", TestUsers.Alice)))).Error;
        static List<KeyValuePair<string, string>> Form(AuthorizationAnswer answer, string redirectUri, string? verifier) =>
            [new("grant_type", "authorization_code"), new("code", answer.Code), new("redirect_uri", redirectUri), .. verifier is null ? [] : new[] { new KeyValuePair<string, string>("code_verifier", verifier) }];

        var otherClient = await ErrorAsync(Server.NewRelyingParty(TestClients.Opaque), a => Form(a, web.RedirectUri, a.Request.Verifier));
        var otherUri = await ErrorAsync(web, a => Form(a, "https://web.example.test/other", a.Request.Verifier));
        var otherVerifier = await ErrorAsync(web, a => Form(a, web.RedirectUri, new string('x', 50)));
        var noVerifier = await ErrorAsync(web, a => Form(a, web.RedirectUri, null));

        Assert.That(new[] { otherClient, otherUri, otherVerifier }, Has.All.EqualTo("invalid_grant"));
        Assert.That(noVerifier, Is.AnyOf("invalid_grant", "invalid_request"));
    }

    [Test]
    public async Task An_expired_code_is_refused()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var answer = await web.AuthorizeAsync(browser, "openid", TestUsers.Alice);

        Server.Clock.Advance(TimeSpan.FromSeconds(61));

        Assert.That((await web.ExchangeCodeAsync(answer)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task A_client_that_asks_for_ES256_gets_ES256()
    {
        using var browser = Server.NewBrowser();
        var elliptic = Server.NewRelyingParty(TestClients.Elliptic);

        var tokens = await elliptic.SignInAsync(browser, "openid", TestUsers.Alice);

        var idToken = Jwt.Parse(tokens.IdToken!);
        Assert.That(idToken.Header.GetProperty("alg").GetString(), Is.EqualTo("ES256"));
        Assert.That(idToken.IsSignedBy(await elliptic.KeySetAsync()), Is.True);
    }

    [Test]
    public async Task A_disabled_person_gets_neither_session_nor_tokens()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        var signIn = await browser.OpenAsync(web.NewRequest("openid").Url);
        var page = await browser.SignInAsync(signIn, TestUsers.Carol.UserName, TestUsers.Carol.Password);

        Assert.That(page.IsRedirect, Is.False);
        Assert.That(page.Body, Does.Contain("The user name or password is not right."));
    }
}
