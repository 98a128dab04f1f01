using System.Net;
using System.Text.RegularExpressions;
using IdP.SignIn;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Portal;

/// <summary>The start page of whoever is signed in.</summary>
public sealed partial class PortalTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => new(Database)
    {
        Configuration = TestConfiguration.With("""
            {
              "groups": [{ "name": "members" }],
              "clients": [
                { "clientId": "mail", "clientName": "Mail", "description": "Read & <b>write", "clientUri": "https://mail.example.test/", "showInPortal": true,
                  "clientSecrets": [{ "value": "mail-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://mail.example.test/cb"], "allowedScopes": ["openid"] },
                { "clientId": "agenda", "clientName": "Ágenda", "clientUri": "https://agenda.example.test/", "initiateLoginUri": "https://agenda.example.test/login?x=1", "showInPortal": true,
                  "clientSecrets": [{ "value": "agenda-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://agenda.example.test/cb"], "allowedScopes": ["openid"] },
                { "clientId": "zoo", "clientUri": "https://zoo.example.test/", "showInPortal": true,
                  "clientSecrets": [{ "value": "zoo-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://zoo.example.test/cb"], "allowedScopes": ["openid"] },
                { "clientId": "vault", "clientName": "Vault", "clientUri": "https://vault.example.test/", "showInPortal": true, "assignmentRequired": true, "assignedUsers": ["bob"], "assignedGroups": ["members"],
                  "clientSecrets": [{ "value": "vault-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://vault.example.test/cb"], "allowedScopes": ["openid"] },
                { "clientId": "gone", "clientName": "Gone", "enabled": false, "clientUri": "https://gone.example.test/", "showInPortal": true,
                  "clientSecrets": [{ "value": "gone-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://gone.example.test/cb"], "allowedScopes": ["openid"] }
              ]
            }
            """),
    };

    [Test]
    public async Task People_find_the_enabled_apps_that_are_to_be_shown_and_that_they_may_use_by_name()
    {
        var (person, browser) = await ArriveAsync();
        using var _ = browser;
        using var bob = Server.NewBrowser();
        await bob.TrySignInAsync(TestUsers.Bob.UserName, TestUsers.Bob.Password);

        var page = await browser.GetAsync("/");
        var ofBob = await bob.GetAsync("/");
        await JoinAsync(person);
        var asMember = await browser.GetAsync("/");

        Assert.That(Names(page), Is.EqualTo((string[])["Ágenda", "Mail", "zoo"]), "neither the app for others, nor the one that is switched off, nor those that nobody wants to show");
        Assert.That(Names(ofBob), Is.EqualTo((string[])["Ágenda", "Mail", "Vault", "zoo"]));
        Assert.That(Names(asMember), Does.Contain("Vault"));
        Assert.That(Links(page), Is.EqualTo((string[])["https://agenda.example.test/login?x=1&iss=" + Uri.EscapeDataString(Server.Origin.GetLeftPart(UriPartial.Authority)), "https://mail.example.test/", "https://zoo.example.test/"]));
        Assert.That(page.Body, Does.Contain("Read &amp; &lt;b&gt;write").And.Contain("href=\"/account\"").And.Contain("href=\"/signout\"").And.Not.Contain("href=\"/console\""));
        Assert.That(await ConsoleLinkAsync(), Is.True, "for whom the console opens there is a way to it");
    }

    [Test]
    public async Task What_was_used_last_comes_first()
    {
        var (person, browser) = await ArriveAsync();
        using var _ = browser;
        await UseAsync(browser, "zoo", person);
        Server.Clock.Advance(TimeSpan.FromMinutes(5));
        await UseAsync(browser, "mail", person);
        await WaitForAsync(person, 2);

        var page = await browser.GetAsync("/");

        Assert.That(Names(page), Is.EqualTo((string[])["Mail", "zoo", "Ágenda"]));
    }

    [Test]
    public async Task A_search_needs_no_script_and_no_accents_and_says_when_there_is_nothing()
    {
        var (_, browser) = await ArriveAsync();
        using var __ = browser;

        var form = (await browser.GetAsync("/")).FormWith("q");
        var found = await browser.SubmitAsync(form, [new("q", "AGENDA")]);
        var byDescription = await browser.SubmitAsync(form, [new("q", "write  MAIL")]);
        var hidden = await browser.SubmitAsync(form, [new("q", "vault")]);
        var hostile = await browser.GetAsync("/?q=" + Uri.EscapeDataString("<script>\0" + new string('x', 400)));

        Assert.That((Names(found), Names(byDescription)), Is.EqualTo(((string[])["Ágenda"], (string[])["Mail"])));
        Assert.That((Names(hidden).Count, hidden.Body.Contains("None of your apps fits", StringComparison.Ordinal)), Is.EqualTo((0, true)));
        Assert.That((hostile.Status, hostile.Body.Contains("<script>", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.OK, false)));
    }

    [Test]
    public async Task Whoever_is_not_signed_in_signs_in_and_comes_back_and_whoever_owes_a_password_chooses_it_first()
    {
        var owing = await Server.AddPersonAsync(u => u.MustChangePassword = true);
        using var browser = Server.NewBrowser();
        using var other = Server.NewBrowser();

        var stranger = await browser.OpenAsync("/?q=mail");
        var arrived = await browser.FollowAsync(await browser.SignInAsync(stranger, TestUsers.Alice.UserName, TestUsers.Alice.Password));
        await other.TrySignInAsync(owing.UserName!, People.Password, "/");
        var asked = await other.OpenAsync("/");

        Assert.That(stranger.Url.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That((arrived.Url.PathAndQuery, Names(arrived)), Is.EqualTo(("/?q=mail", (string[])["Mail"])));
        Assert.That(asked.Url.AbsolutePath, Is.EqualTo("/account/password"));
    }

    [Test]
    public async Task It_speaks_the_language_of_the_person()
    {
        var (_, browser) = await ArriveAsync();
        using var __ = browser;
        browser.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("pl");

        Assert.That((await browser.GetAsync("/")).Body, Does.Contain("Twoje aplikacje"));
    }

    [Test]
    public async Task It_asks_three_statements_however_many_apps_people_and_rows_there_are_and_each_by_an_index()
    {
        var (person, browser) = await ArriveAsync();
        using var _ = browser;
        await Server.WithDatabaseAsync(async db =>
        {
            var now = Server.Clock.Time.GetUtcNow();
            db.Clients.AddRange(Enumerable.Range(0, 250).Select(i => new IdP.Protocol.Clients.Client { ClientId = $"many{i}", ClientName = $"Many {i:000}", ClientUri = "https://many.example.test/", ShowInPortal = true, AssignmentRequired = i % 2 == 0 }));
            db.SignInDecisions.AddRange(Enumerable.Range(0, 1000).Select(i => new SignInDecision { UserId = person.Id, At = now.AddMinutes(-i), Day = DateOnly.FromDateTime(now.UtcDateTime), Outcome = i % 2 == 0 ? SignInOutcome.WrongPassword : SignInOutcome.Passed, ClientId = "zoo" }));
            return await db.SaveChangesAsync();
        });
        try
        {
            var warm = await browser.GetAsync("/");

            var sql = await Server.RecordSqlAsync(() => browser.GetAsync("/"));

            Assert.That(Names(warm), Has.Count.EqualTo(128).And.Contains("Many 001").And.Not.Contains("Many 000"));
            Assert.That(Names(warm)[0], Is.EqualTo("zoo"));
            Assert.That(sql.Statements, Has.Count.EqualTo(3), sql.ToString());
            foreach (var statement in sql.Statements)
            {
                var plan = await Server.WithDatabaseAsync(db => QueryPlan.ExplainAsync(db, statement));
                Assert.That(plan.FullScans, Is.Empty, plan.ToString());
                if (statement.Text.Contains("SignInDecisions", StringComparison.Ordinal)) Assert.That(string.Join(' ', plan.Steps), Does.Contain(Database is DatabaseKind.Sqlite ? "IX_SignInDecisions_Apps" : "Index Scan SignInDecisions"), "failures are not read");
            }
        }
        finally
        {
            await Server.WithDatabaseAsync(async db =>
            {
                db.Clients.RemoveRange(await db.Clients.Where(c => c.ClientId.StartsWith("many")).ToListAsync());
                return await db.SaveChangesAsync();
            });
        }
    }

    private async Task<(User Person, BrowserClient Browser)> ArriveAsync()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        return (person, browser);
    }

    private async Task<bool> ConsoleLinkAsync()
    {
        using var root = Server.NewBrowser();
        await root.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);
        return (await root.GetAsync("/")).Body.Contains("href=\"/console\"", StringComparison.Ordinal);
    }

    private async Task JoinAsync(User person) => await Server.WithDatabaseAsync(async db =>
    {
        db.GroupMembers.Add(new() { GroupId = await db.Groups.Where(g => g.Name == "members").Select(g => g.Id).SingleAsync(), UserId = person.Id });
        return await db.SaveChangesAsync();
    });

    private async Task UseAsync(BrowserClient browser, string client, User person) =>
        await Server.NewRelyingParty(new TestClient(client, client + "-secret", $"https://{client}.example.test/cb")).SignInAsync(browser, "openid", new TestUser(person.UserName!, People.Password));

    /// <summary>Ways of a session to an app are kept a moment later.</summary>
    private async Task WaitForAsync(User person, int ways)
    {
        for (var look = 0; look < 200 && await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync(d => d.UserId == person.Id && d.Outcome == SignInOutcome.Passed)) < ways; look++)
        {
            Server.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(50);
        }
    }

    private static List<string> Names(Page page) => [.. AppName().Matches(page.Body).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value))];

    private static List<string> Links(Page page) => [.. AppLink().Matches(page.Body).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value))];

    [GeneratedRegex("<li><a class=\"app\".*?<strong>(.*?)</strong>", RegexOptions.Singleline)]
    private static partial Regex AppName();

    [GeneratedRegex("<li><a class=\"app\" href=\"([^\"]*)\"")]
    private static partial Regex AppLink();
}
