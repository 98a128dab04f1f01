using System.Net;
using System.Text.RegularExpressions;
using IdP.SignIn;
using IdP.Tests.Mail;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace IdP.Tests.SignIn;

/// <summary>Sign-in by a code or a link of a mail: once, in the browser that asked, and never past a second factor.</summary>
public sealed class MailSignInTests(DatabaseKind database) : MailTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""{ "groups": [{ "name": "careful" }], "signInPolicies": [{ "name": "two factors", "groups": ["careful"], "factors": "mfa" }] }"""),
        More = new Dictionary<string, string>(base.Settings.More) { ["SignIn:ByMail"] = "true", ["Lockout:MaxMailsPerSource"] = "1000" },
    };

    [Test]
    public async Task The_code_signs_in_and_tokens_say_how()
    {
        var person = await AddMailPersonAsync();
        var party = Server.NewRelyingParty(TestClients.Web);
        var request = party.NewRequest("openid");
        var browser = Server.NewBrowser();
        var waiting = await AskAsync(browser, person.UserName!, request.Url);
        var mail = await Mail.NextAsync(person.Email!);

        var answer = await browser.FollowAsync(await browser.SubmitAsync(waiting.FormWith("code"), [new("code", CodeOf(mail))]));
        var tokens = (await party.TokenAsync([new("grant_type", "authorization_code"), new("code", answer.LocationParameters["code"]), new("redirect_uri", TestClients.Web.RedirectUri!), new("code_verifier", request.Verifier)])).Expected();

        Assert.That(Jwt.Parse(tokens.IdToken!).Payload.GetProperty("amr").EnumerateArray().Select(v => v.GetString()), Is.EqualTo(new[] { "email" }));
        var decision = await Server.WithDatabaseAsync(db => db.SignInDecisions.SingleAsync(d => d.UserId == person.Id));
        Assert.That((decision.Outcome, decision.ClientId), Is.EqualTo((SignInOutcome.Success, TestClients.Web.ClientId)));
    }

    [Test]
    public async Task A_policy_asks_for_more_than_a_mail()
    {
        var person = await AddMailPersonAsync();
        await Server.WithDatabaseAsync(async db =>
        {
            db.GroupMembers.Add(new Groups.GroupMember { GroupId = await db.Groups.Where(g => g.Name == "careful").Select(g => g.Id).SingleAsync(), UserId = person.Id });
            return await db.SaveChangesAsync();
        });
        var browser = Server.NewBrowser();
        var waiting = await AskAsync(browser, person.UserName!);

        var answer = await browser.FollowAsync(await browser.SubmitAsync(waiting.FormWith("code"), [new("code", CodeOf(await Mail.NextAsync(person.Email!)))]));

        Assert.That((answer.Url.AbsolutePath, browser.Cookie("idp.session")), Is.EqualTo(("/signin/enrol", (string?)null)));
    }

    [Test]
    public async Task The_link_signs_in_where_it_was_asked_for_and_nowhere_else()
    {
        var person = await AddMailPersonAsync();
        var (browser, foreign) = (Server.NewBrowser(), Server.NewBrowser());
        await AskAsync(browser, person.UserName!);
        var link = (await Mail.NextAsync(person.Email!)).Link("/signin/mail/link");

        var elsewhere = await foreign.GetAsync(link);
        var forced = await foreign.PostAsync("/signin/mail/link", [.. (await foreign.GetAsync("/signin")).FormWith("username").Fill([]).Where(f => f.Key == "csrf"), new("token", new Uri(link).Query["?token=".Length..])]);
        var here = await browser.GetAsync(link);
        var answer = await browser.SubmitAsync(here.FormWith("token"), []);
        var again = await browser.FollowAsync(await browser.GetAsync(link));

        Assert.That(elsewhere.Forms.Any(form => form.Has("token")), Is.False);
        Assert.That(forced.IsRedirect, Is.False);
        Assert.That((await foreign.OpenAsync("/account")).AsksToSignIn, Is.True);
        Assert.That(answer.Location!.AbsolutePath, Is.EqualTo("/account"));
        Assert.That((await browser.GetAsync("/account")).Body, Does.Contain(person.Name!));
        Assert.That(again.AsksToSignIn, Is.True);
    }

    [Test]
    public async Task A_code_works_once_and_only_in_its_browser()
    {
        var person = await AddMailPersonAsync();
        var (browser, foreign) = (Server.NewBrowser(), Server.NewBrowser());
        var waiting = await AskAsync(browser, person.UserName!);
        var code = CodeOf(await Mail.NextAsync(person.Email!));
        var other = await AskAsync(foreign, person.UserName!);
        await Mail.NextAsync(person.Email!);

        var stolen = await foreign.SubmitAsync(other.FormWith("code"), [new("code", code)]);
        var form = waiting.FormWith("code");
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => browser.SubmitAsync(form, [new("code", code)])));

        Assert.That(stolen.IsRedirect, Is.False);
        Assert.That(answers.Count(answer => answer.IsRedirect && answer.Location!.AbsolutePath == "/account"), Is.EqualTo(1));
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.CountAsync(s => s.UserId == person.Id)), Is.EqualTo(1));
    }

    [Test]
    public async Task After_five_wrong_codes_the_right_one_is_refused_too()
    {
        var person = await AddMailPersonAsync();
        var browser = Server.NewBrowser();
        var waiting = await AskAsync(browser, person.UserName!);
        var mail = await Mail.NextAsync(person.Email!);
        var wrong = CodeOf(mail) == "0000 0000" ? "1111 1111" : "0000 0000";

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => browser.SubmitAsync(waiting.FormWith("code"), [new("code", wrong)])));
        var right = await browser.SubmitAsync(waiting.FormWith("code"), [new("code", CodeOf(mail))]);

        Assert.That(right.IsRedirect, Is.False);
        Assert.That(await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync(d => d.UserId == person.Id && d.Outcome == SignInOutcome.WrongFactor)), Is.EqualTo(MailSignIn.MaxTries));
    }

    [Test]
    public async Task Whoever_has_a_second_factor_is_asked_for_it()
    {
        var person = await AddMailPersonAsync();
        await Server.AddAppAsync(person);
        var browser = Server.NewBrowser();
        var waiting = await AskAsync(browser, person.UserName!);

        var second = await browser.FollowAsync(await browser.SubmitAsync(waiting.FormWith("code"), [new("code", CodeOf(await Mail.NextAsync(person.Email!)))]));
        var closed = await browser.OpenAsync("/account");
        var done = await browser.TypeCodeAsync(second, Server.Code());

        Assert.That((second.Url.AbsolutePath, closed.AsksToSignIn), Is.EqualTo(("/signin/factor", true)));
        Assert.That(done.Location!.AbsolutePath, Is.EqualTo("/account"));
        var session = await Server.WithDatabaseAsync(db => db.Sessions.SingleAsync(s => s.UserId == person.Id));
        Assert.That(session.AuthenticationMethods, Is.EquivalentTo(new[] { "email", "otp", "mfa" }));
    }

    [Test]
    public async Task It_ends_with_a_change_of_the_account_and_after_ten_minutes()
    {
        var (changed, disabled, late) = (await AddMailPersonAsync(), await AddMailPersonAsync(), await AddMailPersonAsync());
        var begun = new List<(BrowserClient Browser, Page Waiting, string Code)>();
        foreach (var person in (User[])[changed, disabled, late])
        {
            var browser = Server.NewBrowser();
            begun.Add((browser, await AskAsync(browser, person.UserName!), CodeOf(await Mail.NextAsync(person.Email!))));
        }
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == changed.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.SecurityStamp, "another")));
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == disabled.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, false)));

        foreach (var (browser, waiting, code) in begun[..2]) await browser.SubmitAsync(waiting.FormWith("code"), [new("code", code)]);
        Server.Clock.Advance(MailSignIn.Lifetime + TimeSpan.FromSeconds(1));
        await begun[2].Browser.SubmitAsync(begun[2].Waiting.FormWith("code"), [new("code", begun[2].Code)]);

        foreach (var (browser, _, _) in begun) Assert.That((await browser.OpenAsync("/account")).AsksToSignIn, Is.True);
    }

    [Test]
    public async Task The_answers_and_the_statements_are_the_same_for_a_name_that_nobody_has()
    {
        var person = await AddMailPersonAsync();
        await Server.NewBrowser().GetAsync("/signin");

        async Task<string> JourneyAsync(string name)
        {
            var browser = Server.NewBrowser();
            Page waiting = null!, refused = null!;
            var password = await browser.NameAsync(await browser.GetAsync("/signin"), name);
            var asked = await Server.RecordSqlAsync(async () => waiting = await browser.FollowAsync(await browser.SubmitAsync(MailForm(password), [])));
            if (name == person.UserName) await Mail.NextAsync(person.Email!);
            var tried = await Server.RecordSqlAsync(async () => refused = await browser.SubmitAsync(waiting.FormWith("code"), [new("code", "00000000")]));
            string[] parts = [.. asked.Statements.Concat(tried.Statements).Select(s => s.Text), $"{waiting.Status} {refused.Status}", waiting.Body, refused.Body];
            return Regex.Replace(string.Join('\n', parts), "(login=|value=\")[A-Za-z0-9_-]{40,}|as=[^\"&]*|nonce-[^'\"]*", "$1").Replace(name, "NAME", StringComparison.Ordinal);
        }

        var (known, unknown) = (await JourneyAsync(person.UserName!), await JourneyAsync("u" + Guid.NewGuid().ToString("N")[..12]));

        Assert.That(known, Is.EqualTo(unknown));
    }

    private static async Task<Page> AskAsync(BrowserClient browser, string userName, string start = "/signin")
    {
        var password = await browser.NameAsync(await browser.OpenAsync(start), userName);
        return await browser.FollowAsync(await browser.SubmitAsync(MailForm(password), []));
    }

    private static HtmlForm MailForm(Page password) => password.Forms.Single(form => form.Action.AbsolutePath == "/signin/mail");

    private static string CodeOf(ReceivedMail mail) => Regex.Match(mail.Subject, "^([0-9]{4} [0-9]{4}) ").Groups[1].Value;
}
