using System.Net;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.SignIn;

public sealed class PasswordChangeTests(DatabaseKind database) : ServerTest(database)
{
    private const string NewPassword = "Another-Horse-8-Battery";

    [Test]
    public async Task Somebody_whose_password_was_set_by_others_chooses_a_new_one_and_then_reaches_the_app()
    {
        var person = await Server.AddPersonAsync(u => u.MustChangePassword = true);
        var browser = Server.NewBrowser();
        var request = Server.NewRelyingParty(TestClients.Web).NewRequest("openid");

        var page = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(request.Url), person.UserName!, People.Password));
        var end = await browser.FollowAsync(await ChangeAsync(browser, page, People.Password, NewPassword));

        Assert.That(page.Url.AbsolutePath, Is.EqualTo("/account/password"));
        Assert.That(end.LocationParameters, Does.ContainKey("code"));
        Assert.That((await Server.ReadAsync(person)).MustChangePassword, Is.False);
    }

    [Test]
    public async Task Until_then_neither_the_account_nor_an_app_without_pages_is_reached()
    {
        var person = await Server.AddPersonAsync(u => u.MustChangePassword = true);
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);

        var account = await browser.GetAsync("/account");
        var silent = await browser.OpenAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid", new KeyValuePair<string, string?>("prompt", "none")).Url);

        Assert.That(account.Location!.AbsolutePath, Is.EqualTo("/account/password"));
        Assert.That(silent.LocationParameters["error"], Is.EqualTo("interaction_required"));
    }

    [Test]
    public async Task A_change_ends_the_other_sessions_with_their_tokens_and_not_this_one()
    {
        var person = await Server.AddPersonAsync();
        var (here, there) = (Server.NewBrowser(), Server.NewBrowser());
        var web = Server.NewRelyingParty(TestClients.Web);
        var elsewhere = await web.SignInAsync(there, "openid offline_access", new TestUser(person.UserName!, People.Password));
        await here.TrySignInAsync(person.UserName!, People.Password);

        await ChangeAsync(here, await here.GetAsync("/account/password"), People.Password, NewPassword);

        Assert.That((await here.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await there.GetAsync("/account")).IsRedirect, Is.True);
        Assert.That((await web.RefreshAsync(elsewhere.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, NewPassword)).IsRedirect, Is.True);
    }

    [Test]
    public async Task A_foreign_hand_at_an_open_browser_cannot_find_the_password_out()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        var page = await browser.GetAsync("/account/password");
        for (var i = 0; i < 5; i++) await ChangeAsync(browser, page, "wrong" + i, NewPassword);

        var limited = await ChangeAsync(browser, page, People.Password, NewPassword);
        var elsewhere = await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var later = await ChangeAsync(browser, page, People.Password, NewPassword);

        Assert.That((limited.IsRedirect, elsewhere.IsRedirect, later.IsRedirect), Is.EqualTo((false, true, true)));
        Assert.That(await Server.WithDatabaseAsync(db => db.AuditEntries.CountAsync(a => a.Action == "user.password_changed" && a.ActorId == person.Id)), Is.EqualTo(1));
    }

    private static Task<Page> ChangeAsync(BrowserClient browser, Page page, string current, string replacement) =>
        browser.SubmitAsync(page.FormWith("replacement"), [new("current", current), new("replacement", replacement)]);
}
