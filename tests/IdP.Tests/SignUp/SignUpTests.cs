using System.Net;
using IdP.Tests.Mail;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace IdP.Tests.SignUp;

/// <summary>People make accounts themselves: only behind a mail, and without telling anybody who has one.</summary>
public sealed class SignUpTests(DatabaseKind database) : MailTest(database)
{
    private const string Chosen = "An-Unusual-Pelican-42";

    protected override ServerSettings Settings => base.Settings with
    {
        More = new Dictionary<string, string>(base.Settings.More) { ["SignUp:Enabled"] = "true", ["SignUp:AllowedDomains:0"] = "mail.example", ["Lockout:MaxMailsPerSource"] = "1000" },
    };

    [Test]
    public async Task An_account_exists_once_its_address_is_shown_and_its_owner_is_signed_in_and_back_at_the_app()
    {
        var (address, browser) = (NewAddress(), Server.NewBrowser());
        var request = Server.NewRelyingParty(TestClients.Web).NewRequest("openid");
        var signIn = await browser.OpenAsync(request.Url);
        var link = System.Text.RegularExpressions.Regex.Match(signIn.Body, "href=\"(/signup[^\"]*)\"").Groups[1].Value;

        await browser.SubmitAsync((await browser.GetAsync(WebUtility.HtmlDecode(link))).FormWith("email"), [new("email", address)]);
        var mail = await Mail.NextAsync(address);
        var before = await Server.WithDatabaseAsync(db => db.Users.CountAsync(u => u.Email == address));
        var finish = await browser.GetAsync(mail.Link("/signup/finish"));
        var answer = await browser.FollowAsync(await browser.SubmitAsync(finish.FormWith("password"), [new("name", "Nora New"), new("password", Chosen)]));

        var user = await Server.WithDatabaseAsync(db => db.Users.SingleAsync(u => u.Email == address));
        Assert.That(before, Is.Zero);
        Assert.That((user.EmailConfirmed, user.Name, user.UserName, user.MustChangePassword), Is.EqualTo((true, "Nora New", address, false)));
        Assert.That(answer.LocationParameters, Does.ContainKey("code"));
        Assert.That((await Server.NewBrowser().TrySignInAsync(address, Chosen)).IsRedirect, Is.True);
        Assert.That((await browser.GetAsync(mail.Link("/signup/finish"))).Status, Is.EqualTo(HttpStatusCode.Gone));
    }

    [Test]
    public async Task The_answer_and_its_statements_are_the_same_for_an_address_that_has_an_account_and_its_owner_is_told()
    {
        var person = await AddMailPersonAsync();
        async Task<string> AskAsync(string address)
        {
            var browser = Server.NewBrowser();
            var form = (await browser.GetAsync("/signup")).FormWith("email");
            Page page = null!;
            var sql = await Server.RecordSqlAsync(async () => page = await browser.SubmitAsync(form, [new("email", address)]));
            return string.Join('\n', [.. sql.Statements.Select(s => s.Text), page.Status.ToString(), page.Body.Replace(address, "ADDRESS", StringComparison.Ordinal)]);
        }

        var (taken, free) = (await AskAsync(person.Email!), await AskAsync(NewAddress()));
        var mail = await Mail.NextAsync(person.Email!);

        Assert.That(taken, Is.EqualTo(free));
        Assert.That(mail.Subject, Does.Contain("already"));
        Assert.That(mail.Text, Does.Not.Contain("token="));
    }

    [Test]
    public async Task An_app_sends_people_to_the_page_for_a_new_account_and_gets_its_answer_whatever_they_do_there()
    {
        var address = NewAddress();
        var party = Server.NewRelyingParty(TestClients.Web);
        var (newcomer, member) = (Server.NewBrowser(), Server.NewBrowser());
        await member.TrySignInAsync(TestUsers.Alice.UserName, TestUsers.Alice.Password);
        Server.Clock.Advance(TimeSpan.FromSeconds(5));
        var request = party.NewRequest("openid", [new("prompt", "create")]);

        var page = await newcomer.OpenAsync(request.Url);
        await newcomer.SubmitAsync(page.FormWith("email"), [new("email", address)]);
        var finish = await newcomer.GetAsync((await Mail.NextAsync(address)).Link("/signup/finish"));
        var made = await newcomer.FollowAsync(await newcomer.SubmitAsync(finish.FormWith("password"), [new("name", "Nora"), new("password", Chosen)]));
        var asked = await member.OpenAsync(request.Url);
        var signIn = await member.GetAsync(WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(asked.Body, "href=\"(/signin[^\"]*)\"").Groups[1].Value));
        var stayed = await member.FollowAsync(await member.SignInAsync(signIn, TestUsers.Alice.UserName, TestUsers.Alice.Password));
        var contradictory = await newcomer.GetAsync(party.NewRequest("openid", [new("prompt", "create none")]).Url);
        using var discovery = System.Text.Json.JsonDocument.Parse((await newcomer.GetAsync("/.well-known/openid-configuration")).Body);

        Assert.That((page.Url.AbsolutePath, asked.Url.AbsolutePath), Is.EqualTo(("/signup", "/signup")));
        Assert.That(made.LocationParameters, Does.ContainKey("code"));
        Assert.That(stayed.LocationParameters, Does.ContainKey("code"));
        Assert.That(contradictory.LocationParameters["error"], Is.EqualTo("invalid_request"));
        Assert.That(discovery.RootElement.GetProperty("prompt_values_supported").EnumerateArray().Select(v => v.GetString()), Does.Contain("create"));
    }

    [Test]
    public async Task One_link_makes_one_account()
    {
        var address = NewAddress();
        var browser = Server.NewBrowser();
        await browser.SubmitAsync((await browser.GetAsync("/signup")).FormWith("email"), [new("email", address)]);
        var link = (await Mail.NextAsync(address)).Link("/signup/finish");
        var forms = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            var one = Server.NewBrowser();
            return (one, form: (await one.GetAsync(link)).FormWith("password"));
        }));

        var answers = await Task.WhenAll(forms.Select(f => f.one.SubmitAsync(f.form, [new("name", "N"), new("password", Chosen)])));

        Assert.That(answers.Count(a => a.IsRedirect), Is.EqualTo(1));
        Assert.That(await Server.WithDatabaseAsync(db => db.Users.CountAsync(u => u.Email == address)), Is.EqualTo(1));
    }

    [TestCase("somebody@other.example", "Accounts are made here for addresses of mail.example.")]
    [TestCase("no address", "This is no e-mail address.")]
    [TestCase("x@mail.example\u0000", "This is no e-mail address.")]
    public async Task Other_addresses_are_refused_with_a_sentence(string address, string sentence)
    {
        var browser = Server.NewBrowser();

        var page = await browser.SubmitAsync((await browser.GetAsync("/signup")).FormWith("email"), [new("email", address)]);

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK).Or.EqualTo(HttpStatusCode.BadRequest));
        if (page.Status == HttpStatusCode.OK) Assert.That(page.Body, Does.Contain(sentence));
    }

    [Test]
    public async Task An_unusable_password_or_name_keeps_the_link()
    {
        var (address, browser) = (NewAddress(), Server.NewBrowser());
        await browser.SubmitAsync((await browser.GetAsync("/signup")).FormWith("email"), [new("email", address)]);
        var finish = await browser.GetAsync((await Mail.NextAsync(address)).Link("/signup/finish"));

        var refused = await browser.SubmitAsync(finish.FormWith("password"), [new("name", " "), new("password", "password1")]);
        var done = await browser.SubmitAsync(refused.FormWith("password"), [new("name", "Nora"), new("password", Chosen)]);

        Assert.That(refused.Body, Does.Contain("name-error").And.Contain("password-error"));
        Assert.That(done.IsRedirect, Is.True);
    }

    private static string NewAddress() => $"n{Guid.NewGuid():N}@mail.example";
}

/// <summary>Where it is off, which is the default, there is nothing to find.</summary>
public sealed class SignUpOffTests(DatabaseKind database) : ServerTest(database)
{
    [TestCase("/signup"), TestCase("/password/forgotten"), TestCase("/signin/mail/code"), TestCase("/dev/mailbox")]
    public async Task Pages_that_need_mail_or_a_setting_are_not_there(string path)
    {
        var page = await Server.NewBrowser().GetAsync(path);
        var signIn = await Server.NewBrowser().GetAsync("/signin");

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(signIn.Body, Does.Not.Contain("/signup"));
    }
}
