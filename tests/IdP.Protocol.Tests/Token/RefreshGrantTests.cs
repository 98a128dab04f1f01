using System.Net;
using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Token;

public sealed class RefreshGrantTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task A_refresh_rotates_the_token_and_keeps_subject_session_and_authentication_time()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var first = await web.SignInAsync(browser, "openid offline_access", TestUsers.Alice);

        var second = (await web.RefreshAsync(first.RefreshToken!)).Expected();

        var (before, after) = (Jwt.Parse(first.IdToken!), Jwt.Parse(second.IdToken!));
        Assert.That(second.RefreshToken, Is.Not.Null.And.Not.EqualTo(first.RefreshToken));
        Assert.That(new[] { after.Text("sub"), after.Text("sid"), after.Text("auth_time") }, Is.EqualTo(new[] { before.Text("sub"), before.Text("sid"), before.Text("auth_time") }));
    }

    [Test]
    public async Task A_rotated_token_used_again_at_once_revokes_the_whole_family()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var first = await web.SignInAsync(browser, "openid offline_access", TestUsers.Alice);
        var second = (await web.RefreshAsync(first.RefreshToken!)).Expected();

        var again = await web.RefreshAsync(first.RefreshToken!);

        Assert.That(again.Error, Is.EqualTo("invalid_grant"));
        Assert.That((await web.RefreshAsync(second.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await web.UserInfoAsync(second.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Of_many_parallel_refreshes_with_one_token_exactly_one_wins()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var first = await web.SignInAsync(browser, "openid offline_access", TestUsers.Alice);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => web.RefreshAsync(first.RefreshToken!)));

        Assert.That(answers.Count(a => a.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(answers.Where(a => a.Status != HttpStatusCode.OK).Select(a => a.Error), Has.All.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Another_client_cannot_use_the_token()
    {
        using var browser = Server.NewBrowser();
        var tokens = await Server.NewRelyingParty(TestClients.Web).SignInAsync(browser, "openid offline_access", TestUsers.Alice);

        Assert.That((await Server.NewRelyingParty(TestClients.Opaque).RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task A_narrowed_refresh_gives_a_narrow_access_token_but_keeps_the_full_refresh_token()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var first = await web.SignInAsync(browser, "openid profile api.read api.write offline_access", TestUsers.Alice);

        var narrow = (await web.RefreshAsync(first.RefreshToken!, [new("scope", "api.read")])).Expected();
        var full = (await web.RefreshAsync(narrow.RefreshToken!)).Expected();

        Assert.That(Jwt.Parse(narrow.AccessToken!).Text("scope"), Is.EqualTo("api.read"));
        Assert.That(Jwt.Parse(full.AccessToken!).Text("scope")!.Split(' '), Is.EquivalentTo(new[] { "openid", "profile", "api.read", "api.write", "offline_access" }));
        Assert.That((await web.RefreshAsync(full.RefreshToken!, [new("scope", "openid email")])).Error, Is.EqualTo("invalid_grant").Or.EqualTo("invalid_scope"));
    }

    [Test]
    public async Task The_absolute_lifetime_ends_a_family_however_often_it_was_refreshed()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid offline_access", TestUsers.Bob);
        for (var i = 0; i < 2; i++)
        {
            Server.Clock.Advance(TimeSpan.FromDays(14));
            tokens = (await web.RefreshAsync(tokens.RefreshToken!)).Expected();
        }

        Server.Clock.Advance(TimeSpan.FromDays(3));

        Assert.That((await web.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Signing_out_ends_the_refresh_tokens_of_that_session()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid offline_access", TestUsers.Alice);

        await browser.OpenAsync($"/connect/endsession?id_token_hint={tokens.IdToken}");

        Assert.That((await web.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await web.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Refresh_tokens_survive_a_restart()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid offline_access", TestUsers.Alice);

        await Server.RestartAsync();

        Assert.That((await web.RefreshAsync(tokens.RefreshToken!)).Expected().AccessToken, Is.Not.Null);
    }
}
