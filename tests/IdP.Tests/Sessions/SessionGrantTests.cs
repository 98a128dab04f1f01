using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Sessions;

public sealed class SessionGrantTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task Apps_stay_connected_when_the_same_person_authenticates_again_and_not_after_signing_out()
    {
        var person = await Server.AddPersonAsync();
        var user = new TestUser(person.UserName!, People.Password);
        var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var before = await web.SignInAsync(browser, "openid offline_access", user);
        await browser.TrySignInAsync(person.UserName!, People.Password);

        var refreshed = await web.RefreshAsync(before.RefreshToken!);
        await SignOutAsync(browser);
        var after = await web.RefreshAsync(refreshed.RefreshToken!);

        Assert.That(refreshed.Error, Is.Null);
        Assert.That(after.Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Ending_one_session_leaves_the_apps_of_another_alone()
    {
        var person = await Server.AddPersonAsync();
        var user = new TestUser(person.UserName!, People.Password);
        var (here, there) = (Server.NewBrowser(), Server.NewBrowser());
        var web = Server.NewRelyingParty(TestClients.Web);
        await web.SignInAsync(here, "openid offline_access", user);
        var tokens = await web.SignInAsync(there, "openid offline_access", user);

        await SignOutAsync(here);

        Assert.That((await web.RefreshAsync(tokens.RefreshToken!)).Error, Is.Null);
    }

    [Test]
    public async Task Reuse_of_a_refresh_token_is_in_the_audit_log()
    {
        var person = await Server.AddPersonAsync();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(Server.NewBrowser(), "openid offline_access", new TestUser(person.UserName!, People.Password));
        await web.RefreshAsync(tokens.RefreshToken!);

        await web.RefreshAsync(tokens.RefreshToken!);

        Assert.That(() => Server.WithDatabaseAsync(db => db.AuditEntries.CountAsync(a => a.Action == "grant.reuse_detected" && a.Details!.Contains(person.Id.ToString()))).Result,
            Is.EqualTo(1).After(5).Seconds.PollEvery(50).MilliSeconds);
    }

    private static async Task SignOutAsync(BrowserClient browser) =>
        await browser.SubmitAsync((await browser.GetAsync("/signout")).Forms.Single(f => f.Has("returnUrl")), []);
}
