using System.Net;
using IdP.SignIn;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.SignIn;

public sealed class SecondFactorTests(DatabaseKind database) : ServerTest(database)
{
    private const int MaxFailures = 5;

    protected override ServerSettings Settings => new(Database)
    {
        More = new Dictionary<string, string> { ["Lockout:MaxFailuresPerSource"] = "100000" },
        Configuration = TestConfiguration.With("""{ "clients": [{ "clientId": "till", "clientSecrets": [{ "value": "till-secret" }], "allowedGrantTypes": ["password"], "allowedScopes": ["openid"] }] }"""),
    };

    [Test]
    public async Task Whoever_has_an_app_is_asked_for_its_code_and_then_the_app_learns_of_both_factors()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var request = web.NewRequest("openid");

        var asked = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(request.Url), person.UserName!, People.Password));
        var session = browser.Cookie("idp.session");
        var done = await browser.FollowAsync(await browser.TypeCodeAsync(asked, Server.Code()));
        var token = Jwt.Parse((await web.ExchangeCodeAsync(new AuthorizationAnswer(request, done.LocationParameters))).Expected().IdToken!);

        Assert.That(asked.Url.AbsolutePath, Is.EqualTo("/signin/factor"));
        Assert.That(asked.Body, Does.Contain(person.Name).And.Contain("Corporate web app"));
        Assert.That(session, Is.Null, "there is no session before the code");
        Assert.That((token.Text("acr"), token.Text("sub")), Is.EqualTo(("http://schemas.openid.net/pape/policies/2007/06/multi-factor", person.Id.ToString())));
        Assert.That(token.Payload.GetProperty("amr").EnumerateArray().Select(v => v.GetString()), Is.EquivalentTo((string[])["pwd", "otp", "mfa"]));
    }

    [Test]
    public async Task A_code_works_once_and_a_used_one_is_told_from_a_wrong_one()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        var (first, second) = (Server.NewBrowser(), Server.NewBrowser());
        var code = Server.Code();

        var right = await first.TypeCodeAsync(await first.BeginAsync(person), code);
        var again = await second.TypeCodeAsync(await second.BeginAsync(person), code);
        var wrong = await second.TypeCodeAsync(again, "000000");

        Assert.That(right.IsRedirect, Is.True);
        Assert.That(again.Body, Does.Contain("was used already"));
        Assert.That(wrong.Body, Does.Contain("not the code your app shows"));
        Assert.That(second.Cookie("idp.session"), Is.Null);
    }

    [Test]
    public async Task Fifty_uses_of_one_code_at_once_are_one_sign_in()
    {
        var (person, codes) = await Server.AddPersonWithAppAsync();
        var browsers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            var browser = Server.NewBrowser();
            return (browser, Page: await browser.BeginAsync(person));
        }));
        var code = Server.Code();

        var byApp = await Task.WhenAll(browsers.Select(b => b.browser.TypeCodeAsync(b.Page, code)));
        var others = browsers.Where(b => b.browser.Cookie("idp.session") is null).ToArray();
        var byPaper = await Task.WhenAll(others.Select(b => b.browser.TypeRecoveryCodeAsync(b.Page, codes[0])));

        Assert.That(byApp.Count(page => page.IsRedirect), Is.EqualTo(1));
        Assert.That(byPaper.Count(page => page.IsRedirect), Is.EqualTo(1));
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.CountAsync(s => s.UserId == person.Id)), Is.EqualTo(2));
    }

    [Test]
    public async Task Wrong_codes_lock_the_second_step_and_a_right_password_gives_no_new_tries()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        for (var i = 0; i < MaxFailures; i++)
        {
            var guesser = Server.NewBrowser();
            await guesser.TypeCodeAsync(await guesser.BeginAsync(person), $"00000{i}");
        }

        var browser = Server.NewBrowser();
        var page = await browser.BeginAsync(person);
        var locked = await browser.TypeCodeAsync(page, Server.Code());
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var later = await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code());

        Assert.That((locked.IsRedirect, later.IsRedirect), Is.EqualTo((false, true)));
        Assert.That(locked.Body, Does.Contain("Too many attempts failed"));
    }

    [Test]
    public async Task Strangers_guesses_do_not_lock_a_browser_the_person_is_known_in()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        var own = Server.NewBrowser();
        await own.TypeCodeAsync(await own.BeginAsync(person), Server.Code());
        for (var i = 0; i < MaxFailures; i++)
        {
            var guesser = Server.NewBrowser();
            await guesser.TypeCodeAsync(await guesser.BeginAsync(person), $"00000{i}");
        }
        Server.Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.That((await own.TypeCodeAsync(await own.BeginAsync(person), Server.Code())).IsRedirect, Is.True);
    }

    [Test]
    public async Task A_browser_known_by_the_password_alone_has_no_tries_of_its_own()
    {
        var person = await Server.AddPersonAsync();
        var hoarded = Enumerable.Range(0, 3).Select(_ => Server.NewBrowser()).ToArray();
        foreach (var browser in hoarded) await browser.TrySignInAsync(person.UserName!, People.Password);
        await Server.AddAppAsync(person);

        foreach (var browser in hoarded)
            for (var i = 0; i < MaxFailures; i++) await browser.TypeCodeAsync(await browser.BeginAsync(person), $"0000{i}0");

        Assert.That(await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync(d => d.UserId == person.Id && d.Outcome == SignInOutcome.WrongFactor)), Is.EqualTo(MaxFailures));
    }

    [Test]
    public async Task Guesses_at_once_are_not_more_than_one_after_the_other()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        var browsers = await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            var browser = Server.NewBrowser();
            return (browser, Page: await browser.BeginAsync(person));
        }));

        await Task.WhenAll(browsers.Select((b, i) => b.browser.TypeCodeAsync(b.Page, $"0000{i:00}")));

        Assert.That(await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync(d => d.UserId == person.Id && d.Outcome == SignInOutcome.WrongFactor)), Is.EqualTo(MaxFailures));
    }

    [Test]
    public async Task What_was_begun_belongs_to_its_browser_ends_in_time_and_leads_back_to_the_app()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        var (own, stranger) = (Server.NewBrowser(), Server.NewBrowser());
        var first = await own.BeginAsync(person, "/account/password");
        var second = await own.BeginAsync(person, "/account?tab=2");
        await stranger.BeginAsync(person);

        var stolen = await stranger.GetAsync(first.Url.PathAndQuery);
        var done = await own.TypeCodeAsync(first, Server.Code());
        var back = await own.GetAsync(first.Url.PathAndQuery);
        var tab = await own.TypeCodeAsync(second, Server.Code(1));
        var late = await own.BeginAsync(person, "/account?tab=3");
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var over = await own.TypeCodeAsync(late, Server.Code());

        Assert.That(stolen.Location?.PathAndQuery, Is.EqualTo("/signin?over=1"));
        Assert.That(done.Location?.PathAndQuery, Is.EqualTo("/account/password"));
        Assert.That(back.Location?.PathAndQuery, Is.EqualTo("/account/password"), "the back button");
        Assert.That(tab.Location?.PathAndQuery, Is.EqualTo("/account?tab=2"), "the other tab");
        Assert.That(over.Location?.PathAndQuery, Is.EqualTo("/signin?over=1&returnUrl=%2Faccount%3Ftab%3D3"));
        Assert.That((await own.OpenAsync(over.Location!.PathAndQuery)).Body, Does.Contain("took too long"));
    }

    [Test]
    public async Task A_changed_password_ends_what_was_begun_with_the_old_one()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        var browser = Server.NewBrowser();
        var page = await browser.BeginAsync(person);
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == person.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.SecurityStamp, "another")));

        var answer = await browser.TypeCodeAsync(page, Server.Code());

        Assert.That(answer.Location?.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That(browser.Cookie("idp.session"), Is.Null);
    }

    [Test]
    public async Task An_app_that_collects_passwords_does_not_get_past_the_second_factor()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();

        var answer = await Server.NewRelyingParty(new TestClient("till", "till-secret")).TokenAsync([new("grant_type", "password"), new("username", person.UserName!), new("password", People.Password), new("scope", "openid")]);

        Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_grant")));
    }

    [Test]
    public async Task A_remembered_browser_is_not_asked_again_until_it_is_forgotten_and_no_other_one_is_spared()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        var (own, other) = (Server.NewBrowser(), Server.NewBrowser());
        await own.TypeCodeAsync(await own.BeginAsync(person), Server.Code(), remember: true);

        var again = await own.BeginAsync(person);
        var elsewhere = await other.BeginAsync(person);
        Server.Clock.Advance(TimeSpan.FromMinutes(1));
        await other.TypeCodeAsync(elsewhere, Server.Code());
        var security = await other.OpenAsync("/account/security");
        await other.SubmitAsync(security.Forms.Single(f => f.Action.AbsolutePath.EndsWith("/forget", StringComparison.Ordinal)), []);
        var forgotten = await own.BeginAsync(person);

        Assert.That(again.Url.AbsolutePath, Is.EqualTo("/account"));
        Assert.That(elsewhere.Url.AbsolutePath, Is.EqualTo("/signin/factor"));
        Assert.That(forgotten.Url.AbsolutePath, Is.EqualTo("/signin/factor"));
    }

    [Test]
    public async Task A_remembered_browser_is_asked_again_after_thirty_days()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        var own = Server.NewBrowser();
        await own.TypeCodeAsync(await own.BeginAsync(person), Server.Code(), remember: true);

        Server.Clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromMinutes(1));
        var before = await own.BeginAsync(person);
        Server.Clock.Advance(TimeSpan.FromMinutes(2));
        var after = await own.BeginAsync(person);

        Assert.That((before.Url.AbsolutePath, after.Url.AbsolutePath), Is.EqualTo(("/account", "/signin/factor")));
    }

    [Test]
    public async Task A_form_that_was_open_before_another_tab_signed_in_still_works()
    {
        var person = await Server.AddPersonAsync();
        using var browser = Server.NewBrowser();
        var first = await browser.GetAsync("/signin?returnUrl=/account?tab=1");
        var second = await browser.NameAsync(await browser.GetAsync("/signin?returnUrl=/account?tab=2"), person.UserName!);
        await browser.SignInAsync(first, person.UserName!, People.Password);

        var late = await browser.SignInAsync(second, person.UserName!, People.Password);

        Assert.That((late.Status, late.Location?.PathAndQuery), Is.EqualTo((HttpStatusCode.SeeOther, "/account?tab=2")));
    }

    [Test]
    public async Task With_the_password_alone_no_page_and_no_endpoint_opens_anything()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var asked = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(web.NewRequest("openid profile").Url), person.UserName!, People.Password));
        var login = asked.FormWith("code")["login"].Value;
        var csrf = asked.FormWith("code")["csrf"].Value;
        var paths = Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
            .Where(path => !path.StartsWith("/assets/", StringComparison.Ordinal)).Distinct()
            .Select(path => System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]*guid[^}]*\}", person.Id.ToString())).Select(path => System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]*\}", "x")).ToList();
        Assert.That(paths, Has.Count.GreaterThan(50));

        foreach (var path in paths)
        {
            Page[] answers =
            [
                await browser.GetAsync(path),
                await browser.GetAsync($"{path}?login={login}&returnUrl=%2Faccount"),
                await browser.PostAsync(path, [new("csrf", csrf)]),
                await browser.PostAsync(path, [new("csrf", csrf), new("login", login), new("way", "app"), new("code", ""), new("credential", ""), new("state", ""), new("returnUrl", "/account")]),
                await browser.PostAsync(path, [new("csrf", csrf), new("login", login), new("way", "nothing"), new("remember", "true"), new("decision", "allow")]),
            ];
            foreach (var answer in answers)
            {
                Assert.That((int)answer.Status, Is.LessThan(500), path);
                Assert.That(answer.LocationParameters.ContainsKey("code"), Is.False, path);
                if (!path.StartsWith("/signin/factor", StringComparison.Ordinal)) Assert.That(answer.Body, Does.Not.Contain(person.Name!), path);
            }
            Assert.That(browser.Cookie("idp.session"), Is.Null, path);
        }

        var silent = await browser.GetAsync(web.NewRequest("openid", [new("prompt", "none")]).Url);
        Assert.That(silent.LocationParameters["error"], Is.EqualTo("login_required"));
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.CountAsync(s => s.UserId == person.Id)), Is.Zero);
    }
}
