using System.Net;
using IdP.Groups;
using IdP.Policies;
using IdP.SignIn;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Policies;

/// <summary>What a policy would have made of the last days, each test with a group of its own.</summary>
public sealed class PolicyReplayTests(DatabaseKind database) : ServerTest(database)
{
    private const string Inside = "192.0.2.7", Outside = "203.0.113.9";

    protected override ServerSettings Settings => new(Database)
    {
        More = new Dictionary<string, string> { ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1", ["Sessions:IdleLifetime"] = "10.00:00:00", ["Sessions:AbsoluteLifetime"] = "10.00:00:00" },
        Configuration = TestConfiguration.With("""
            { "groups": [{ "name": "held" }], "signInPolicies": [{ "name": "held", "groups": ["held"], "factors": "mfa" }] }
            """),
    };

    [Test]
    public async Task A_policy_tried_before_it_is_saved_lists_who_would_have_been_refused_asked_and_sent_to_enrol_and_counts_the_rest()
    {
        var group = await NewGroupAsync();
        var (bare, guarded, other) = (await AddAsync(group), await AddAsync(group), await AddAsync());
        await Server.AddAppAsync(guarded);
        foreach (var person in (User[])[bare, other]) await SignInAsync(person, Inside);
        using var browser = BrowserAt(Outside);
        await browser.TypeCodeAsync(await browser.BeginAsync(guarded), Server.Code(), remember: true);
        await browser.BeginAsync(guarded);
        using var owner = await OwnerAsync();
        var form = (await owner.GetAsync("/console/policies/new")).FormWith("networks");

        var mfa = await owner.SubmitAsync(form, [new("name", "tried"), new("groups", group), new("factors", "Mfa"), new("rememberDays", "0")], new("do", "try"));
        var passkeys = await ReplayAsync(new("tried", new() { Groups = [group], Factors = FactorDemand.PhishingResistant }));
        var office = await ReplayAsync(new("tried", new() { Groups = [group], Networks = ["192.0.2.0/24"] }));
        var trace = await Server.WithDatabaseAsync(db => db.SignInDecisions.Where(d => d.UserId == bare.Id).Select(d => d.TraceId).SingleAsync());

        Assert.That((mfa.Status, await Server.WithDatabaseAsync(db => db.SignInPolicies.AnyAsync(p => p.Name == "tried"))), Is.EqualTo((HttpStatusCode.OK, false)));
        Assert.That(mfa.Body, Does.Contain("id=\"replay\"").And.Contain("2 of ").And.Contain("about 2 people").And.Contain($"/console/decisions?trace={trace}").And.Contain($"/console/users/{bare.Id}").And.Not.Contain($"/console/users/{other.Id}"));
        Assert.That(mfa.FormWith("networks")["name"].Value, Is.EqualTo("tried"), "and what was typed stands there still");
        Assert.That(Of(passkeys, bare), Is.EqualTo(new[] { (PolicyAnswer.Allow, PolicyAnswer.Enrol) }));
        Assert.That(Of(passkeys, guarded), Is.EqualTo(new[] { (PolicyAnswer.Allow, PolicyAnswer.Enrol), (PolicyAnswer.Allow, PolicyAnswer.Enrol), (PolicyAnswer.Ask, PolicyAnswer.Enrol) }), "the remembered browser, the code, and the password before it");
        Assert.That(passkeys.Changed, Is.EquivalentTo(new[] { new ReplayCount(new(PolicyAnswer.Allow), new(PolicyAnswer.Enrol), 3), new ReplayCount(new(PolicyAnswer.Ask), new(PolicyAnswer.Enrol), 1) }));
        Assert.That(Of(office, bare), Is.Empty);
        Assert.That(Of(office, guarded).Select(change => change.After), Is.EqualTo((PolicyAnswer[])[PolicyAnswer.Block, PolicyAnswer.Block, PolicyAnswer.Block]));
        Assert.That((office.Same, office.LookedAt), Is.EqualTo((office.LookedAt - 3, office.LookedAt)));
    }

    [Test]
    public async Task A_policy_tried_away_lists_who_would_have_come_in()
    {
        var person = await AddAsync("held");
        using var browser = Server.NewBrowser();
        await browser.BeginAsync(person);
        using var owner = await OwnerAsync();
        var id = await Server.WithDatabaseAsync(db => db.SignInPolicies.Where(p => p.Name == "held").Select(p => p.Id).SingleAsync());

        var page = await owner.GetAsync($"/console/policies/{id}");
        var tried = await owner.SubmitAsync(page.FormWith("confirm"), [], new("do", "try"));
        var off = await owner.PostAsync(page.FormWith("networks").Action.AbsoluteUri, [.. page.FormWith("networks").Fill([], new("do", "try")).Where(pair => pair.Key != "enabled")]);
        var same = await owner.SubmitAsync(page.FormWith("networks"), [], new("do", "try"));

        foreach (var answer in (Page[])[tried, off])
            Assert.That(answer.Body, Does.Contain("Lacks a factor</td><td data-label=\"With the change\"><span class=\"badge ok\">Let in").And.Contain(person.Name));
        Assert.That(tried.Body, Does.Contain("Without this policy"));
        Assert.That(same.Body, Does.Contain("Nothing would be different"));
        Assert.That(await Server.WithDatabaseAsync(db => db.SignInPolicies.AnyAsync(p => p.Id == id && p.Enabled)), Is.True);
    }

    [Test]
    public async Task A_session_that_goes_on_to_an_app_is_kept_once_a_day_so_that_policies_about_apps_and_ages_can_be_tried()
    {
        var group = await NewGroupAsync();
        var person = await AddAsync(group);
        await Server.AddAppAsync(person);
        var web = Server.NewRelyingParty(TestClients.Web);
        using var browser = BrowserAt(Outside);
        await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code(), remember: true);
        Server.Clock.Advance(TimeSpan.FromMinutes(20));

        for (var i = 0; i < 3; i++) Assert.That((await browser.OpenAsync(web.NewRequest("openid").Url)).LocationParameters, Contains.Key("code"));
        await PassedAsync(person, 1);
        Server.Clock.Advance(TimeSpan.FromDays(1));
        await browser.OpenAsync(web.NewRequest("openid").Url);
        var passages = await PassedAsync(person, 2);
        var inputs = PolicyInputs.FromJson(passages[0].Inputs)!;
        var aged = await ReplayAsync(new("tried", new() { Groups = [group], Clients = ["web"], MaxAge = 600 }));
        var elsewhere = await ReplayAsync(new("tried", new() { Groups = [group], Clients = ["opaque"], MaxAge = 600 }));
        var office = await ReplayAsync(new("tried", new() { Groups = [group], Clients = ["web"], Networks = ["192.0.2.0/24"] }));
        using var owner = await OwnerAsync();

        Assert.That((passages[0].ClientId, passages[0].SessionId is null), Is.EqualTo(("web", false)));
        Assert.That((inputs.HasApp, inputs.HasPasskey, inputs.Groups!.Single(), inputs.KnownDevice, inputs.RememberedUntil is null), Is.EqualTo((true, false, group, true, false)));
        Assert.That(Of(aged, person), Is.EqualTo(new[] { (PolicyAnswer.Allow, PolicyAnswer.Repeat), (PolicyAnswer.Allow, PolicyAnswer.Repeat) }));
        Assert.That(aged.Passages, Is.GreaterThanOrEqualTo(2));
        Assert.That((elsewhere.Changed.Count, Of(office, person).Select(change => change.After).Distinct().Single()), Is.EqualTo((0, PolicyAnswer.Block)));
        Assert.That((await owner.GetAsync($"/console/users/{person.Id}")).Body, Does.Not.Contain("Went on to an app"), "it is no sign-in");
        Assert.That((await owner.GetAsync("/console/decisions?trace=" + passages[0].TraceId)).Body, Does.Contain("Went on to an app"));
    }

    [Test]
    public async Task The_way_to_an_app_through_a_fresh_sign_in_is_one_decision_and_no_passage()
    {
        var person = await AddAsync();
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        await web.SignInAsync(browser, "openid", new TestUser(person.UserName!, People.Password));
        await browser.OpenAsync(Server.NewRelyingParty(TestClients.Opaque).NewRequest("openid").Url);
        var passages = await PassedAsync(person, 1);

        Assert.That(passages.Select(d => d.ClientId), Is.EqualTo((string[])["opaque"]));
    }

    [Test]
    public async Task Passages_that_are_too_old_for_any_replay_are_forgotten_and_sign_ins_are_not()
    {
        var person = await AddAsync();
        using var browser = Server.NewBrowser();
        await browser.BeginAsync(person);
        await browser.OpenAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid").Url);
        await PassedAsync(person, 1);
        Server.Clock.Advance(TimeSpan.FromDays(33));
        var other = await AddAsync();
        using var later = Server.NewBrowser();
        await later.BeginAsync(other);
        var passed = await later.OpenAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid").Url);

        Assert.That(passed.LocationParameters, Contains.Key("code"), passed.Body);
        await PassedAsync(other, 1);
        await PassedAsync(person, 0);

        Assert.That(await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync(d => d.UserId == person.Id && d.Outcome == SignInOutcome.Success)), Is.EqualTo(1));
    }

    [Test]
    public async Task A_passage_waits_for_a_database_that_takes_nothing_for_a_moment()
    {
        var person = await AddAsync();
        using var browser = Server.NewBrowser();
        await browser.BeginAsync(person);
        await Server.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE \"SignInDecisions\" RENAME TO \"Away\""));
        try
        {
            Assert.That((await browser.OpenAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid").Url)).LocationParameters, Contains.Key("code"));
            while (!Server.Logs.Contain("passages of sessions to apps could not be written")) await Task.Delay(50);
        }
        finally
        {
            await Server.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE \"Away\" RENAME TO \"SignInDecisions\""));
        }

        await PassedAsync(person, 1);
        Assert.That(Server.Logs.TakeErrors().Select(entry => entry.Category), Is.All.EqualTo("Microsoft.EntityFrameworkCore.Query"), "and nothing is lost");
    }

    [Test]
    public async Task What_nobody_asked_for_then_is_judged_by_todays_memberships_and_that_is_said()
    {
        var group = await NewGroupAsync();
        var person = await AddAsync();
        // A sign-in of a time at which no policy hung on memberships.
        await Server.WithDatabaseAsync(async db =>
        {
            var at = Server.Clock.Time.GetUtcNow();
            db.SignInDecisions.Add(new() { At = at, Day = DateOnly.FromDateTime(at.UtcDateTime), UserId = person.Id, Inputs = new PolicyInputs { At = at, UserId = person.Id, Methods = ["pwd"] }.ToJson() });
            db.GroupMembers.Add(new GroupMember { UserId = person.Id, GroupId = await db.Groups.Where(g => g.Name == group).Select(g => g.Id).SingleAsync() });
            return await db.SaveChangesAsync();
        });

        var replay = await ReplayAsync(new("tried", new() { Groups = [group], Factors = FactorDemand.Mfa }));

        Assert.That((Of(replay, person).Single(), replay.ByTodaysMemberships), Is.EqualTo(((PolicyAnswer.Allow, PolicyAnswer.Enrol), 1)));
    }

    [Test]
    public async Task However_many_people_there_are_it_asks_the_database_as_often_and_beyond_its_limit_it_looks_at_the_newest()
    {
        var group = await NewGroupAsync();
        var people = new List<User> { await AddAsync(group) };
        await SignInAsync(people[0], Inside);
        var change = new PolicyChange("tried", new() { Groups = [group], Factors = FactorDemand.Mfa });
        using var owner = await OwnerAsync();
        var form = (await owner.GetAsync("/console/policies/new")).FormWith("networks");
        Task<SqlRecording> TryAsync() => Server.RecordSqlAsync(async () => Assert.That((await owner.SubmitAsync(form, [new("name", "tried"), new("groups", group), new("factors", "Mfa")], new("do", "try"))).Status, Is.EqualTo(HttpStatusCode.OK)));

        await TryAsync();
        var one = await TryAsync();
        for (var i = 0; i < 5; i++)
        {
            people.Add(await AddAsync(group));
            await SignInAsync(people[^1], Inside);
        }
        var many = await TryAsync();
        var cut = await RunAsync<PolicyReplay, Replay>(replay => replay.RunAsync(change, default, maxRows: 4));
        var whole = await ReplayAsync(change);

        Assert.That(many.Statements, Has.Count.EqualTo(one.Statements.Count), many.ToString());
        Assert.That((cut.LookedAt, cut.IsCut, whole.IsCut, whole.People), Is.EqualTo((4, true, false, 6)));
        Assert.That(cut.Listed.Select(d => d.UserId), Is.EqualTo(people.AsEnumerable().Reverse().Take(4).Select(p => p.Id)));
    }

    [Test]
    public async Task More_than_a_batch_is_read_to_its_end_and_the_list_is_shorter_than_the_count()
    {
        var group = await NewGroupAsync();
        var person = await AddAsync(group);
        var at = Server.Clock.Time.GetUtcNow();
        var json = new PolicyInputs { At = at, UserId = person.Id, Methods = ["pwd"], Organizations = [], Groups = [group] }.ToJson();
        await Server.WithDatabaseAsync(db =>
        {
            // Many in the same moment, and some before the time that is looked at.
            db.SignInDecisions.AddRange(Enumerable.Range(0, 2100).Select(i => new SignInDecision { At = i < 50 ? at.AddDays(-31) : at.AddSeconds(-(i / 700)), Day = DateOnly.FromDateTime(at.UtcDateTime), UserId = person.Id, Inputs = json }));
            return db.SaveChangesAsync();
        });

        var replay = await ReplayAsync(new("tried", new() { Groups = [group], Factors = FactorDemand.Mfa }));

        Assert.That((replay.Changed.Single().Count, replay.Listed.Count, replay.People), Is.EqualTo((2050, PolicyReplay.MaxListed, 1)));
        await Server.WithDatabaseAsync(db => db.SignInDecisions.Where(d => d.UserId == person.Id).ExecuteDeleteAsync());
    }

    private static (PolicyAnswer Before, PolicyAnswer After)[] Of(Replay replay, User person) => [.. replay.Listed.Where(d => d.UserId == person.Id).Select(d => (d.Before.Answer, d.After.Answer))];

    private Task<Replay> ReplayAsync(PolicyChange change) => RunAsync<PolicyReplay, Replay>(replay => replay.RunAsync(change, default));

    private async Task<T> RunAsync<TOperation, T>(Func<TOperation, Task<T>> run) where TOperation : notnull
    {
        await using var scope = Server.Services.CreateAsyncScope();
        return await run(scope.ServiceProvider.GetRequiredService<TOperation>());
    }

    /// <summary>Written a moment after the answer.</summary>
    private async Task<List<SignInDecision>> PassedAsync(User person, int count)
    {
        for (var tries = 0; ; tries++)
        {
            var passed = await Server.WithDatabaseAsync(db => db.SignInDecisions.AsNoTracking().Where(d => d.UserId == person.Id && d.Outcome == SignInOutcome.Passed).OrderBy(d => d.At).ToListAsync());
            if (passed.Count == count) return passed;
            if (tries == 600) Assert.Fail($"{passed.Count} passages are kept and not {count}.");
            await Task.Delay(50);
        }
    }

    private async Task<string> NewGroupAsync()
    {
        var name = "g" + Guid.NewGuid().ToString("N")[..8];
        await Server.WithDatabaseAsync(db =>
        {
            db.Groups.Add(new Group { Name = name });
            return db.SaveChangesAsync();
        });
        return name;
    }

    private async Task<User> AddAsync(params string[] groups)
    {
        var person = await Server.AddPersonAsync();
        await Server.WithDatabaseAsync(async db =>
        {
            foreach (var id in await db.Groups.Where(g => groups.Contains(g.Name)).Select(g => g.Id).ToListAsync()) db.GroupMembers.Add(new GroupMember { GroupId = id, UserId = person.Id });
            return await db.SaveChangesAsync();
        });
        return person;
    }

    private async Task SignInAsync(User person, string address)
    {
        using var browser = BrowserAt(address);
        Assert.That((await browser.BeginAsync(person)).Url.AbsolutePath, Is.EqualTo("/account"));
    }

    private BrowserClient BrowserAt(string address)
    {
        var browser = Server.NewBrowser();
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return browser;
    }

    private async Task<BrowserClient> OwnerAsync()
    {
        var browser = Server.NewBrowser();
        await browser.SignInAsync(await browser.GetAsync("/signin"), TestUsers.Root.UserName, TestUsers.Root.Password);
        return browser;
    }
}
