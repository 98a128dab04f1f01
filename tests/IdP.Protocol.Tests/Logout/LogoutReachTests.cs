using IdP.Sessions;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Logout;

/// <summary>In whatever way a session ends, its apps are told.</summary>
public sealed class LogoutReachTests(DatabaseKind database) : LogoutTest(database)
{
    [Test]
    public async Task The_account_page_ends_another_session_of_the_person()
    {
        var person = await NewPersonAsync();
        var (here, there) = (Server.NewBrowser(), Server.NewBrowser());
        var lost = await App("told").SignInAsync(there, "openid", person);
        await App("also-told").SignInAsync(here, "openid", person);
        var sid = Jwt.Parse(lost.IdToken!).Text("sid");

        var account = await here.GetAsync("/account/sessions");
        await here.SubmitAsync(account.Forms.Single(f => f.Action.AbsolutePath.Replace("-", "", StringComparison.Ordinal).Contains(sid!, StringComparison.Ordinal)), []);

        Assert.That((await Apps.NextAsync("/told")).Token.Text("sid"), Is.EqualTo(sid));
        Assert.That(Apps.Unread("/also-told"), Is.Empty);
    }

    [Test]
    public async Task A_changed_password_ends_the_other_sessions()
    {
        var person = await NewPersonAsync();
        var (here, there) = (Server.NewBrowser(), Server.NewBrowser());
        var lost = await App("told").SignInAsync(there, "openid", person);
        await App("also-told").SignInAsync(here, "openid", person);

        var form = (await here.GetAsync("/account/password")).FormWith("current");
        await here.SubmitAsync(form, [new("current", person.Password), new("replacement", "Another-Horse-9-Battery")]);

        Assert.That((await Apps.NextAsync("/told")).Token.Text("sid"), Is.EqualTo(Jwt.Parse(lost.IdToken!).Text("sid")));
        Assert.That(Apps.Unread("/also-told"), Is.Empty);
    }

    [Test]
    public async Task A_password_that_an_administrator_resets_ends_all_sessions()
    {
        var (person, sids) = await SignInTwiceAsync();

        await using var scope = Server.Services.CreateAsyncScope();
        var outcome = await scope.ServiceProvider.GetRequiredService<ResetPassword>().ExecuteAsync(await IdOfAsync(person), CancellationToken.None);

        Assert.That(outcome.Failure, Is.Null);
        Assert.That(await ToldSessionsAsync(), Is.EquivalentTo(sids));
    }

    [Test]
    public async Task A_disabled_account_ends_all_sessions()
    {
        var (person, sids) = await SignInTwiceAsync();

        await using var scope = Server.Services.CreateAsyncScope();
        var outcome = await scope.ServiceProvider.GetRequiredService<DisableUser>().ExecuteAsync(await IdOfAsync(person), "left", CancellationToken.None);

        Assert.That(outcome.Failure, Is.Null);
        Assert.That(await ToldSessionsAsync(), Is.EquivalentTo(sids));
    }

    [Test]
    public async Task A_sign_out_that_takes_another_account_of_the_browser_along_tells_its_apps()
    {
        var (first, second) = (await NewPersonAsync(), await NewPersonAsync());
        using var browser = Server.NewBrowser();
        var tokens = await App("told").SignInAsync(browser, "openid", first);

        await browser.SignInAsync(await browser.GetAsync("/signin"), second.UserName, second.Password);
        await browser.SubmitAsync((await browser.GetAsync("/signout")).FormWith("others"), []);

        Assert.That((await Apps.NextAsync("/told")).Token.Text("sid"), Is.EqualTo(Jwt.Parse(tokens.IdToken!).Text("sid")));
    }

    [Test]
    public async Task A_session_that_ended_before_is_not_told_again()
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        await App("told").SignInAsync(browser, "openid", person);
        await SignOutAsync(browser);
        await Apps.NextAsync("/told");

        await using var scope = Server.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<EndAllSessions>().OfAsync(await IdOfAsync(person), CancellationToken.None);

        Assert.That(await DeliveriesAsync(person), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_sign_out_that_is_not_saved_tells_nobody()
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        await App("told").SignInAsync(browser, "openid", person);

        await Server.WithDatabaseAsync(async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            await using var scope = Server.Services.CreateAsyncScope();
            var logout = ActivatorUtilities.CreateInstance<Protocol.Logout.BackChannelLogout>(scope.ServiceProvider, db);
            await logout.QueueAsync((await db.Users.Where(u => u.UserName == person.UserName).Select(u => u.Id).SingleAsync()).ToString(), db.Sessions.Select(s => s.Id), CancellationToken.None);
            Assert.That(await db.LogoutDeliveries.CountAsync(), Is.Positive);
            await transaction.RollbackAsync();
            return true;
        });

        Assert.That(await DeliveriesAsync(person), Is.Empty);
        Assert.That(Apps.Unread("/told"), Is.Empty);
    }

    private async Task<(TestUser Person, string?[] Sids)> SignInTwiceAsync()
    {
        var person = await NewPersonAsync();
        var (here, there) = (Server.NewBrowser(), Server.NewBrowser());
        var (one, two) = (await App("told").SignInAsync(here, "openid", person), await App("told").SignInAsync(there, "openid", person));
        return (person, [Jwt.Parse(one.IdToken!).Text("sid"), Jwt.Parse(two.IdToken!).Text("sid")]);
    }

    private async Task<string?[]> ToldSessionsAsync() => [(await Apps.NextAsync("/told")).Token.Text("sid"), (await Apps.NextAsync("/told")).Token.Text("sid")];
}
