using System.Net;
using System.Text.RegularExpressions;
using IdP.Access;
using IdP.Organizations;
using IdP.Protocol.Grants;
using IdP.Sessions;
using IdP.Tests.Recovery;
using IdP.Tests.Risk;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Sessions;

/// <summary>Sessions as their people and administrators see and end them, and apps for which they count for less.</summary>
public sealed class OpenSessionsTests(DatabaseKind database) : ServerTest(database)
{
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Scope = "openid offline_access";
    private static readonly TestClient Told = new("told", "told-secret", "https://told.example.test/cb"), Brief = new("brief", "brief-secret", "https://brief.example.test/cb"), Idle = new("idle", "idle-secret", "https://idle.example.test/cb"), Tied = new("tied", "tied-secret", "https://tied.example.test/cb");

    private readonly LogoutReceiver apps = new();
    private readonly string places = WritePlaces();

    protected override ServerSettings Settings => new(Database)
    {
        More = new Dictionary<string, string> { ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1", ["Risk:GeoIpFile"] = places, ["Lockout:MaxFailuresPerSource"] = "100000" },
        Configuration = TestConfiguration.With($$"""
            { "clients": [
              {{Client(Told, $", \"clientName\": \"Told <i>\", \"backChannelLogoutUri\": \"{apps.UrlOf("/told")}\"")}},
              {{Client(Brief, ", \"userSsoLifetime\": 600")}},
              {{Client(Idle, ", \"userSsoIdleLifetime\": 600")}},
              {{Client(Tied, ", \"coordinateLifetimeWithUserSession\": true")}}
            ],
            "organizations": [{ "name": "acme", "displayName": "Acme" }, { "name": "other" }] }
            """),
    };

    [OneTimeSetUp]
    public async Task StartAppsAsync()
    {
        await apps.StartAsync();
        apps.Answer("/told", 200);
    }

    [OneTimeTearDown]
    public async Task StopAppsAsync()
    {
        await apps.DisposeAsync();
        File.Delete(places);
    }

    [Test]
    public async Task A_person_sees_browser_system_place_and_apps_of_each_session_and_ends_all_others()
    {
        var person = await Server.AddPersonAsync();
        using var here = await ArriveAsync(person);
        using var there = await ArriveAsync(person, "192.0.2.7");
        var told = Server.NewRelyingParty(Told);
        var tokens = await told.SignInAsync(there, Scope, Account(person));
        var ofHere = await told.SignInAsync(here, Scope, Account(person));

        var page = await here.GetAsync("/account/sessions");
        here.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("de");
        var inGerman = await here.GetAsync("/account/sessions");
        var done = await here.FollowAsync(await here.SubmitAsync(FormTo(page, "/account/sessions/others/end"), []));

        Assert.That(page.Body, Does.Contain("Firefox on Linux").And.Contain("Munich, Germany").And.Contain("192.0.2.7").And.Contain("Told &lt;i&gt;").And.Not.Contain("<i>"));
        Assert.That(WebUtility.HtmlDecode(inGerman.Body), Does.Contain("München, Deutschland"));
        Assert.That(Regex.Count(page.Body, "action=\"/account/sessions/[0-9a-f-]{36}/end\""), Is.EqualTo(2));
        Assert.That((done.Status, (await there.GetAsync("/account")).IsRedirect, (await here.GetAsync("/account")).Status), Is.EqualTo((HttpStatusCode.OK, true, HttpStatusCode.OK)));
        Assert.That(((await told.RefreshAsync(tokens.RefreshToken!)).Error, (await told.RefreshAsync(ofHere.RefreshToken!)).AccessToken is null), Is.EqualTo(("invalid_grant", false)));
        await TellsAsync(tokens);
        Assert.That(await ActionsAsync(person), Has.One.EqualTo("user.signed_out_elsewhere by account"));
    }

    [Test]
    public async Task A_person_signs_out_everywhere_and_reads_on_the_receipt_which_apps_are_told()
    {
        var person = await Server.AddPersonAsync();
        using var here = await ArriveAsync(person);
        using var there = await ArriveAsync(person);
        var told = Server.NewRelyingParty(Told);
        var tokens = await told.SignInAsync(there, Scope, Account(person));
        await Server.NewRelyingParty(Brief).SignInAsync(there, Scope, Account(person));

        var receipt = await here.FollowAsync(await here.SubmitAsync(FormTo(await here.GetAsync("/account/sessions"), "/account/sessions/all/end"), []));
        await TellsAsync(tokens);
        var again = receipt;
        for (var looks = 0; looks < 100 && StateOf(again, "told") != "Signed out"; looks++) again = await here.GetAsync(receipt.Url.PathAndQuery);
        await told.SignInAsync(here, Scope, Account(person));
        var alone = await here.FollowAsync(await here.SubmitAsync(FormTo(await here.GetAsync("/signout"), "/signout"), []));

        Assert.That((receipt.Url.AbsolutePath, receipt.Body.Contains("Told &lt;i&gt;", StringComparison.Ordinal)), Is.EqualTo(("/signedout", true)), "also an app that was reached in another browser");
        Assert.That((StateOf(again, "told"), StateOf(again, "brief")), Is.EqualTo(("Signed out", "Takes no sign-outs")));
        Assert.That(receipt.Body, Does.Contain("An app may go on for a while"));
        Assert.That(Regex.Matches(alone.Body, "data-app=\"([^\"]*)").Select(m => m.Groups[1].Value), Is.EqualTo((string[])["told"]), "a sign-out of one browser is about its session");
        Assert.That(((await here.GetAsync("/account")).IsRedirect, (await there.GetAsync("/account")).IsRedirect, here.Cookie("idp.session")), Is.EqualTo((true, true, (string?)null)));
        Assert.That((await told.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task A_known_browser_is_removed_by_its_person_and_by_nobody_else()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        using var browser = await ArriveAsync(person);
        using var others = await ArriveAsync(other);
        var foreign = await Server.WithDatabaseAsync(db => db.KnownDevices.Where(d => d.UserId == other.Id).Select(d => d.Id).SingleAsync());
        var foreignSession = await Server.WithDatabaseAsync(db => db.Sessions.Where(s => s.UserId == other.Id).Select(s => s.Id).SingleAsync());
        var page = await browser.GetAsync("/account/sessions");
        var form = page.Forms.Single(f => f.Action.AbsolutePath.StartsWith("/account/browsers/", StringComparison.Ordinal));

        var theirs = await browser.PostAsync($"/account/browsers/{foreign}/remove", form.Fill([]));
        var theirSession = await browser.PostAsync($"/account/sessions/{foreignSession}/end", form.Fill([]));
        var forged = await browser.PostAsync(form.Action.AbsoluteUri, []);
        var done = await browser.FollowAsync(await browser.SubmitAsync(form, []));

        Assert.That((theirs.Status, theirSession.Status, forged.Status), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.BadRequest)));
        Assert.That(done.Body, Does.Contain("not known any more"));
        Assert.That(await Server.WithDatabaseAsync(async db => (await db.KnownDevices.CountAsync(d => d.UserId == person.Id), await db.KnownDevices.CountAsync(d => d.UserId == other.Id))), Is.EqualTo((0, 1)));
        Assert.That((await others.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await ActionsAsync(person), Has.One.EqualTo("user.browser_removed by account"));
    }

    [Test]
    public async Task An_owner_sees_the_sessions_of_a_user_an_app_and_an_organization_and_ends_one_of_them_where_it_is_listed()
    {
        var (person, colleague, stranger) = (await Server.AddPersonAsync(), await Server.AddPersonAsync(), await Server.AddPersonAsync());
        await JoinAsync("acme", person, colleague);
        await JoinAsync("other", stranger);
        using var first = await ArriveAsync(person, "192.0.2.8");
        using var second = await ArriveAsync(colleague);
        using var third = await ArriveAsync(stranger);
        var tokens = await Server.NewRelyingParty(Told).SignInAsync(first, Scope, Account(person));
        using var owner = await OwnerAsync();
        var ids = await Server.WithDatabaseAsync(db => db.Sessions.Where(s => s.UserId == person.Id || s.UserId == stranger.Id).ToDictionaryAsync(s => s.UserId, s => s.Id));

        var (ofUser, ofApp, ofOrganization, all) = (await owner.GetAsync($"/console/sessions?user={person.Id}"), await owner.GetAsync("/console/sessions?app=told"), await owner.GetAsync("/console/sessions?organization=acme"), await owner.GetAsync("/console/sessions"));
        var csrf = FormTo(ofUser, "/console/sessions/end")["csrf"].Value;
        var foreign = await owner.PostAsync($"/console/sessions/{ids[stranger.Id]}/end", [new("csrf", csrf), new("organization", "acme")]);
        var unknown = await owner.PostAsync($"/console/sessions/{Guid.NewGuid()}/end", [new("csrf", csrf)]);
        var ended = await owner.FollowAsync(await owner.SubmitAsync(FormTo(ofOrganization, $"/console/sessions/{ids[person.Id]}/end"), []));
        var again = await owner.SubmitAsync(FormTo(ofOrganization, $"/console/sessions/{ids[person.Id]}/end"), []);
        await TellsAsync(tokens);
        var signOuts = await owner.GetAsync("/console/signouts");

        Assert.That((Lists(ofUser, person), Lists(ofUser, colleague)), Is.EqualTo((true, false)));
        Assert.That((Lists(ofApp, person), Lists(ofApp, colleague)), Is.EqualTo((true, false)));
        Assert.That((Lists(ofOrganization, person), Lists(ofOrganization, colleague), Lists(ofOrganization, stranger)), Is.EqualTo((true, true, false)));
        Assert.That((Lists(all, person), Lists(all, stranger), all.Forms.Any(f => f.Action.AbsolutePath == "/console/sessions/end")), Is.EqualTo((true, true, false)));
        Assert.That(ofUser.Body, Does.Contain("Munich, Germany").And.Contain("Firefox on Linux").And.Contain("Told &lt;i&gt;"));
        Assert.That((foreign.Status, unknown.Status, again.Status), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound)));
        Assert.That((ended.Url.PathAndQuery, ended.Body.Contains("One session is ended", StringComparison.Ordinal), Lists(ended, person)), Is.EqualTo(("/console/sessions?organization=acme&ended=1", true, false)));
        Assert.That(((await first.GetAsync("/account")).IsRedirect, (await second.GetAsync("/account")).Status, (await third.GetAsync("/account")).Status), Is.EqualTo((true, HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That(Lists(signOuts, person), Is.True);
        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.SingleAsync(e => e.TargetId == ids[person.Id].ToString()));
        Assert.That((entry.Action, entry.Source, entry.ActorId == person.Id), Is.EqualTo(("session.ended", "console", false)));
    }

    [Test]
    public async Task An_owner_ends_all_sessions_of_a_user_of_an_app_or_of_an_organization_and_of_nobody_else()
    {
        var (person, colleague, stranger) = (await Server.AddPersonAsync(), await Server.AddPersonAsync(), await Server.AddPersonAsync());
        await JoinAsync("acme", colleague);
        using var owner = await OwnerAsync();
        using var first = await ArriveAsync(person);
        using var second = await ArriveAsync(person);
        using var third = await ArriveAsync(colleague);
        using var fourth = await ArriveAsync(stranger);
        var tied = Server.NewRelyingParty(Tied);
        var tokens = await tied.SignInAsync(fourth, Scope, Account(stranger));
        async Task<Page> EndAllAsync(string scope) => await owner.FollowAsync(await owner.SubmitAsync(FormTo(await owner.GetAsync("/console/sessions?" + scope), "/console/sessions/end"), []));

        var ofUser = await EndAllAsync($"user={person.Id}");
        var (afterUser, others) = ((await first.GetAsync("/account")).IsRedirect && (await second.GetAsync("/account")).IsRedirect, (await third.GetAsync("/account")).Status);
        var ofOrganization = await EndAllAsync("organization=acme");
        var (afterOrganization, still) = ((await third.GetAsync("/account")).IsRedirect, (await fourth.GetAsync("/account")).Status);
        var ofApp = await EndAllAsync("app=tied");
        var csrf = (await owner.GetAsync("/console")).Forms.First(f => f.Has("csrf"))["csrf"].Value;
        var everything = await owner.PostAsync("/console/sessions/end", [new("csrf", csrf)]);
        var nowhere = await owner.PostAsync("/console/sessions/end", [new("csrf", csrf), new("organization", "no such")]);

        Assert.That((ofUser.Body.Contains("2 sessions are ended", StringComparison.Ordinal), afterUser, others), Is.EqualTo((true, true, HttpStatusCode.OK)));
        Assert.That((ofOrganization.Status, afterOrganization, still), Is.EqualTo((HttpStatusCode.OK, true, HttpStatusCode.OK)));
        Assert.That(((await fourth.GetAsync("/account")).IsRedirect, (await tied.RefreshAsync(tokens.RefreshToken!)).Error, ofApp.Status), Is.EqualTo((true, "invalid_grant", HttpStatusCode.OK)));
        Assert.That((everything.Status, nowhere.Status, (await owner.GetAsync("/console")).Status), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.NotFound, HttpStatusCode.OK)));
        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.SingleAsync(e => e.TargetId == person.Id.ToString() && e.Action == "sessions.ended"));
        Assert.That(entry.Details, Does.Contain("sessions"));
    }

    [Test]
    public async Task Nobody_else_sees_or_ends_them_in_the_console()
    {
        var person = await Server.AddPersonAsync();
        using var browser = await ArriveAsync(person);
        var (_, desk) = await Server.AddHelperAsync();
        var victim = await Server.WithDatabaseAsync(db => db.Sessions.Where(s => s.UserId == person.Id).Select(s => s.Id).SingleAsync());
        foreach (var one in (BrowserClient[])[desk, browser])
        {
            var csrf = (await one.GetAsync("/signout")).Forms.First(f => f.Has("csrf"))["csrf"].Value;
            HttpStatusCode[] statuses = [(await one.GetAsync("/console/sessions")).Status, (await one.PostAsync($"/console/sessions/{victim}/end", [new("csrf", csrf)])).Status, (await one.PostAsync("/console/sessions/end", [new("csrf", csrf), new("app", "told")])).Status];

            Assert.That(statuses, Has.All.EqualTo(HttpStatusCode.Forbidden));
        }
        await using var scope = Server.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Actor>().Become(ActorSources.Account);
        var end = scope.ServiceProvider.GetRequiredService<EndSessions>();
        Assert.That(((await end.OneAsync(victim, new(), CancellationToken.None)).Failure?.Code, (await end.AllAsync(new(UserId: person.Id), CancellationToken.None)).Failure?.Code), Is.EqualTo(("forbidden", "forbidden")));
    }

    [Test]
    public async Task Lists_come_in_pages_with_the_same_few_statements_for_many_as_for_one_each_by_an_index()
    {
        var people = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Server.AddPersonAsync()));
        var organization = new Organization { Name = "o" + Guid.NewGuid().ToString("N") };
        var key = await Server.WithDatabaseAsync(db => db.Clients.Where(c => c.ClientId == "brief").Select(c => c.Id).SingleAsync());
        HashSet<string> own = [];
        await Server.WithDatabaseAsync(async db =>
        {
            var now = Server.Clock.Time.GetUtcNow();
            db.Organizations.Add(organization);
            db.OrganizationMembers.AddRange(people.Select(p => new OrganizationMember { OrganizationId = organization.Id, UserId = p.Id }));
            for (var i = 0; i < 120; i++)
            {
                var session = new Session { UserId = people[i % 3].Id, HandleHash = Handles.Hash(Handles.New()), CreatedAt = now, AuthenticatedAt = now, LastSeenAt = i == 7 ? now.AddDays(-1) : now, ExpiresAt = now.AddHours(1), EndedAt = i == 8 ? now : null };
                db.Sessions.Add(session);
                own.Add(session.Id.ToString());
                for (var j = 0; j < 3; j++) db.Grants.Add(new Grant { ClientKey = key, Subject = session.UserId.ToString(), SessionId = session.Id, CreatedAt = now });
            }
            return await db.SaveChangesAsync();
        });
        using var owner = await OwnerAsync();
        Dictionary<string, int> counts = [];
        foreach (var url in (string[])["/console/sessions?app=brief", $"/console/sessions?organization={organization.Name}", "/console/sessions"])
        {
            await owner.GetAsync(url);
            HashSet<string> seen = [];
            Page? page = null;
            var sql = await Server.RecordSqlAsync(async () => page = await owner.GetAsync(url));
            foreach (var statement in sql.Statements.Where(s => s.Text.Contains("\"Sessions\"", StringComparison.Ordinal)))
                Assert.That((await Server.WithDatabaseAsync(db => QueryPlan.ExplainAsync(db, statement))).FullScans.Where(scan => scan.Contains("Sessions", StringComparison.Ordinal) || scan.Contains("Grants", StringComparison.Ordinal)), Is.Empty, url);
            counts[url] = sql.Statements.Count;
            for (var pages = 0; pages < 10; pages++)
            {
                seen.UnionWith(Regex.Matches(page!.Body, "/console/sessions/([0-9a-f-]{36})/end").Select(m => m.Groups[1].Value));
                if (Regex.Match(page.Body, "href=\"(/console/sessions[^\"]*before=[^\"]*)\"") is not { Success: true } older) break;
                page = await owner.GetAsync(WebUtility.HtmlDecode(older.Groups[1].Value));
            }
            if (url != "/console/sessions") Assert.That(seen.Intersect(own).Count(), Is.EqualTo(118), url + ": neither the ended one nor the one not used for long");
        }

        Assert.That(counts.Values, Has.All.LessThanOrEqualTo(7), string.Join(", ", counts));
        Assert.That((await owner.GetAsync("/console/sessions?app=no%00such")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await owner.GetAsync("/console/sessions?before=x")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task An_app_may_let_a_sign_in_count_for_less_than_the_session_whatever_it_asks_for_itself()
    {
        var person = await Server.AddPersonAsync();
        using var browser = await ArriveAsync(person);
        var (brief, web) = (Server.NewRelyingParty(Brief), Server.NewRelyingParty(TestClients.Web));
        Server.Clock.Advance(TimeSpan.FromSeconds(590));

        var early = await browser.OpenAsync(brief.NewRequest("openid").Url);
        Server.Clock.Advance(TimeSpan.FromSeconds(20));
        var (other, silent) = (await browser.OpenAsync(web.NewRequest("openid").Url), await browser.OpenAsync(brief.NewRequest("openid", [new("prompt", "none")]).Url));
        var late = await browser.OpenAsync(brief.NewRequest("openid", [new("max_age", "100000")]).Url);
        var done = await browser.FollowAsync(await browser.SignInAsync(late, person.UserName!, People.Password));

        Assert.That((early.LocationParameters.ContainsKey("code"), other.LocationParameters.ContainsKey("code"), silent.LocationParameters["error"]), Is.EqualTo((true, true, "login_required")));
        Assert.That((late.AsksToSignIn, done.LocationParameters.ContainsKey("code")), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task An_app_that_nobody_went_to_for_long_asks_for_a_new_sign_in_also_when_other_pages_were_used()
    {
        var person = await Server.AddPersonAsync();
        using var browser = await ArriveAsync(person);
        var idle = Server.NewRelyingParty(Idle);
        List<bool> served = [];
        for (var i = 0; i < 3; i++)
        {
            Server.Clock.Advance(TimeSpan.FromSeconds(400));
            served.Add((await browser.OpenAsync(idle.NewRequest("openid").Url)).LocationParameters.ContainsKey("code"));
        }
        Server.Clock.Advance(TimeSpan.FromSeconds(500));
        await browser.GetAsync("/");
        Server.Clock.Advance(TimeSpan.FromSeconds(200));
        await browser.GetAsync("/account");

        var asked = await browser.OpenAsync(idle.NewRequest("openid").Url);
        var again = await browser.OpenAsync(idle.NewRequest("openid").Url);
        var done = await browser.FollowAsync(await browser.SignInAsync(again, person.UserName!, People.Password));

        Assert.That(served, Is.EqualTo((bool[])[true, true, true]), "each way to it begins it anew");
        Assert.That((asked.AsksToSignIn, again.AsksToSignIn, done.LocationParameters.ContainsKey("code")), Is.EqualTo((true, true, true)));
    }

    [Test]
    public async Task Tokens_of_an_app_end_with_the_session_where_it_says_so_and_its_refreshes_keep_the_session()
    {
        var person = await Server.AddPersonAsync();
        using var browser = await ArriveAsync(person);
        var (tied, web) = (Server.NewRelyingParty(Tied), Server.NewRelyingParty(TestClients.Web));
        var (tokens, free) = (await tied.SignInAsync(browser, Scope, Account(person)), await web.SignInAsync(browser, Scope, Account(person)));

        Server.Clock.Advance(TimeSpan.FromHours(7));
        tokens = (await tied.RefreshAsync(tokens.RefreshToken!)).Expected();
        Server.Clock.Advance(TimeSpan.FromHours(7));
        var kept = await browser.GetAsync("/account");
        tokens = (await tied.RefreshAsync(tokens.RefreshToken!)).Expected();
        Server.Clock.Advance(TimeSpan.FromHours(9));
        var (unused, apart) = (await tied.RefreshAsync(tokens.RefreshToken!), await web.RefreshAsync(free.RefreshToken!));
        var userInfo = await tied.UserInfoAsync(tokens.AccessToken!);

        Assert.That(kept.Status, Is.EqualTo(HttpStatusCode.OK), "it was used");
        Assert.That((unused.Error, apart.AccessToken is null, userInfo.Status), Is.EqualTo(("invalid_grant", false, HttpStatusCode.Unauthorized)));
    }

    private static string WritePlaces()
    {
        static Dictionary<string, object> Names(string english, string german) => new() { ["names"] = new Dictionary<string, object> { ["en"] = english, ["de"] = german } };
        var path = Path.Combine(Path.GetTempPath(), $"places-{Guid.NewGuid():N}.mmdb");
        File.WriteAllBytes(path, MmdbWriter.Write("Test-City", new Dictionary<string, Dictionary<string, object>>
        {
            ["192.0.2.0/24"] = new() { ["city"] = Names("Munich", "München"), ["country"] = Names("Germany", "Deutschland"), ["location"] = new Dictionary<string, object> { ["latitude"] = 48.1, ["longitude"] = 11.6, ["accuracy_radius"] = (ushort)10 } },
        }));
        return path;
    }

    private static string Client(TestClient client, string more) => $$"""
        { "clientId": "{{client.ClientId}}", "clientSecrets": [{ "value": "{{client.Secret}}" }], "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true, "redirectUris": ["{{client.RedirectUri}}"], "allowedScopes": ["openid"]{{more}} }
        """;

    private async Task<BrowserClient> ArriveAsync(User person, string address = "198.51.100.7")
    {
        var browser = Server.NewBrowser();
        browser.Http.DefaultRequestHeaders.UserAgent.ParseAdd(Firefox);
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        await browser.TrySignInAsync(person.UserName!, People.Password);
        return browser;
    }

    private async Task<BrowserClient> OwnerAsync()
    {
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);
        return browser;
    }

    private Task<int> JoinAsync(string organization, params User[] people) => Server.WithDatabaseAsync(async db =>
    {
        var id = await db.Organizations.Where(o => o.Name == organization).Select(o => o.Id).SingleAsync();
        db.OrganizationMembers.AddRange(people.Select(p => new OrganizationMember { OrganizationId = id, UserId = p.Id }));
        return await db.SaveChangesAsync();
    });

    /// <summary>The app heard of the end of the session these came from.</summary>
    private static string StateOf(Page receipt, string app) => Regex.Match(receipt.Body, $"data-app=\"{app}\">([^<]*)").Groups[1].Value;

    private async Task TellsAsync(TokenAnswer tokens)
    {
        var sid = Jwt.Parse(tokens.IdToken!).Text("sid");
        for (var call = 0; call < 10; call++)
            if ((await apps.NextAsync("/told")).Token.Text("sid") == sid) return;
        Assert.Fail("The app was not told.");
    }

    private Task<List<string>> ActionsAsync(User person) => Server.WithDatabaseAsync(db => db.AuditEntries.Where(e => e.TargetId == person.Id.ToString()).Select(e => e.Action + " by " + e.Source).ToListAsync());

    private static bool Lists(Page page, User person) => page.Body.Contains(person.Name!, StringComparison.Ordinal);

    private static HtmlForm FormTo(Page page, string path) => page.Forms.Single(f => f.Action.AbsolutePath == path);

    private static TestUser Account(User person) => new(person.UserName!, People.Password);
}
