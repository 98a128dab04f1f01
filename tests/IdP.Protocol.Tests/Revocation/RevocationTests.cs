using System.Net;
using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Revocation;

public sealed class RevocationTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task Revoking_a_refresh_token_ends_its_access_tokens_but_not_those_of_another_sign_in()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var revoked = await web.SignInAsync(browser, "openid offline_access", TestUsers.Alice);
        var other = await web.SignInAsync(browser, "openid offline_access", TestUsers.Alice);

        var answer = await web.RevokeAsync(revoked.RefreshToken!);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await web.UserInfoAsync(revoked.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await web.RefreshAsync(revoked.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await web.UserInfoAsync(other.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_revoked_jwt_access_token_is_refused_at_our_own_endpoints()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid api.read", TestUsers.Alice);

        await web.RevokeAsync(tokens.AccessToken!);
        var again = await web.RevokeAsync(tokens.AccessToken!);

        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await web.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(tokens.AccessToken!)).Text("active"), Is.EqualTo("False"));
    }

    [TestCase("web", "access_token")]
    [TestCase("opaque", "access_token")]
    [TestCase("web", "refresh_token")]
    public async Task Whoever_revokes_one_token_many_times_at_once_is_told_each_time_that_it_ended(string clientId, string kind)
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(clientId == "web" ? TestClients.Web : TestClients.Opaque);
        var tokens = await app.SignInAsync(browser, "openid api.read offline_access", TestUsers.Alice);
        var token = kind == "access_token" ? tokens.AccessToken! : tokens.RefreshToken!;

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => app.RevokeAsync(token)));

        Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That((await app.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_foreign_or_unknown_token_is_answered_as_if_revoked_and_stays_what_it_is()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid offline_access", TestUsers.Alice);
        var opaque = Server.NewRelyingParty(TestClients.Opaque);

        Assert.That((await opaque.RevokeAsync(tokens.RefreshToken!)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await opaque.RevokeAsync("nonsense")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await web.RefreshAsync(tokens.RefreshToken!)).Status, Is.EqualTo(HttpStatusCode.OK));
    }
}
