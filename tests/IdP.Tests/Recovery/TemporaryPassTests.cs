using System.Net;
using System.Text.RegularExpressions;
using IdP.Credentials;
using IdP.Groups;
using IdP.Links;
using IdP.Notices;
using IdP.Recovery.Passes;
using IdP.SignIn;
using IdP.Tests.Mail;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Recovery;

/// <summary>A pass of the help desk: once, in place of the password and of nothing else, and no session before something new is set.</summary>
public sealed class TemporaryPassTests(DatabaseKind database) : MailTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            {
              "groups": [{ "name": "two" }, { "name": "keys" }],
              "signInPolicies": [{ "name": "two factors", "groups": ["two"], "factors": "mfa" }, { "name": "passkeys", "groups": ["keys"], "factors": "phishingResistant" }]
            }
            """),
        More = new Dictionary<string, string>(base.Settings.More) { ["Lockout:MaxFailuresPerSource"] = "100000" },
    };

    [Test]
    public async Task A_pass_leads_to_a_new_password_and_ends_everything_that_was_open()
    {
        var person = await AddMailPersonAsync();
        var elsewhere = Server.NewBrowser();
        await elsewhere.TrySignInAsync(person.UserName!, People.Password);
        var (helper, desk) = await Server.AddHelperAsync();

        var pass = await desk.IssuePassAsync(person);
        var told = await Mail.NextAsync(person.Email!);
        var shown = await desk.GetAsync($"/console/users/{person.Id}");
        var browser = Server.NewBrowser();
        var page = await browser.FollowAsync(await browser.TrySignInAsync(person.UserName!, pass.ToLowerInvariant().Replace('-', ' '), "/account"));
        var before = browser.Cookie("idp.session");
        var refused = await browser.SubmitAsync(page.FormWith("password"), [new("password", People.Password)]);
        var done = await browser.SubmitAsync(refused.FormWith("password"), [new("password", RescuePeople.Fresh)]);

        Assert.That(told.Subject, Is.EqualTo("A temporary pass was issued for your account"));
        Assert.That(told.Link(FreezeAccount.Path), Does.StartWith(Server.Origin.ToString()));
        Assert.That(shown.Body, Does.Contain("A pass is open").And.Contain(helper.UserName!).And.Not.Contain(pass));
        Assert.That((page.Url.AbsolutePath, before), Is.EqualTo(("/signin/rescue", (string?)null)));
        Assert.That(refused.Body, Does.Contain("password-error"), "the forgotten one is no new one");
        Assert.That(done.Location!.AbsolutePath, Is.EqualTo("/account"));
        Assert.That((await browser.GetAsync("/account")).Body, Does.Contain(person.Name!));
        Assert.That((await elsewhere.OpenAsync("/account")).AsksToSignIn, Is.True);
        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.False);
        Assert.That((await Mail.NextAsync(person.Email!)).Subject, Is.EqualTo("Your password was changed"));
        var session = await Server.WithDatabaseAsync(db => db.Sessions.SingleAsync(s => s.UserId == person.Id && s.EndedAt == null));
        Assert.That(session.AuthenticationMethods, Is.EqualTo(new[] { "pwd" }));
        var audited = await Server.WithDatabaseAsync(db => db.AuditEntries.Where(e => e.TargetId == person.Id.ToString()).ToListAsync());
        var issued = audited.Single(e => e.Action == "user.temporary_pass_issued");
        Assert.That((issued.ActorId, issued.Details!.Contains("first dog", StringComparison.Ordinal)), Is.EqualTo((helper.Id, true)));
        Assert.That(audited.Select(e => e.Details ?? ""), Has.None.Contains(TemporaryPass.Read(pass)!).And.None.Contains(pass));
        Assert.That(audited.Select(e => e.Action), Has.Member("user.recovered"));
        Assert.That(await Server.WithDatabaseAsync(db => db.OneTimeLinks.AnyAsync(l => l.TokenHash == pass || l.Data!.Contains(pass))), Is.False);
    }

    [Test]
    public async Task It_works_once_also_for_fifty_at_the_same_time()
    {
        var person = await Server.AddPersonAsync();
        var pass = await (await Server.AddHelperAsync()).Browser.IssuePassAsync(person);
        var browsers = Enumerable.Range(0, 50).Select(_ => Server.NewBrowser()).ToList();
        var forms = new List<HtmlForm>();
        foreach (var browser in browsers) forms.Add((await browser.NameAsync(await browser.GetAsync("/signin"), person.UserName!)).FormWith("password"));

        var answers = await Task.WhenAll(browsers.Select((browser, i) => browser.SubmitAsync(forms[i], [new("password", pass)])));

        Assert.That(answers.Count(answer => answer.Location?.AbsolutePath == "/signin/rescue"), Is.EqualTo(1));
        Assert.That(await Server.WithDatabaseAsync(db => db.PendingLogins.CountAsync(l => l.UserId == person.Id)), Is.EqualTo(1));
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.AnyAsync(s => s.UserId == person.Id)), Is.False);
    }

    [Test]
    public async Task What_is_set_is_set_once_also_for_many_at_the_same_time()
    {
        var person = await Server.AddPersonAsync();
        var (browser, page) = await TypeAsync(person, await (await Server.AddHelperAsync()).Browser.IssuePassAsync(person));
        var form = page.FormWith("password");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => browser.SubmitAsync(form, [new("password", $"{RescuePeople.Fresh}-{i}")])));

        Assert.That(await Server.WithDatabaseAsync(db => db.AuditEntries.CountAsync(e => e.TargetId == person.Id.ToString() && e.Action == "user.recovered")), Is.EqualTo(1));
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.CountAsync(s => s.UserId == person.Id)), Is.EqualTo(1));
    }

    [Test]
    public async Task A_second_factor_that_is_not_lost_is_still_asked_for_and_stays()
    {
        var person = await Server.AddPersonAsync();
        await Server.AddAppAsync(person);
        var (browser, page) = await TypeAsync(person, await (await Server.AddHelperAsync()).Browser.IssuePassAsync(person));
        var (login, csrf) = (page.FormWith("code")["login"].Value, page.FormWith("code")["csrf"].Value);

        var skipped = await browser.PostAsync("/signin/rescue/password", [new("csrf", csrf), new("login", login), new("password", RescuePeople.Fresh)]);
        var noKey = await browser.PostAsync("/signin/rescue/passkey/options", [new("csrf", csrf), new("login", login)]);
        var wrong = await browser.SubmitAsync(page.FormWith("code"), [new("code", "000000")]);
        var shown = await browser.FollowAsync(await browser.SubmitAsync(wrong.FormWith("code"), [new("code", Server.Code())]));
        var closed = await browser.OpenAsync("/account");
        var done = await browser.SubmitAsync(shown.FormWith("password"), [new("password", RescuePeople.Fresh)]);

        Assert.That(page.Url.AbsolutePath, Is.EqualTo("/signin/rescue"));
        Assert.That((skipped.Body.Contains("name=\"code\"", StringComparison.Ordinal), noKey.Status), Is.EqualTo((true, HttpStatusCode.NotFound)));
        Assert.That(wrong.Body, Does.Contain("factor-error"));
        Assert.That(closed.AsksToSignIn, Is.True);
        Assert.That(shown.Body, Does.Not.Contain("id=\"secret\""), "the app is still there");
        Assert.That(done.Location!.AbsolutePath, Is.EqualTo("/account"));
        var session = await Server.WithDatabaseAsync(db => db.Sessions.SingleAsync(s => s.UserId == person.Id && s.EndedAt == null));
        Assert.That(session.AuthenticationMethods, Is.EquivalentTo(new[] { "pwd", "otp", "mfa" }));
        Assert.That(await Server.WithDatabaseAsync(db => db.Credentials.CountAsync(c => c.UserId == person.Id && c.Kind == CredentialKinds.AuthenticatorApp)), Is.EqualTo(1));
    }

    [Test]
    public async Task A_passkey_shown_first_and_another_one_set()
    {
        var person = await Server.AddPersonAsync();
        using var old = new SoftwareAuthenticator(Server.Origin);
        using var made = new SoftwareAuthenticator(Server.Origin);
        var own = Server.NewBrowser();
        await own.TrySignInAsync(person.UserName!, People.Password);
        await own.AddPasskeyAsync(old);
        var (browser, page) = await TypeAsync(person, await (await Server.AddHelperAsync()).Browser.IssuePassAsync(person));

        var next = await browser.FollowAsync(await browser.AnswerPasskeyAsync(page, old));
        var (form, challenge) = await browser.ChallengeAsync(next);
        var done = await browser.SubmitAsync(form, [new("credential", made.Create(challenge.Options)), new("state", challenge.State)]);

        Assert.That(done.Location?.AbsolutePath, Is.EqualTo("/account"), done.Body);
        Assert.That(await Server.WithDatabaseAsync(db => db.UserPasskeys.CountAsync(p => p.UserId == person.Id)), Is.EqualTo(2));
    }

    [Test]
    public async Task Lost_factors_end_with_the_new_ones_and_not_before()
    {
        var person = await Server.AddPersonAsync();
        await Server.AddAppAsync(person);
        var oldApp = await Server.WithDatabaseAsync(db => db.Credentials.Where(c => c.UserId == person.Id && c.Kind == CredentialKinds.AuthenticatorApp).Select(c => c.Id).SingleAsync());
        var (browser, page) = await TypeAsync(person, await (await Server.AddHelperAsync()).Browser.IssuePassAsync(person, lost: true));

        var without = await browser.PostAsync("/signin/rescue/password", [.. page.FormWith("password").Fill([new("password", RescuePeople.Fresh)]).Where(f => f.Key is not ("secret" or "code"))]);
        var still = await Server.WithDatabaseAsync(db => db.Credentials.AnyAsync(c => c.Id == oldApp));
        var unchanged = await Server.ReadAsync(person);
        var codes = await browser.SubmitAsync(page.FormWith("password"), [new("password", RescuePeople.Fresh), new("code", CodeOf(page))]);
        var later = await Server.NewBrowser().FollowAsync(await Server.NewBrowser().TrySignInAsync(person.UserName!, RescuePeople.Fresh));

        Assert.That(page.Body, Does.Contain("id=\"secret\""), "a password alone would be less than there was");
        Assert.That(without.IsRedirect, Is.False);
        Assert.That((still, unchanged.PasswordHash), Is.EqualTo((true, person.PasswordHash)));
        Assert.That(codes.Body, Does.Contain("class=\"codes\""));
        Assert.That((await browser.GetAsync("/account")).Body, Does.Contain(person.Name!));
        Assert.That(await Server.WithDatabaseAsync(db => db.Credentials.Where(c => c.UserId == person.Id && c.Kind == CredentialKinds.AuthenticatorApp).Select(c => c.Id).ToListAsync()), Has.Count.EqualTo(1).And.None.EqualTo(oldApp));
        Assert.That(later.Url.AbsolutePath, Is.EqualTo("/signin/factor").Or.EqualTo("/signin"));
    }

    [Test]
    public async Task Lost_factors_are_replaced_by_a_passkey_alone()
    {
        var person = await Server.AddPersonAsync();
        var codes = await Server.AddAppAsync(person);
        using var made = new SoftwareAuthenticator(Server.Origin);
        var (browser, page) = await TypeAsync(person, await (await Server.AddHelperAsync()).Browser.IssuePassAsync(person, lost: true));
        var (form, challenge) = await browser.ChallengeAsync(page);

        var answer = await browser.SubmitAsync(form, [new("credential", made.Create(challenge.Options)), new("state", challenge.State)]);

        Assert.That(answer.Body, Does.Contain("class=\"codes\"").And.Not.Contain(codes[0]));
        Assert.That(await Server.WithDatabaseAsync(db => db.Credentials.AnyAsync(c => c.UserId == person.Id && c.Kind == CredentialKinds.AuthenticatorApp)), Is.False);
        var session = await Server.WithDatabaseAsync(db => db.Sessions.SingleAsync(s => s.UserId == person.Id && s.EndedAt == null));
        Assert.That(session.AuthenticationMethods, Is.EquivalentTo(new[] { "pop", "user", "mfa" }), "no password was shown");
    }

    [Test]
    public async Task Policies_are_kept_to_where_two_factors_or_a_passkey_are_asked_for()
    {
        var (two, keys) = (await AddToAsync("two"), await AddToAsync("keys"));
        var desk = (await Server.AddHelperAsync()).Browser;
        var (_, twoPage) = await TypeAsync(two, await desk.IssuePassAsync(two));
        var (browser, keysPage) = await TypeAsync(keys, await desk.IssuePassAsync(keys));

        var forced = await browser.PostAsync("/signin/rescue/password", [new("csrf", keysPage.FormWith("credential")["csrf"].Value), new("login", keysPage.FormWith("credential")["login"].Value), new("password", RescuePeople.Fresh)]);
        using var made = new SoftwareAuthenticator(Server.Origin);
        var (form, challenge) = await browser.ChallengeAsync(keysPage);
        await browser.SubmitAsync(form, [new("credential", made.Create(challenge.Options)), new("state", challenge.State)]);

        Assert.That(twoPage.Body, Does.Contain("id=\"secret\""));
        Assert.That(keysPage.Forms.Any(f => f.Has("password")), Is.False);
        Assert.That((forced.IsRedirect, (await Server.ReadAsync(keys)).PasswordHash), Is.EqualTo((false, keys.PasswordHash)));
        Assert.That((await browser.GetAsync("/account")).Body, Does.Contain(keys.Name!));
    }

    [Test]
    public async Task A_newer_pass_a_revocation_time_and_changes_of_the_account_end_it()
    {
        var desk = (await Server.AddHelperAsync()).Browser;
        var people = new List<User>();
        var passes = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            people.Add(await AddMailPersonAsync());
            passes.Add(await desk.IssuePassAsync(people[i], minutes: "10"));
        }

        await desk.IssuePassAsync(people[0]);
        await desk.PostAsync($"/console/users/{people[1].Id}/pass/revoke", [new("csrf", await desk.CsrfAsync())]);
        await Server.NewBrowser().SubmitAsync((await Server.NewBrowser().GetAsync((await Mail.NextAsync(people[2].Email!)).Link(FreezeAccount.Path))).FormWith("token"), []);
        var owner = (await Server.AddHelperAsync(Role.Owner)).Browser;
        var csrf = await owner.CsrfAsync();
        await owner.PostAsync($"/console/users/{people[3].Id}/disable", [new("csrf", csrf)]);
        foreach (var i in (int[])[2, 3]) await owner.PostAsync($"/console/users/{people[i].Id}/enable", [new("csrf", csrf)]);
        Server.Clock.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));

        for (var i = 0; i < 5; i++)
            Assert.That((await Server.NewBrowser().TrySignInAsync(people[i].UserName!, passes[i])).IsRedirect, Is.False, $"{i}");
        Assert.That(await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == people[2].Id || u.Id == people[3].Id).Select(u => u.Enabled).ToListAsync()), Is.All.True, "they would let somebody in again");
    }

    [Test]
    public async Task It_ends_with_the_rights_of_whoever_issued_it_before_and_after_it_is_typed()
    {
        var (untyped, typed, promoted) = (await Server.AddPersonAsync(), await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var (helper, desk) = await Server.AddHelperAsync();
        var (first, second, third) = (await desk.IssuePassAsync(untyped), await desk.IssuePassAsync(typed), await desk.IssuePassAsync(promoted));
        var (browser, page) = await TypeAsync(typed, second);

        await Server.GiveRoleAsync(promoted, Role.Owner);
        var asOwner = await Server.NewBrowser().TrySignInAsync(promoted.UserName!, third);
        await Server.TakeRolesAsync(helper);
        var late = await Server.NewBrowser().TrySignInAsync(untyped.UserName!, first);
        var set = await browser.SubmitAsync(page.FormWith("password"), [new("password", RescuePeople.Fresh)]);

        Assert.That((asOwner.IsRedirect, late.IsRedirect), Is.EqualTo((false, false)));
        Assert.That((await Server.ReadAsync(typed)).PasswordHash, Is.EqualTo(typed.PasswordHash));
        Assert.That((set.Location?.AbsolutePath, browser.Cookie("idp.session")), Is.EqualTo(("/signin", (string?)null)));
    }

    [TestCase("disable")]
    [TestCase("freeze")]
    [TestCase("reset")]
    [TestCase("demote")]
    [TestCase("change")]
    public async Task It_is_not_worth_something_again_once_whoever_issued_it_is_let_in_again(string what)
    {
        var (helper, other) = (await AddMailPersonAsync(), (await Server.AddHelperAsync()).Browser);
        await Server.GiveRoleAsync(helper, Role.HelpDesk);
        var desk = Server.NewBrowser();
        await desk.TrySignInAsync(helper.UserName!, People.Password);
        var (untyped, typed, others) = (await Server.AddPersonAsync(), await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var (first, second, third) = (await desk.IssuePassAsync(untyped), await desk.IssuePassAsync(typed), await other.IssuePassAsync(others));
        var (browser, page) = await TypeAsync(typed, second);

        await using (var scope = Server.Services.CreateAsyncScope())
        {
            var services = scope.ServiceProvider;
            switch (what)
            {
                case "disable": await services.GetRequiredService<DisableUser>().ExecuteAsync(helper.Id, null, default); break;
                case "reset": await services.GetRequiredService<ResetPassword>().ExecuteAsync(helper.Id, default); break;
                case "demote": await SetRolesAsync(services, helper, []); break;
                case "change":
                    await desk.SubmitAsync((await desk.GetAsync("/account/password")).FormWith("replacement"), [new("current", People.Password), new("replacement", RescuePeople.Fresh)]);
                    break;
                default:
                    await (await Server.AddHelperAsync(Role.Owner)).Browser.IssuePassAsync(helper);
                    var reader = Server.NewBrowser();
                    await reader.SubmitAsync((await reader.GetAsync((await Mail.NextAsync(helper.Email!)).Link(FreezeAccount.Path))).FormWith("token"), []);
                    break;
            }
        }
        await using (var scope = Server.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<EnableUser>().ExecuteAsync(helper.Id, default);
            if (what == "demote") await SetRolesAsync(scope.ServiceProvider, helper, [Role.HelpDesk]);
        }
        var late = await Server.NewBrowser().TrySignInAsync(untyped.UserName!, first);
        var set = await browser.SubmitAsync(page.FormWith("password"), [new("password", RescuePeople.Fresh)]);
        var still = await Server.NewBrowser().TrySignInAsync(others.UserName!, third);

        Assert.That((await Server.ReadAsync(helper)).Enabled, Is.True);
        Assert.That((late.IsRedirect, set.Location?.AbsolutePath, browser.Cookie("idp.session")), Is.EqualTo((false, "/signin", (string?)null)));
        Assert.That((await Server.ReadAsync(typed)).PasswordHash, Is.EqualTo(typed.PasswordHash));
        Assert.That(still.Location?.AbsolutePath, Is.EqualTo("/signin/rescue"), "of somebody else");
    }

    [Test]
    public async Task Taking_it_back_ends_also_what_has_begun_with_it()
    {
        var person = await Server.AddPersonAsync();
        var desk = (await Server.AddHelperAsync()).Browser;
        var (browser, page) = await TypeAsync(person, await desk.IssuePassAsync(person));

        var shown = await desk.GetAsync($"/console/users/{person.Id}");
        await desk.PostAsync($"/console/users/{person.Id}/pass/revoke", [new("csrf", await desk.CsrfAsync())]);
        var set = await browser.SubmitAsync(page.FormWith("password"), [new("password", RescuePeople.Fresh)]);

        Assert.That(shown.Body, Does.Contain("The person has typed a pass"));
        Assert.That(set.Location?.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That((await Server.ReadAsync(person)).PasswordHash, Is.EqualTo(person.PasswordHash));
    }

    [Test]
    public async Task What_has_begun_with_it_is_nothing_in_another_browser_and_on_no_other_page()
    {
        var person = await Server.AddPersonAsync();
        var (browser, page) = await TypeAsync(person, await (await Server.AddHelperAsync()).Browser.IssuePassAsync(person));
        var (login, csrf) = (page.FormWith("password")["login"].Value, page.FormWith("password")["csrf"].Value);
        var foreign = Server.NewBrowser();
        var foreignCsrf = (await foreign.GetAsync("/signin")).FormWith("username")["csrf"].Value;

        var elsewhere = await foreign.GetAsync("/signin/rescue?login=" + login);
        var forced = await foreign.PostAsync("/signin/rescue/password", [new("csrf", foreignCsrf), new("login", login), new("password", RescuePeople.Fresh)]);
        var paths = Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
            .Where(path => !path.StartsWith("/assets/", StringComparison.Ordinal)).Select(path => Regex.Replace(path, @"\{[^}]*\}", "x")).Distinct().ToList();
        foreach (var path in paths)
        {
            Page[] answers =
            [
                await browser.GetAsync($"{path}?login={login}&returnUrl=%2Faccount"),
                await browser.PostAsync(path, [new("csrf", csrf)]),
                await browser.PostAsync(path, [new("csrf", csrf), new("login", login), new("way", "app"), new("code", ""), new("secret", ""), new("credential", ""), new("state", ""), new("password", ""), new("returnUrl", "/account")]),
            ];
            foreach (var answer in answers)
            {
                Assert.That((int)answer.Status, Is.LessThan(500), path);
                Assert.That(answer.LocationParameters.ContainsKey("code"), Is.False, path);
                if (!path.StartsWith("/signin/rescue", StringComparison.Ordinal)) Assert.That(answer.Body, Does.Not.Contain(person.Name!), path);
            }
            Assert.That(browser.Cookie("idp.session"), Is.Null, path);
        }

        Assert.That((elsewhere.Location?.AbsolutePath, forced.Location?.AbsolutePath), Is.EqualTo(("/signin", "/signin")));
        Assert.That(paths, Has.Count.GreaterThan(50));
        Assert.That((await Server.ReadAsync(person)).PasswordHash, Is.EqualTo(person.PasswordHash));
    }

    [Test]
    public async Task The_answer_and_the_statements_are_the_same_for_a_name_that_nobody_has()
    {
        var (known, passed, disabled) = (await Server.AddPersonAsync(), await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var desk = (await Server.AddHelperAsync()).Browser;
        await desk.IssuePassAsync(passed);
        await desk.IssuePassAsync(disabled);
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == disabled.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, false)));
        var wrong = TemporaryPass.Generate();
        await Server.NewBrowser().TrySignInAsync(known.UserName!, wrong);

        async Task<string> TryAsync(string name)
        {
            var browser = Server.NewBrowser();
            var form = (await browser.NameAsync(await browser.GetAsync("/signin"), name)).FormWith("password");
            Page page = null!;
            var sql = await Server.RecordSqlAsync(async () => page = await browser.SubmitAsync(form, [new("password", wrong)]));
            // Whether the list of providers has to be read again is its cache's business.
            string[] parts = [.. sql.Statements.Select(s => s.Text).Where(text => !text.Contains("IdentityProviders", StringComparison.Ordinal)), $"{page.Status}", page.Body];
            return Regex.Replace(string.Join('\n', parts), "(login=|value=\")[A-Za-z0-9_-]{40,}|as=[^\"&]*|nonce-[^'\"]*", "$1").Replace(name, "NAME", StringComparison.Ordinal);
        }

        var answers = new List<string>();
        foreach (var name in (string[])[known.UserName!, passed.UserName!, disabled.UserName!, "u" + Guid.NewGuid().ToString("N")[..12]]) answers.Add(await TryAsync(name));

        Assert.That(answers.Distinct().Count(), Is.EqualTo(1));
        Assert.That(answers[0], Does.Contain("OneTimeLinks"));
    }

    [Test]
    public async Task Wrong_passes_count_as_wrong_passwords_and_their_lock_holds_up_passwords_and_no_right_pass()
    {
        var person = await Server.AddPersonAsync();
        var desk = (await Server.AddHelperAsync()).Browser;
        var pass = await desk.IssuePassAsync(person);
        for (var i = 0; i < 5; i++) await Server.NewBrowser().TrySignInAsync(person.UserName!, TemporaryPass.Generate());

        var password = await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);
        var guess = await Server.NewBrowser().TrySignInAsync(person.UserName!, TemporaryPass.Generate());
        var right = await Server.NewBrowser().TrySignInAsync(person.UserName!, pass);
        var used = await Server.NewBrowser().TrySignInAsync(person.UserName!, pass);
        var after = await Server.ReadAsync(person);

        Assert.That((password.IsRedirect, guess.IsRedirect, right.Location?.AbsolutePath, used.IsRedirect), Is.EqualTo((false, false, "/signin/rescue", false)));
        Assert.That(after.LockoutEnd, Is.GreaterThan(Server.Clock.Time.GetUtcNow()), "for passwords nothing is given back");
        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, await desk.IssuePassAsync(person))).Location?.AbsolutePath, Is.EqualTo("/signin/rescue"));
    }

    [Test]
    public async Task A_password_that_looks_like_a_pass_is_still_a_password()
    {
        var password = TemporaryPass.Generate();
        var person = await Server.AddPersonAsync(user => user.PasswordHash = Server.Services.GetRequiredService<Microsoft.AspNetCore.Identity.IPasswordHasher<User>>().HashPassword(user, password));

        var answer = await Server.NewBrowser().TrySignInAsync(person.UserName!, password);

        Assert.That(answer.Location?.AbsolutePath, Is.EqualTo("/account"));
    }

    [Test]
    public async Task A_one_time_password_of_an_administrator_does_not_outlive_a_passkey_that_was_set_by_a_pass()
    {
        var person = await Server.AddPersonAsync(user => user.MustChangePassword = true);
        using var made = new SoftwareAuthenticator(Server.Origin);
        var (browser, page) = await TypeAsync(person, await (await Server.AddHelperAsync()).Browser.IssuePassAsync(person));
        var (form, challenge) = await browser.ChallengeAsync(page);

        await browser.SubmitAsync(form, [new("credential", made.Create(challenge.Options)), new("state", challenge.State)]);

        Assert.That((await browser.GetAsync("/account")).Body, Does.Contain(person.Name!));
        Assert.That((await Server.ReadAsync(person)).PasswordHash, Is.Null);
    }

    [TestCase("", "60", "reason")]
    [TestCase("a\u202eb", "60", "reason")]
    [TestCase("fine", "9", "lifetime")]
    [TestCase("fine", "4321", "lifetime")]
    public async Task What_is_wrong_with_a_form_is_said_and_no_pass_is_made(string reason, string minutes, string field)
    {
        var person = await Server.AddPersonAsync();
        var desk = (await Server.AddHelperAsync()).Browser;

        var answer = await desk.TryIssuePassAsync(person, minutes: minutes, reason: reason);

        Assert.That((answer.Status, answer.Body.Contains("new-pass", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.BadRequest, false)), field);
        Assert.That(await Server.WithDatabaseAsync(db => db.OneTimeLinks.AnyAsync(l => l.UserId == person.Id && l.Purpose == LinkPurposes.TemporaryPass)), Is.False);
    }

    [Test]
    public void Only_what_has_the_form_is_read_as_a_pass_and_one_wrong_character_is_noticed()
    {
        var pass = TemporaryPass.Generate();
        var letters = TemporaryPass.Read(pass)!;

        Assert.That(pass, Does.Match("^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$"));
        Assert.That(TemporaryPass.Read(" " + pass.ToLowerInvariant().Replace("-", "", StringComparison.Ordinal)), Is.EqualTo(letters));
        for (var i = 0; i < letters.Length; i++)
            Assert.That(TemporaryPass.Read(letters[..i] + (letters[i] == '7' ? '8' : '7') + letters[(i + 1)..]), Is.Null);
        foreach (var text in (string[])["", "password", letters[1..], letters + "0", "ÄÖÜ" + letters[3..], new string('0', 200)]) Assert.That(TemporaryPass.Read(text), Is.Null, text);
    }

    /// <summary>Types the pass on the page of the password; the page that follows.</summary>
    private async Task<(BrowserClient Browser, Page Page)> TypeAsync(User person, string pass)
    {
        var browser = Server.NewBrowser();
        return (browser, await browser.FollowAsync(await browser.TrySignInAsync(person.UserName!, pass)));
    }

    private static async Task SetRolesAsync(IServiceProvider services, User person, List<string> roles)
    {
        var db = services.GetRequiredService<IdP.Data.IdpDbContext>();
        var user = await db.Users.SingleAsync(u => u.Id == person.Id);
        var settings = await UserSettings.LoadAsync(db, user, default);
        settings.Roles = roles;
        Assert.That((await services.GetRequiredService<UpdateUser>().ExecuteAsync(user.Id, user.ConcurrencyStamp, settings, default)).Failure, Is.Null);
    }

    private async Task<User> AddToAsync(string group)
    {
        var person = await Server.AddPersonAsync();
        await Server.WithDatabaseAsync(async db =>
        {
            db.GroupMembers.Add(new GroupMember { GroupId = await db.Groups.Where(g => g.Name == group).Select(g => g.Id).SingleAsync(), UserId = person.Id });
            return await db.SaveChangesAsync();
        });
        return person;
    }

    private string CodeOf(Page page) => OfferedApp.CodeOf(page, Server);
}
