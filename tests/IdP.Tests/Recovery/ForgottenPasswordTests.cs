using System.Net;
using IdP.Mail;
using IdP.Recovery;
using IdP.Tests.Mail;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace IdP.Tests.Recovery;

/// <summary>A forgotten password: the same answer for everybody, a link that works once, and nothing skipped.</summary>
public sealed class ForgottenPasswordTests(DatabaseKind database) : MailTest(database)
{
    private const string Fresh = "An-Unusual-Pelican-42";

    [Test]
    public async Task A_new_password_by_the_link_of_the_mail_ends_everything_and_signs_in()
    {
        var person = await AddMailPersonAsync();
        var (elsewhere, browser) = (Server.NewBrowser(), Server.NewBrowser());
        await elsewhere.TrySignInAsync(person.UserName!, People.Password);

        var mail = await AskAsync(browser, person);
        var page = await browser.GetAsync(mail.Link("/password/new"));
        var answer = await browser.SubmitAsync(page.FormWith("password"), [new("password", Fresh)]);
        var signIn = await browser.FollowAsync(answer);
        var signedIn = await browser.FollowAsync(await browser.SubmitAsync(signIn.FormWith("password"), [new("password", Fresh)]));

        Assert.That(mail.Link("/password/new"), Does.StartWith(Server.Origin.ToString()));
        Assert.That(signIn.Body, Does.Contain("Your new password is set"));
        Assert.That(signedIn.Body, Does.Contain(person.Name!));
        Assert.That((await elsewhere.OpenAsync("/account")).AsksToSignIn, Is.True);
        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.False);
        Assert.That((await Mail.NextAsync(person.Email!)).Subject, Is.EqualTo("Your password was set anew"));
    }

    [Test]
    public async Task The_link_works_once_also_for_many_at_the_same_time()
    {
        var person = await AddMailPersonAsync();
        var mail = await AskAsync(Server.NewBrowser(), person);
        var forms = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var browser = Server.NewBrowser();
            return (browser, form: (await browser.GetAsync(mail.Link("/password/new"))).FormWith("password"), password: $"{Fresh}-{i}");
        }));

        var answers = await Task.WhenAll(forms.Select(f => f.browser.SubmitAsync(f.form, [new("password", f.password)])));

        Assert.That(answers.Count(answer => answer.IsRedirect), Is.EqualTo(1));
        Assert.That(answers.Where(answer => !answer.IsRedirect).Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.Gone));
        Assert.That((await Server.NewBrowser().GetAsync(mail.Link("/password/new"))).Status, Is.EqualTo(HttpStatusCode.Gone));
    }

    [Test]
    public async Task Opening_the_link_uses_nothing_up_and_a_bad_password_keeps_it()
    {
        var person = await AddMailPersonAsync();
        var browser = Server.NewBrowser();
        var mail = await AskAsync(browser, person);
        await browser.GetAsync(mail.Link("/password/new"));

        var refused = await browser.SubmitAsync((await browser.GetAsync(mail.Link("/password/new"))).FormWith("password"), [new("password", "password1")]);
        var same = await browser.SubmitAsync(refused.FormWith("password"), [new("password", People.Password)]);
        var set = await browser.SubmitAsync(same.FormWith("password"), [new("password", Fresh)]);

        Assert.That(refused.Body, Does.Contain("password-error"));
        Assert.That(same.Body, Does.Contain("password-error"), "the forgotten one is no new one");
        Assert.That(set.IsRedirect, Is.True);
    }

    [Test]
    public async Task Whoever_has_a_second_factor_is_still_asked_for_it()
    {
        var person = await AddMailPersonAsync();
        await Server.AddAppAsync(person);
        var browser = Server.NewBrowser();
        var mail = await AskAsync(browser, person);
        var signIn = await browser.FollowAsync(await browser.SubmitAsync((await browser.GetAsync(mail.Link("/password/new"))).FormWith("password"), [new("password", Fresh)]));

        var second = await browser.FollowAsync(await browser.SubmitAsync(signIn.FormWith("password"), [new("password", Fresh)]));

        Assert.That(second.Url.AbsolutePath, Is.EqualTo("/signin/factor"));
        Assert.That((await browser.OpenAsync("/account")).AsksToSignIn, Is.True);
    }

    [Test]
    public async Task A_link_is_over_after_an_hour_or_a_change_of_the_account()
    {
        var (late, changed, moved) = (await AddMailPersonAsync(), await AddMailPersonAsync(), await AddMailPersonAsync());
        var links = new List<string>();
        foreach (var person in (User[])[late, changed, moved]) links.Add((await AskAsync(Server.NewBrowser(), person)).Link("/password/new"));

        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == changed.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.SecurityStamp, "another")));
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == moved.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.NormalizedEmail, "ELSEWHERE@MAIL.EXAMPLE")));
        var still = await Server.NewBrowser().GetAsync(links[0]);
        Server.Clock.Advance(ForgottenPassword.Lifetime + TimeSpan.FromSeconds(1));
        var statuses = new List<HttpStatusCode>();
        foreach (var link in links) statuses.Add((await Server.NewBrowser().GetAsync(link)).Status);

        Assert.That(still.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(statuses, Is.All.EqualTo(HttpStatusCode.Gone));
    }

    [Test]
    public async Task The_answer_is_the_same_for_everybody_and_only_a_confirmed_address_gets_a_link()
    {
        var known = await AddMailPersonAsync();
        var unconfirmed = await AddMailPersonAsync(user => user.EmailConfirmed = false);
        var disabled = await AddMailPersonAsync(user => user.Enabled = false);
        var passkeyOnly = await AddMailPersonAsync(user => user.PasswordHash = null);
        string[] names = [known.UserName!, unconfirmed.UserName!, disabled.UserName!, passkeyOnly.UserName!, "u" + Guid.NewGuid().ToString("N")[..12]];

        var answers = new List<(HttpStatusCode, string, string)>();
        foreach (var name in names)
        {
            var browser = Server.NewBrowser();
            var page = await browser.SubmitAsync((await browser.GetAsync("/password/forgotten")).FormWith("username"), [new("username", name)]);
            answers.Add((page.Status, string.Join('|', page.Headers.Where(h => h.Key is not ("Date" or "Set-Cookie" or "Content-Security-Policy")).Select(h => h.Key)), page.Body.Replace(name, "NAME", StringComparison.Ordinal)));
        }
        await Mail.NextAsync(known.Email!);
        var none = await Mail.NextAsync(passkeyOnly.Email!);

        Assert.That(answers.Distinct().Count(), Is.EqualTo(1));
        Assert.That(none.Text, Does.Contain("has no password").And.Not.Contain("token="));
        Assert.That((Mail.Unread(unconfirmed.Email!), Mail.Unread(disabled.Email!)), Is.EqualTo(((ReceivedMail?)null, (ReceivedMail?)null)));
    }

    [Test]
    public async Task The_request_costs_the_same_statements_for_everybody()
    {
        var known = await AddMailPersonAsync();
        async Task<string[]> AskForAsync(string name)
        {
            var browser = Server.NewBrowser();
            var form = (await browser.GetAsync("/password/forgotten")).FormWith("username");
            return [.. (await Server.RecordSqlAsync(() => browser.SubmitAsync(form, [new("username", name)]))).Statements.Select(s => s.Text)];
        }

        var (somebody, nobody) = (await AskForAsync(known.UserName!), await AskForAsync("nobody-here"));

        Assert.That(somebody, Is.Not.Empty.And.EqualTo(nobody));
    }

    [Test]
    public async Task A_stranger_fills_nobodys_mailbox_and_one_network_does_not_ask_for_everybody()
    {
        var person = await AddMailPersonAsync();
        using var http = Server.NewHttpClient();
        for (var i = 0; i < 8; i++)
            await Server.WithDatabaseAsync(async db =>
            {
                await using var scope = Server.Services.CreateAsyncScope();
                var requests = scope.ServiceProvider.GetRequiredService<MailRequests>();
                requests.Add(ForgottenPassword.RequestKind, person.UserName!, "en", "/account", devices: []);
                await requests.SaveAsync(default);
                return 0;
            });
        for (var i = 0; i < 5; i++) await Mail.NextAsync(person.Email!);
        for (var until = DateTime.UtcNow.AddSeconds(20); await Server.WithDatabaseAsync(db => db.MailRequests.AnyAsync()) && DateTime.UtcNow < until;) await Task.Delay(50);

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 40; i++)
        {
            var browser = Server.NewBrowser();
            statuses.Add((await browser.SubmitAsync((await browser.GetAsync("/password/forgotten")).FormWith("username"), [new("username", "x" + i)])).Status);
        }

        var strangers = Mail.Unread(person.Email!);
        var own = Server.NewBrowser();
        await own.TrySignInAsync(person.UserName!, People.Password);
        await AskAsync(own, person);

        Assert.That(strangers, Is.Null, "and in the person's own browser it is still sent");
        Assert.That(statuses.Count(status => status == HttpStatusCode.TooManyRequests), Is.GreaterThan(5));
        Server.Clock.Advance(TimeSpan.FromMinutes(6)); // the other tests ask from the same network
    }

    /// <summary>Asks for the mail as a person does, from the page of the password.</summary>
    private async Task<ReceivedMail> AskAsync(BrowserClient browser, User person)
    {
        Server.Clock.Advance(TimeSpan.FromMinutes(6)); // one network asks only so often
        var password = await browser.NameAsync(await browser.GetAsync("/signin"), person.UserName!);
        var link = System.Text.RegularExpressions.Regex.Match(password.Body, "href=\"(/password/forgotten[^\"]*)\"").Groups[1].Value;
        var page = await browser.GetAsync(WebUtility.HtmlDecode(link));
        await browser.SubmitAsync(page.FormWith("username"), []);
        return await Mail.NextAsync(person.Email!);
    }
}
