using System.Globalization;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Tests.Authorize;

/// <summary>OpenID Connect Core 3.2.</summary>
public sealed class ImplicitTests(DatabaseKind database) : FrontChannelTest(database)
{
    protected override ServerSettings Settings => base.Settings with { LogLevel = LogLevel.Debug };

    private string Issuer => Server.Origin.ToString().TrimEnd('/');

    [Test]
    public async Task An_ID_token_alone_comes_in_the_fragment_with_the_claims_of_its_scopes()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.ImplicitIdentity);

        var answer = await app.AuthorizeAsync(browser, "openid profile email", TestUsers.Alice, Asking("id_token"));

        Assert.That(answer.Parameters.Keys, Is.EquivalentTo(new[] { "id_token", "state", "iss", "session_state" }));
        Assert.That(answer.Parameters["state"], Is.EqualTo(answer.Request.State));
        var idToken = Jwt.Parse(answer.Parameters["id_token"]);
        Assert.That(idToken.IsSignedBy(await app.KeySetAsync()), Is.True);
        Assert.That(new[] { idToken.Text("iss"), idToken.Text("aud"), idToken.Text("nonce"), idToken.Text("name"), idToken.Text("email") },
            Is.EqualTo(new[] { Issuer, "implicit-identity", answer.Request.Nonce, "Alice Example", "alice@example.test" }), "OpenID Connect Core 5.4");
        Assert.That(idToken.Payload.GetProperty("email_verified").GetBoolean(), Is.True);
        Assert.That(idToken.Text("sid"), Is.Not.Null);
        Assert.That(idToken.Text("at_hash"), Is.Null);
    }

    [Test]
    public async Task An_ID_token_without_the_profile_scope_tells_nothing_about_the_person()
    {
        using var browser = Server.NewBrowser();

        var answer = await Server.NewRelyingParty(OlderClients.ImplicitIdentity).AuthorizeAsync(browser, "openid", TestUsers.Alice, Asking("id_token"));

        var idToken = Jwt.Parse(answer.Parameters["id_token"]);
        Assert.That(new[] { idToken.Text("name"), idToken.Text("email") }, Has.All.Null);
    }

    [TestCase("id_token token")]
    [TestCase("token id_token")]
    public async Task An_access_token_in_the_fragment_works_as_one_of_the_token_endpoint_and_its_ID_token_holds_its_hash(string responseType)
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.Implicit);

        var answer = await app.AuthorizeAsync(browser, "openid profile email api.read offline_access", TestUsers.Alice, Asking(responseType));

        Assert.That(answer.Parameters.Keys, Is.SupersetOf(new[] { "access_token", "token_type", "expires_in", "id_token", "state", "iss" }));
        Assert.That(answer.Parameters.Keys, Has.None.EqualTo("code").And.None.EqualTo("refresh_token"));
        var (idToken, accessToken) = (Jwt.Parse(answer.Parameters["id_token"]), Jwt.Parse(answer.Parameters["access_token"]));
        Assert.That(answer.Parameters["token_type"], Is.EqualTo("Bearer"));
        Assert.That(int.Parse(answer.Parameters["expires_in"], CultureInfo.InvariantCulture), Is.InRange(3590, 3600));
        Assert.That(idToken.Text("at_hash"), Is.EqualTo(HalfHash(answer.Parameters["access_token"])));
        Assert.That(new[] { idToken.Text("name"), idToken.Text("email") }, Has.All.Null, "with an access token the claims are asked for at the userinfo endpoint");
        Assert.That(accessToken.IsSignedBy(await app.KeySetAsync()), Is.True);
        Assert.That(accessToken.Header.GetProperty("typ").GetString(), Is.EqualTo("at+jwt"));
        Assert.That(new[] { accessToken.Text("aud"), accessToken.Text("client_id"), accessToken.Text("sub") }, Is.EqualTo(new[] { "urn:test:api", "implicit", idToken.Text("sub") }));
        Assert.That(accessToken.Text("scope")!.Split(' '), Is.EquivalentTo(new[] { "openid", "profile", "email", "api.read" }), "offline_access is ignored without a code");
        Assert.That(new[] { idToken, accessToken }.SelectMany(token => token.Payload.EnumerateObject().Select(claim => claim.Name)), Has.None.StartsWith("oi_"));
        var user = (await app.UserInfoAsync(answer.Parameters["access_token"])).Expected();
        Assert.That(new[] { user.Text("sub"), user.Text("email") }, Is.EqualTo(new[] { idToken.Text("sub"), "alice@example.test" }));
    }

    [Test]
    public async Task An_access_token_in_the_fragment_ends_with_the_session_it_came_from()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.Implicit);
        var answer = await app.AuthorizeAsync(browser, "openid", TestUsers.Alice, Asking("id_token token"));

        await browser.OpenAsync($"/connect/endsession?id_token_hint={answer.Parameters["id_token"]}");

        Assert.That((await app.UserInfoAsync(answer.Parameters["access_token"])).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_silent_request_renews_the_ID_token_and_without_a_session_is_refused_in_the_fragment()
    {
        using var browser = Server.NewBrowser();
        using var stranger = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.ImplicitIdentity);
        var first = await app.AuthorizeAsync(browser, "openid", TestUsers.Alice, Asking("id_token"));

        var renewed = await app.AuthorizeAsync(browser, "openid", null, Asking("id_token", ("prompt", "none"), ("id_token_hint", first.Parameters["id_token"])));
        var refused = await stranger.GetAsync(app.NewRequest("openid", Asking("id_token", ("prompt", "none"))).Url);

        Assert.That(Jwt.Parse(renewed.Parameters["id_token"]).Text("sub"), Is.EqualTo(Jwt.Parse(first.Parameters["id_token"]).Text("sub")));
        Assert.That(refused.Location!.Fragment, Does.Contain("error=login_required"));
        Assert.That(refused.Location.Query, Is.Empty);
    }

    [Test]
    public async Task Tokens_of_the_authorization_endpoint_are_reported_and_belong_to_a_grant_of_the_session()
    {
        using var browser = Server.NewBrowser();

        await Server.NewRelyingParty(OlderClients.Implicit).AuthorizeAsync(browser, "openid", TestUsers.Alice, Asking("id_token token"));

        Assert.That(Server.Logs.Entries.Select(entry => entry.Message), Has.Some.Match("^Tokens issued to client implicit for subject .* by implicit$"));
        var grants = await Server.WithDatabaseAsync(db => (from grant in db.Grants join client in db.Clients on grant.ClientKey equals client.Id where client.ClientId == "implicit" select grant).ToListAsync());
        Assert.That(grants, Is.Not.Empty.And.All.Matches<IdP.Protocol.Grants.Grant>(grant => grant is { SessionId: not null, Subject: not null }));
    }
}
