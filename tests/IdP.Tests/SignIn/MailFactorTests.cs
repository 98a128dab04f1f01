using System.Net;
using System.Text.RegularExpressions;
using IdP.Groups;
using IdP.SignIn;
using IdP.Tests.Mail;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.SignIn;

/// <summary>A code by mail as second factor: for whoever has no better one, beside a password that did not come by mail itself.</summary>
public sealed class MailFactorTests(DatabaseKind database) : MailTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            {
              "groups": [{ "name": "two" }, { "name": "keys" }, { "name": "app" }],
              "signInPolicies": [
                { "name": "two factors", "groups": ["two"], "factors": "mfa" }, { "name": "passkeys", "groups": ["keys"], "factors": "phishingResistant" },
                { "name": "app", "groups": ["app"], "clients": ["web"], "factors": "mfa" }
              ]
            }
            """),
        More = new Dictionary<string, string>(base.Settings.More) { ["SignIn:MailAsSecondFactor"] = "true", ["SignIn:ByMail"] = "true", ["Lockout:MaxMailsPerSource"] = "1000", ["Lockout:MaxFailuresPerSource"] = "100000" },
    };

    [Test]
    public async Task The_code_stands_in_for_a_factor_and_tokens_say_how()
    {
        var person = await AddAsync("two");
        var party = Server.NewRelyingParty(TestClients.Web);
        var request = party.NewRequest("openid");
        var browser = Server.NewBrowser();
        var offer = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(request.Url), person.UserName!, People.Password));
        var page = await SendAsync(browser, offer);
        var mail = await Mail.NextAsync(person.Email!);

        var wrong = await browser.TypeCodeAsync(page, CodeOf(mail) == "00000000" ? "11111111" : "00000000");
        var before = browser.Cookie("idp.session");
        var answer = await browser.FollowAsync(await browser.TypeCodeAsync(wrong, CodeOf(mail)));
        var tokens = Jwt.Parse((await party.ExchangeCodeAsync(new AuthorizationAnswer(request, answer.LocationParameters))).Expected().IdToken!);

        Assert.That((offer.Url.AbsolutePath, before), Is.EqualTo(("/signin/factor", (string?)null)));
        Assert.That(offer.Body, Does.Contain("/signin/enrol").And.Not.Contain(person.Email!).And.Contain("@mail.example"));
        Assert.That(wrong.Body, Does.Contain("factor-error"));
        Assert.That(mail.Text, Does.Not.Contain("http"), "a link would be one click for whoever is talked into it");
        Assert.That(tokens.Payload.GetProperty("amr").EnumerateArray().Select(v => v.GetString()), Is.EquivalentTo((string[])["pwd", "email", "mfa"]));
        Assert.That(tokens.Payload.GetProperty("acr").GetString(), Is.EqualTo("http://schemas.openid.net/pape/policies/2007/06/multi-factor"));
    }

    [Test]
    public async Task A_code_works_once_also_for_fifty_at_the_same_time_and_only_for_the_sign_in_that_asked()
    {
        var person = await AddAsync("two");
        var (browser, other) = (Server.NewBrowser(), Server.NewBrowser());
        var page = await SendAsync(browser, await browser.BeginAsync(person));
        var code = CodeOf(await Mail.NextAsync(person.Email!));
        var foreign = await SendAsync(other, await other.BeginAsync(person));
        await Mail.NextAsync(person.Email!);

        var elsewhere = await other.TypeCodeAsync(foreign, code);
        var form = page.FormWith("code");
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => browser.SubmitAsync(form, [new("code", code)])));

        Assert.That(elsewhere.IsRedirect, Is.False);
        Assert.That(answers.Count(a => a.Location?.AbsolutePath == "/account"), Is.GreaterThanOrEqualTo(1), "others find it done");
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.CountAsync(s => s.UserId == person.Id)), Is.EqualTo(1));
        Assert.That(await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync(d => d.UserId == person.Id && d.Outcome == SignInOutcome.Success)), Is.EqualTo(1));
    }

    [Test]
    public async Task After_five_wrong_codes_the_right_one_is_refused_in_every_browser()
    {
        var person = await AddAsync("two");
        var (browser, other) = (Server.NewBrowser(), Server.NewBrowser());
        var page = await SendAsync(browser, await browser.BeginAsync(person));
        var code = CodeOf(await Mail.NextAsync(person.Email!));
        var wrong = code == "00000000" ? "11111111" : "00000000";

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => browser.TypeCodeAsync(page, wrong)));
        var right = await browser.TypeCodeAsync(page, code);
        var again = await SendAsync(other, await other.BeginAsync(person));
        var elsewhere = await other.TypeCodeAsync(again, CodeOf(await Mail.NextAsync(person.Email!)));

        Assert.That((right.IsRedirect, elsewhere.IsRedirect), Is.EqualTo((false, false)));
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.AnyAsync(s => s.UserId == person.Id)), Is.False);
    }

    [Test]
    public async Task A_newer_code_and_ten_minutes_end_the_older()
    {
        var person = await AddAsync("two");
        var browser = Server.NewBrowser();
        var page = await SendAsync(browser, await browser.BeginAsync(person));
        var first = CodeOf(await Mail.NextAsync(person.Email!));
        page = await SendAsync(browser, page);
        var second = CodeOf(await Mail.NextAsync(person.Email!));

        var old = await browser.TypeCodeAsync(page, first);
        Server.Clock.Advance(MailSignIn.Lifetime + TimeSpan.FromSeconds(1));
        var late = await browser.TypeCodeAsync(page, second);

        Assert.That((old.IsRedirect, late.IsRedirect), Is.EqualTo((false, false)));
        Assert.That(browser.Cookie("idp.session"), Is.Null);
    }

    [Test]
    public async Task It_is_not_offered_where_a_passkey_is_asked_for_to_whoever_has_an_app_or_without_a_confirmed_address()
    {
        var (keys, withApp, unconfirmed) = (await AddAsync("keys"), await AddAsync("two"), await AddAsync("two", user => user.EmailConfirmed = false));
        await Server.AddAppAsync(withApp);

        foreach (var (person, path) in new[] { (keys, "/signin/enrol"), (withApp, "/signin/factor"), (unconfirmed, "/signin/enrol") })
        {
            var browser = Server.NewBrowser();
            var page = await browser.BeginAsync(person);
            var (login, csrf) = (page.Url.Query["?login=".Length..], (await browser.GetAsync("/signin")).FormWith("username")["csrf"].Value);
            await browser.PostAsync("/signin/factor/mail", [new("csrf", csrf), new("login", login)]);
            var forced = await browser.PostAsync("/signin/factor", [new("csrf", csrf), new("login", login), new("way", "mail"), new("code", "00000000")]);

            Assert.That((page.Url.AbsolutePath, page.Body.Contains("/signin/factor/mail", StringComparison.Ordinal)), Is.EqualTo((path, false)));
            Assert.That((forced.IsRedirect && forced.Location!.AbsolutePath == "/account", browser.Cookie("idp.session")), Is.EqualTo((false, (string?)null)));
            Assert.That(Mail.Unread(person.Email!), Is.Null);
        }
    }

    [Test]
    public async Task It_is_never_the_second_after_a_code_by_mail()
    {
        var person = await AddAsync("two");
        var browser = Server.NewBrowser();
        var password = await browser.NameAsync(await browser.GetAsync("/signin"), person.UserName!);
        var waiting = await browser.FollowAsync(await browser.SubmitAsync(password.Forms.Single(f => f.Action.AbsolutePath == "/signin/mail"), []));

        var page = await browser.FollowAsync(await browser.SubmitAsync(waiting.FormWith("code"), [new("code", Regex.Match((await Mail.NextAsync(person.Email!)).Subject, "^([0-9]{4} [0-9]{4}) ").Groups[1].Value)]));
        var csrf = page.Forms.First(f => f.Has("csrf"))["csrf"].Value;
        await browser.PostAsync("/signin/factor/mail", [new("csrf", csrf), new("login", page.Url.Query["?login=".Length..])]);

        Assert.That((page.Url.AbsolutePath, browser.Cookie("idp.session")), Is.EqualTo(("/signin/enrol", (string?)null)));
        Assert.That(Mail.Unread(person.Email!), Is.Null);
    }

    [Test]
    public async Task It_is_not_the_second_after_a_password_that_was_set_by_a_mail_until_it_is_changed()
    {
        const string Fresh = "An-Unusual-Pelican-42";
        var person = await AddAsync("two");
        var browser = Server.NewBrowser();
        await browser.SubmitAsync((await browser.GetAsync("/password/forgotten")).FormWith("username"), [new("username", person.UserName!)]);
        var link = (await Mail.NextAsync(person.Email!)).Link("/password/new");
        await browser.SubmitAsync((await browser.GetAsync(link)).FormWith("password"), [new("password", Fresh)]);
        await Mail.NextAsync(person.Email!);

        var here = await browser.FollowAsync(await browser.TrySignInAsync(person.UserName!, Fresh));
        Server.Clock.Advance(TimeSpan.FromDays(2));
        var elsewhere = Server.NewBrowser();
        var later = await elsewhere.FollowAsync(await elsewhere.TrySignInAsync(person.UserName!, Fresh));
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == person.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.PasswordRecoveredAt, (DateTimeOffset?)null)));
        var changed = await elsewhere.FollowAsync(await elsewhere.TrySignInAsync(person.UserName!, Fresh));

        Assert.That((here.Url.AbsolutePath, later.Url.AbsolutePath, changed.Url.AbsolutePath), Is.EqualTo(("/signin/enrol", "/signin/enrol", "/signin/factor")));
    }

    [Test]
    public async Task Nor_after_one_that_was_changed_with_nothing_but_it_until_it_is_changed_with_an_app()
    {
        const string Mailed = "An-Unusual-Pelican-42", Second = "A-Second-Pelican-43", Third = "A-Third-Pelican-44";
        var person = await AddAsync("app");
        var browser = Server.NewBrowser();
        await browser.SubmitAsync((await browser.GetAsync("/password/forgotten")).FormWith("username"), [new("username", person.UserName!)]);
        var link = (await Mail.NextAsync(person.Email!)).Link("/password/new");
        await browser.SubmitAsync((await browser.GetAsync(link)).FormWith("password"), [new("password", Mailed)]);

        await browser.TrySignInAsync(person.UserName!, Mailed);
        await browser.SubmitAsync((await browser.GetAsync("/account/password")).FormWith("replacement"), [new("current", Mailed), new("replacement", Second)]);
        var changed = await Server.ReadAsync(person);
        var elsewhere = Server.NewBrowser();
        await elsewhere.TrySignInAsync(person.UserName!, Second);
        var asked = await elsewhere.OpenAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid").Url);
        await Server.AddAppAsync(person);
        var own = Server.NewBrowser();
        await own.TypeCodeAsync(await own.FollowAsync(await own.TrySignInAsync(person.UserName!, Second)), Server.Code());
        await own.SubmitAsync((await own.GetAsync("/account/password")).FormWith("replacement"), [new("current", Second), new("replacement", Third)]);
        var proven = await Server.ReadAsync(person);

        Assert.That((changed.PasswordHash == person.PasswordHash, changed.PasswordRecoveredAt is null, asked.Url.AbsolutePath), Is.EqualTo((false, false, "/signin/refused")), "a code by mail would be on /signin/factor");
        Assert.That((proven.PasswordHash == changed.PasswordHash, proven.PasswordRecoveredAt), Is.EqualTo((false, (DateTimeOffset?)null)));
    }

    [Test]
    public async Task A_stranger_with_the_password_fills_no_mailbox()
    {
        var person = await AddAsync("two");
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 7; i++)
        {
            var browser = Server.NewBrowser();
            var page = await browser.BeginAsync(person);
            statuses.Add((await browser.SubmitAsync(page.Forms.Single(f => f.Action.AbsolutePath == "/signin/factor/mail"), [])).Status);
        }

        Assert.That(statuses.Count(s => s is HttpStatusCode.TooManyRequests), Is.EqualTo(2));
    }

    [Test]
    public async Task A_session_is_raised_by_it_on_the_way_to_an_app_that_asks_for_more()
    {
        var person = await AddAsync("app");
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        var party = Server.NewRelyingParty(TestClients.Web);

        var offer = await browser.OpenAsync(party.NewRequest("openid").Url);
        var page = await SendAsync(browser, offer);
        var done = await browser.FollowAsync(await browser.TypeCodeAsync(page, CodeOf(await Mail.NextAsync(person.Email!))));

        Assert.That((offer.Url.AbsolutePath, offer.Body.Contains("/signin/enrol", StringComparison.Ordinal)), Is.EqualTo(("/signin/factor", false)));
        Assert.That(done.LocationParameters, Contains.Key("code"));
        Assert.That((await Server.WithDatabaseAsync(db => db.Sessions.SingleAsync(s => s.UserId == person.Id))).AuthenticationMethods, Is.EquivalentTo(new[] { "pwd", "email", "mfa" }));
    }

    [Test]
    public async Task Whoever_would_rather_add_a_factor_does_and_a_code_is_nothing_after_that()
    {
        var person = await AddAsync("two");
        var browser = Server.NewBrowser();
        var offer = await browser.BeginAsync(person);
        var enrol = await browser.GetAsync(WebUtility.HtmlDecode(Regex.Match(offer.Body, "href=\"(/signin/enrol[^\"]*)\"").Groups[1].Value));

        var codes = await browser.SubmitAsync(enrol.FormWith("secret"), [new("code", OfferedApp.CodeOf(enrol, Server))]);
        var elsewhere = Server.NewBrowser();
        var next = await elsewhere.BeginAsync(person);

        Assert.That(codes.Body, Does.Contain("class=\"codes\""));
        Assert.That(next.Body, Does.Contain("value=\"app\"").And.Not.Contain("/signin/factor/mail"));
    }

    private static async Task<Page> SendAsync(BrowserClient browser, Page offer) => await browser.FollowAsync(await browser.SubmitAsync(offer.Forms.Single(f => f.Action.AbsolutePath == "/signin/factor/mail"), []));

    private static string CodeOf(ReceivedMail mail) => Regex.Match(mail.Subject, "^([0-9]{4}) ([0-9]{4}) ") is var match ? match.Groups[1].Value + match.Groups[2].Value : "";

    private async Task<User> AddAsync(string group, Action<User>? adapt = null)
    {
        var person = await AddMailPersonAsync(adapt);
        await Server.WithDatabaseAsync(async db =>
        {
            db.GroupMembers.Add(new GroupMember { GroupId = await db.Groups.Where(g => g.Name == group).Select(g => g.Id).SingleAsync(), UserId = person.Id });
            return await db.SaveChangesAsync();
        });
        return person;
    }
}
