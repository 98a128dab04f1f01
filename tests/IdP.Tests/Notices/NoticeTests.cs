using System.Net;
using IdP.Notices;
using IdP.Tests.Mail;
using IdP.Tests.SignIn;
using IdP.Users;
using NUnit.Framework;

namespace IdP.Tests.Notices;

/// <summary>People read what happened to their account, and freeze it when it was not them.</summary>
public sealed class NoticeTests(DatabaseKind database) : MailTest(database)
{
    [Test]
    public async Task A_sign_in_from_another_browser_is_told_and_the_first_one_and_known_ones_are_not()
    {
        var person = await AddMailPersonAsync();
        var first = Server.NewBrowser();
        await first.TrySignInAsync(person.UserName!, People.Password);
        await first.TrySignInAsync(person.UserName!, People.Password);
        var quiet = Mail.Unread(person.Email!);

        await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);
        var notice = await Mail.NextAsync(person.Email!);

        Assert.That(quiet, Is.Null);
        Assert.That(notice.Subject, Is.EqualTo("New sign-in to localhost"));
        Assert.That(notice.Text, Does.Contain("127.0.0.1").Or.Contain("::1"));
        Assert.That(Mail.Unread(person.Email!), Is.Null);
    }

    [Test]
    public async Task An_unconfirmed_address_learns_nothing()
    {
        var person = await AddMailPersonAsync(user => user.EmailConfirmed = false);
        var other = await AddMailPersonAsync();
        foreach (var one in (User[])[person, other])
            for (var i = 0; i < 2; i++) await Server.NewBrowser().TrySignInAsync(one.UserName!, People.Password);

        await Mail.NextAsync(other.Email!);

        Assert.That(Mail.Unread(person.Email!), Is.Null);
    }

    [Test]
    public async Task The_link_of_a_notice_freezes_the_account_once_the_form_is_sent()
    {
        var person = await AddMailPersonAsync();
        var thief = Server.NewBrowser();
        await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);
        await thief.TrySignInAsync(person.UserName!, People.Password);
        var link = (await Mail.NextAsync(person.Email!)).Link(FreezeAccount.Path);
        var reader = Server.NewBrowser();

        var page = await reader.GetAsync(link);
        var openStill = await thief.GetAsync("/account");
        var done = await reader.FollowAsync(await reader.SubmitAsync(page.FormWith("token"), []));

        Assert.That(openStill.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(done.Body, Does.Contain("Your account is frozen"));
        Assert.That((await thief.OpenAsync("/account")).AsksToSignIn, Is.True);
        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.False);
        var row = await Server.ReadAsync(person);
        Assert.That((row.Enabled, row.DisabledReason), Is.EqualTo((false, FreezeAccount.Reason)));
        Assert.That((await reader.GetAsync(link)).Status, Is.EqualTo(HttpStatusCode.Gone));
    }

    [Test]
    public async Task It_freezes_also_after_the_thief_has_changed_the_password_and_added_a_factor()
    {
        var person = await AddMailPersonAsync();
        var thief = Server.NewBrowser();
        await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);
        await thief.TrySignInAsync(person.UserName!, People.Password);
        var link = (await Mail.NextAsync(person.Email!)).Link(FreezeAccount.Path);
        var form = (await thief.GetAsync("/account/password")).FormWith("replacement");
        await thief.SubmitAsync(form, [new("current", People.Password), new("replacement", "The-Thief-Was-Here-9")]);
        var told = await Mail.NextAsync(person.Email!);

        var reader = Server.NewBrowser();
        await reader.SubmitAsync((await reader.GetAsync(link)).FormWith("token"), []);

        Assert.That(told.Subject, Is.EqualTo("Your password was changed"));
        Assert.That((await thief.OpenAsync("/account")).AsksToSignIn, Is.True);
        Assert.That((await Server.ReadAsync(person)).Enabled, Is.False);
    }

    [Test]
    public async Task A_used_recovery_code_is_told()
    {
        var person = await AddMailPersonAsync();
        var codes = await Server.AddAppAsync(person);
        var browser = Server.NewBrowser();

        await browser.TypeRecoveryCodeAsync(await browser.BeginAsync(person), codes[0]);

        Assert.That((await Mail.NextAsync(person.Email!)).Subject, Is.EqualTo("A recovery code was used"));
    }

    [Test]
    public async Task Foreign_and_hostile_tokens_freeze_nobody([Values("", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "\u0000", "%E2%80%AE")] string token)
    {
        var browser = Server.NewBrowser();

        var page = await browser.GetAsync($"{FreezeAccount.Path}?token={Uri.EscapeDataString(token)}");

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.Gone).Or.EqualTo(HttpStatusCode.BadRequest));
    }
}
