using System.Net;

namespace IdP.Protocol.Tests.Authorize;

/// <summary>OpenID Connect Core 3.3.</summary>
public sealed class HybridTests(DatabaseKind database) : FrontChannelTest(database)
{
    [TestCase("code id_token", "code,id_token")]
    [TestCase("id_token code", "code,id_token")]
    [TestCase("code token", "code,access_token,token_type,expires_in")]
    [TestCase("code id_token token", "code,id_token,access_token,token_type,expires_in")]
    [TestCase("token code id_token", "code,id_token,access_token,token_type,expires_in")]
    public async Task A_hybrid_answer_holds_what_was_asked_for_with_its_hashes_and_a_code_that_works(string responseType, string expected)
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.Hybrid);

        var answer = await app.AuthorizeAsync(browser, "openid profile api.read offline_access", TestUsers.Alice, Asking(responseType));
        var tokens = (await app.ExchangeCodeAsync(answer)).Expected();

        var keys = await app.KeySetAsync();
        var late = Jwt.Parse(tokens.IdToken!);
        Assert.That(answer.Parameters.Keys.Except(["scope", "session_state"]), Is.EquivalentTo((string[])[.. expected.Split(','), "state", "iss"]));
        Assert.That(tokens.RefreshToken, Is.Not.Null);
        Assert.That(late.Text("nonce"), Is.EqualTo(answer.Request.Nonce));
        if (answer.Parameters.TryGetValue("id_token", out var early))
        {
            var idToken = Jwt.Parse(early);
            Assert.That(idToken.IsSignedBy(keys), Is.True);
            Assert.That(idToken.Text("nonce"), Is.EqualTo(answer.Request.Nonce));
            Assert.That(idToken.Text("c_hash"), Is.EqualTo(HalfHash(answer.Code)));
            Assert.That(idToken.Text("at_hash"), Is.EqualTo(answer.Parameters.TryGetValue("access_token", out var token) ? HalfHash(token) : null));
            Assert.That(new[] { late.Text("iss"), late.Text("sub"), late.Text("sid"), late.Text("auth_time") },
                Is.EqualTo(new[] { idToken.Text("iss"), idToken.Text("sub"), idToken.Text("sid"), idToken.Text("auth_time") }), "OpenID Connect Core 3.3.3.6");
        }
        if (answer.Parameters.TryGetValue("access_token", out var accessToken))
            Assert.That((await app.UserInfoAsync(accessToken)).Expected().Text("sub"), Is.EqualTo(late.Text("sub")));
    }

    [Test]
    public async Task A_code_used_twice_takes_down_the_access_token_that_came_beside_it()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.Hybrid);
        var answer = await app.AuthorizeAsync(browser, "openid api.read", TestUsers.Alice, Asking("code id_token token"));
        (await app.ExchangeCodeAsync(answer)).Expected();

        var again = await app.ExchangeCodeAsync(answer);

        Assert.That(again.Error, Is.EqualTo("invalid_grant"));
        Assert.That((await app.UserInfoAsync(answer.Parameters["access_token"])).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_client_of_reference_tokens_gets_them_through_the_browser_too_and_they_end_with_their_code()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.HybridPublic);

        var answer = await app.AuthorizeAsync(browser, "openid api.read", TestUsers.Alice, Asking("code token"));

        var handle = answer.Parameters["access_token"];
        Assert.That(handle, Does.Not.Contain("."));
        Assert.That((await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(handle)).Text("active"), Is.EqualTo("True"));
        (await app.ExchangeCodeAsync(answer)).Expected();
        await app.ExchangeCodeAsync(answer);
        Assert.That((await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(handle)).Text("active"), Is.EqualTo("False"));
    }

    [Test]
    public async Task The_nonce_is_optional_where_no_ID_token_comes_through_the_browser()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.Hybrid);

        var answer = await app.AuthorizeAsync(browser, "openid", TestUsers.Alice, Asking("code token", ("nonce", null)));

        Assert.That(Jwt.Parse((await app.ExchangeCodeAsync(answer)).Expected().IdToken!).Text("nonce"), Is.Null);
    }

    [Test]
    public async Task A_hybrid_client_may_not_use_the_plain_code_flow_it_was_not_given()
    {
        using var browser = Server.NewBrowser();

        var page = await browser.GetAsync(Server.NewRelyingParty(OlderClients.HybridIdentity).NewRequest("openid").Url);

        Assert.That(page.LocationParameters["error"], Is.EqualTo("unauthorized_client"));
    }
}
