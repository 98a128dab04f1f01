using System.Net;

namespace IdP.Protocol.Tests.Introspection;

/// <summary>Introspection (RFC 7662) and revocation (RFC 7009) as callers meet them: credentials, form, hints, other people's tokens.</summary>
public sealed class TokenQuestionTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly string[] Endpoints = ["/connect/introspect", "/connect/revocation"];

    [TestCaseSource(nameof(Endpoints))]
    public async Task Only_a_posted_form_is_taken(string path)
    {
        using var http = Server.NewHttpClient();

        using var get = await http.GetAsync(path + "?token=x");
        using var json = await http.PostAsync(path, new StringContent("""{"token":"x"}""", null, "application/json"));
        using var empty = await http.PostAsync(path, null);

        Assert.That(get.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(get.Content.Headers.Allow, Is.EqualTo(new[] { "POST" }));
        Assert.That(json.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
        Assert.That(empty.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
    }

    [TestCaseSource(nameof(Endpoints))]
    public async Task A_request_without_a_token_is_malformed(string path)
    {
        var answer = await Server.NewRelyingParty(TestClients.Web).PostAsync(path, [new("token_type_hint", "access_token")]);

        Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")));
    }

    [TestCaseSource(nameof(Endpoints))]
    public async Task Wrong_credentials_are_a_failed_authentication(string path)
    {
        using var wrong = new RelyingParty(Server.Origin, "web", "wrong");
        using var none = new RelyingParty(Server.Origin, "web");
        using var nobody = Server.NewHttpClient();

        var answer = await wrong.PostAsync(path, [new("token", "x")]);
        using var anonymous = await nobody.PostAsync(path, new FormUrlEncodedContent([new("token", "x")]));

        Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.Unauthorized, "invalid_client")));
        Assert.That(answer.Headers.WwwAuthenticate.ToString(), Does.StartWith("Basic"));
        Assert.That((await none.PostAsync(path, [new("token", "x")])).Error, Is.EqualTo("invalid_client"));
        Assert.That(anonymous.StatusCode, Is.AnyOf(HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest));
        Assert.That(await anonymous.Content.ReadAsStringAsync(), Does.Not.Contain("active"));
    }

    [Test]
    public async Task A_public_client_cannot_ask_about_tokens_not_even_its_own()
    {
        using var browser = Server.NewBrowser();
        var spa = Server.NewRelyingParty(TestClients.Spa);
        var tokens = await spa.SignInAsync(browser, "openid", TestUsers.Alice);

        var answer = await spa.IntrospectAsync(tokens.AccessToken!);

        Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.Unauthorized, "invalid_client")));
    }

    [TestCase("refresh_token")]
    [TestCase("access_token")]
    [TestCase("nonsense")]
    public async Task A_wrong_hint_does_not_hide_a_token(string hint)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid api.read offline_access", TestUsers.Alice);

        foreach (var token in new[] { tokens.AccessToken!, tokens.RefreshToken! })
        {
            var answer = await web.PostAsync("/connect/introspect", [new("token", token), new("token_type_hint", hint)]);
            Assert.That(answer.Text("active"), Is.EqualTo("True"), answer.Body);
            Assert.That(answer.Headers.CacheControl?.NoStore, Is.True);
        }
        var revoked = await web.PostAsync("/connect/revocation", [new("token", tokens.RefreshToken!), new("token_type_hint", hint)]);

        Assert.That(revoked.Status, Is.EqualTo(HttpStatusCode.OK), revoked.Body);
        Assert.That((await web.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
    }

    [TestCase("B.")]
    [TestCase("B..")]
    [TestCase(".")]
    [TestCase("e30.e30.")]
    [TestCase("eyJraWQiOnt9fQ.e30.AA")]
    [TestCase("eyJraWQiOiJ4In0=.e30.AA")]
    [TestCase("eyJraWQiOiJ4.e30.AA")]
    [TestCase("\u00fc.\u00fc.\u00fc")]
    public async Task Whatever_is_no_token_is_inactive(string token)
    {
        var answer = await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(token);

        Assert.That((answer.Status, answer.Text("active")), Is.EqualTo((HttpStatusCode.OK, "False")), answer.Body);
    }

    [Test]
    public async Task A_token_that_expired_or_was_revoked_is_inactive_and_nothing_else()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var revoked = await web.SignInAsync(browser, "openid api.read offline_access", TestUsers.Alice);
        var expired = await web.SignInAsync(browser, "openid api.read", TestUsers.Alice);
        await web.RevokeAsync(revoked.RefreshToken!);
        var api = Server.NewRelyingParty(TestClients.Api);

        var afterRevocation = await api.IntrospectAsync(revoked.AccessToken!);
        Server.Clock.Advance(TimeSpan.FromHours(2));
        var afterTime = await api.IntrospectAsync(expired.AccessToken!);

        foreach (var answer in new[] { afterRevocation, afterTime })
            Assert.That(answer.Json.EnumerateObject().Select(p => (p.Name, p.Value.ToString())), Is.EqualTo(new[] { ("active", "False") }));
    }

    [Test]
    public async Task An_id_token_is_no_token_to_ask_about()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid", TestUsers.Alice);

        var answer = await web.IntrospectAsync(tokens.IdToken!);

        Assert.That(answer.Text("active"), Is.Not.EqualTo("True"), answer.Body);
        Assert.That(answer.Body, Does.Not.Contain("sub"));
    }

    [Test]
    public async Task A_client_sees_its_own_refresh_token_and_nobody_elses()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid api.read offline_access", TestUsers.Alice);

        Assert.That((await web.IntrospectAsync(tokens.RefreshToken!)).Text("active"), Is.EqualTo("True"));
        Assert.That((await web.IntrospectAsync(tokens.AccessToken!)).Text("active"), Is.EqualTo("True"));
        Assert.That((await Server.NewRelyingParty(TestClients.Opaque).IntrospectAsync(tokens.AccessToken!)).Text("active"), Is.EqualTo("False"));
        Assert.That((await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(tokens.RefreshToken!)).Text("active"), Is.EqualTo("False"));
    }
}
