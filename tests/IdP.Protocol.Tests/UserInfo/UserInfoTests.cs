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
}
