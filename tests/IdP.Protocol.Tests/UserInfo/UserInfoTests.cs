using System.Net;
using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.UserInfo;

public sealed class UserInfoTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task The_granted_scopes_release_their_claims_and_no_others()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid email", TestUsers.Alice);

        var answer = await web.UserInfoAsync(tokens.AccessToken!);

        Assert.That(answer.Text("sub"), Is.EqualTo(Jwt.Parse(tokens.IdToken!).Text("sub")));
        Assert.That(answer.Text("email"), Does.Contain("@"));
        Assert.That(answer.Json.GetProperty("email_verified").ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.True));
        Assert.That(answer.Text("name"), Is.Null);
    }

    [Test]
    public async Task Without_openid_the_scope_is_insufficient_and_without_a_token_there_is_a_plain_challenge()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "api.read", TestUsers.Alice);

        var insufficient = await web.UserInfoAsync(tokens.AccessToken!);
        using var none = await web.Http.GetAsync("/connect/userinfo");
        var wrong = await web.UserInfoAsync("nonsense");

        Assert.That(insufficient.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(insufficient.Headers.WwwAuthenticate.ToString(), Does.Contain("insufficient_scope"));
        Assert.That(none.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(none.Headers.WwwAuthenticate.ToString(), Does.StartWith("Bearer"));
        Assert.That(wrong.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(wrong.Headers.WwwAuthenticate.ToString(), Does.Contain("invalid_token"));
    }

    [Test]
    public async Task An_id_token_is_no_access_token()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid", TestUsers.Alice);

        Assert.That((await web.UserInfoAsync(tokens.IdToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task The_token_may_come_in_the_header_or_the_form_of_a_post()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var token = (await web.SignInAsync(browser, "openid email", TestUsers.Alice)).AccessToken!;

        var inForm = await PostAsync(web, null, token);
        var inHeader = await PostAsync(web, token, null);
        using var bare = new HttpRequestMessage(HttpMethod.Post, "/connect/userinfo") { Headers = { Authorization = new("Bearer", token) } };
        var withoutBody = await TokenAnswer.ReadAsync(await web.Http.SendAsync(bare));

        Assert.That(new[] { inForm.Text("email"), inHeader.Text("email"), withoutBody.Text("email") }, Is.All.EqualTo("alice@example.test"));
    }

    [Test]
    public async Task The_token_is_not_taken_from_the_query_nor_twice()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var token = (await web.SignInAsync(browser, "openid", TestUsers.Alice)).AccessToken!;

        var inQuery = await TokenAnswer.ReadAsync(await web.Http.GetAsync("/connect/userinfo?access_token=" + token));
        var twice = await PostAsync(web, token, token);
        using var json = new HttpRequestMessage(HttpMethod.Post, "/connect/userinfo") { Content = new StringContent($"{{\"access_token\":\"{token}\"}}", System.Text.Encoding.UTF8, "application/json") };
        var inJson = await TokenAnswer.ReadAsync(await web.Http.SendAsync(json));
        using var repeated = new FormUrlEncodedContent([KeyValuePair.Create("access_token", token), KeyValuePair.Create("access_token", token)]);
        var inFormTwice = await TokenAnswer.ReadAsync(await web.Http.PostAsync("/connect/userinfo", repeated));

        foreach (var answer in (TokenAnswer[])[inQuery, twice, inJson, inFormTwice])
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(answer.Headers.WwwAuthenticate.ToString(), Does.StartWith("Bearer").And.Contain("error=\"invalid_request\""));
        }
    }

    [Test]
    public async Task The_challenge_names_an_error_only_when_there_was_a_token()
    {
        using var http = Server.NewHttpClient();

        using var none = await http.GetAsync("/connect/userinfo");
        using var empty = await http.PostAsync("/connect/userinfo", new FormUrlEncodedContent([]));
        using var basic = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/connect/userinfo") { Headers = { Authorization = RelyingParty.Basic("web", "web-secret") } });

        foreach (var response in (HttpResponseMessage[])[none, empty, basic])
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(response.Headers.WwwAuthenticate.Select(h => h.Scheme), Is.EqualTo(new[] { "Bearer" }));
            Assert.That(response.Headers.WwwAuthenticate.ToString(), Does.Not.Contain("error"));
        }
    }

    private static async Task<TokenAnswer> PostAsync(RelyingParty app, string? header, string? form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/userinfo") { Content = new FormUrlEncodedContent(form is null ? [] : [KeyValuePair.Create("access_token", form)]) };
        if (header is not null) request.Headers.Authorization = new("Bearer", header);
        return await TokenAnswer.ReadAsync(await app.Http.SendAsync(request));
    }
}
