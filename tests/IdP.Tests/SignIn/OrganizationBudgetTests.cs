using System.Net;
using IdP.Organizations;
using IdP.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.SignIn;

/// <summary>One password on many accounts of one organization.</summary>
public sealed class OrganizationBudgetTests(DatabaseKind database) : ServerTest(database)
{
    private const int Budget = 5;
    private int addresses;

    protected override ServerSettings Settings => new(Database)
    {
        More = new Dictionary<string, string> { ["Lockout:MaxFailuresPerOrganization"] = "5", ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1" },
        Configuration = TestConfiguration.With("""
            { "organizations": [{ "name": "acme", "domains": [{ "name": "acme.example", "verified": true }, { "name": "claimed.example", "verified": false }] }, { "name": "bees" }, { "name": "crowd" }, { "name": "told" }, { "name": "nodes" }, { "name": "count" }, { "name": "sliding" }] }
            """),
    };

    /// <summary>Names that nobody has are counted by the sizes, which are read once in an hour.</summary>
    [SetUp]
    public void AnotherHour() => Server.Clock.Advance(TimeSpan.FromHours(2));

    [Test]
    public async Task After_many_wrong_passwords_strangers_must_wait_and_whoever_is_known_need_not()
    {
        var (member, own) = await AddAsync("bees");
        var (other, _) = await AddAsync("crowd");
        var outsider = await Server.AddPersonAsync();

        await SprayAsync("bees");
        var stranger = await BrowserAt(NewAddress()).TrySignInAsync(member.UserName!, People.Password);
        var sameBrowser = await own.TrySignInAsync(member.UserName!, People.Password);
        own.Http.DefaultRequestHeaders.TryGetValues("X-Forwarded-For", out var home);
        var sameNetwork = await BrowserAt(home!.Single()).TrySignInAsync(member.UserName!, People.Password);
        var otherOrganization = await BrowserAt(NewAddress()).TrySignInAsync(other.UserName!, People.Password);
        var noOrganization = await BrowserAt(NewAddress()).TrySignInAsync(outsider.UserName!, People.Password);

        Assert.That(stranger.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(stranger.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.FromMinutes(13)).And.LessThanOrEqualTo(TimeSpan.FromMinutes(15)));
        Assert.That(stranger.Body, Does.Contain("try again in 15 minutes"));
        Assert.That((bool[])[sameBrowser.IsRedirect, sameNetwork.IsRedirect, otherOrganization.IsRedirect, noOrganization.IsRedirect], Is.All.True);
    }

    [Test]
    public async Task Wrong_passwords_of_known_browsers_and_networks_use_up_nothing()
    {
        var people = new List<(User Person, BrowserClient Own)>();
        for (var i = 0; i < Budget + 2; i++) people.Add(await AddAsync("crowd"));

        foreach (var (person, own) in people)
        {
            await own.TrySignInAsync(person.UserName!, "wrong");
            own.Http.DefaultRequestHeaders.TryGetValues("X-Forwarded-For", out var home);
            await BrowserAt(home!.Single()).TrySignInAsync(person.UserName!, "wrong");
        }

        Assert.That((await BrowserAt(NewAddress()).TrySignInAsync(people[0].Person.UserName!, People.Password)).IsRedirect, Is.True);
    }

    [Test]
    public async Task The_budget_comes_back_as_the_failures_grow_old()
    {
        var (member, _) = await AddAsync("sliding");
        await SprayAsync("sliding", Budget - 1);
        Server.Clock.Advance(TimeSpan.FromMinutes(10));
        await SprayAsync("sliding", 1);

        var full = await BrowserAt(NewAddress()).TrySignInAsync(member.UserName!, People.Password);
        Server.Clock.Advance(TimeSpan.FromMinutes(6));
        var later = await BrowserAt(NewAddress()).TrySignInAsync(member.UserName!, People.Password);

        Assert.That((full.Status, later.IsRedirect), Is.EqualTo((HttpStatusCode.TooManyRequests, true)));
        Assert.That(full.Headers.RetryAfter?.Delta, Is.LessThanOrEqualTo(TimeSpan.FromMinutes(5)), "until the first of them is a quarter of an hour old");
    }

    [Test]
    public async Task By_the_domain_of_an_address_names_that_nobody_has_count_and_wait_like_those_of_people()
    {
        var person = await Server.AddPersonAsync(user =>
        {
            (user.Email, user.EmailConfirmed) = ($"{user.UserName}@acme.example", true);
            user.NormalizedEmail = user.Email.ToUpperInvariant();
        });
        for (var i = 0; i < Budget; i++) await BrowserAt(NewAddress()).TrySignInAsync($"ghost{i}@acme.example", "wrong");

        Page[] answers =
        [
            await BrowserAt(NewAddress()).TrySignInAsync(person.Email!, People.Password), await BrowserAt(NewAddress()).TrySignInAsync("ghost@acme.example", "wrong"), await BrowserAt(NewAddress()).TrySignInAsync("GHOST@Acme.Example", "wrong"),
        ];
        var unproved = await BrowserAt(NewAddress()).TrySignInAsync("ghost@claimed.example", "wrong");

        Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(answers.Select(answer => answer.Body.Length - answer.Forms.Sum(form => form.Fields.Sum(field => field.Value.Length))).Distinct().Count(), Is.LessThanOrEqualTo(3));
        Assert.That(unproved.Status, Is.EqualTo(HttpStatusCode.OK), "a domain that is not verified is nobody's");
    }

    [Test]
    public async Task Waiting_does_not_tell_who_has_an_account_under_a_name_without_a_domain()
    {
        for (var i = 0; i < 6; i++) await AddAsync("crowd");
        Server.Clock.Advance(TimeSpan.FromHours(2));
        await SprayAsync("crowd");

        List<HttpStatusCode> answers = [];
        for (var i = 0; i < 60; i++) answers.Add((await BrowserAt(NewAddress()).TrySignInAsync($"nobody{i}", "wrong")).Status);

        Assert.That(answers.Distinct(), Is.EquivalentTo((HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.TooManyRequests]), "as if some of them belonged to it");
    }

    [Test]
    public async Task Administrators_are_told_once_in_a_window()
    {
        var (member, _) = await AddAsync("told");
        await SprayAsync("told");

        for (var i = 0; i < 3; i++) await BrowserAt(NewAddress()).TrySignInAsync(member.UserName!, "wrong");
        var first = await AuditAsync("told");
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        await SprayAsync("told");
        await BrowserAt(NewAddress()).TrySignInAsync(member.UserName!, "wrong");
        var second = await AuditAsync("told");
        using var owner = Server.NewBrowser();
        var dashboard = await owner.FollowAsync(await owner.SignInAsync(await owner.GetAsync("/signin?returnUrl=/console"), TestUsers.Root.UserName, TestUsers.Root.Password));

        Assert.That((first, second), Is.EqualTo((1, 2)));
        Assert.That(dashboard.Body, Does.Contain("Many wrong passwords on one organization").And.Contain("<span>told, last told"));
    }

    [Test]
    public async Task What_is_counted_on_one_node_counts_on_the_other()
    {
        var (member, _) = await AddAsync("nodes");
        await using var node = await StartOtherNodeAsync();
        using var elsewhere = new BrowserClient(node.Origin);
        await SprayAsync("nodes");

        elsewhere.Http.DefaultRequestHeaders.Add("X-Forwarded-For", NewAddress());
        var answer = await elsewhere.TrySignInAsync(member.UserName!, People.Password);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
    }

    [Test]
    public async Task A_member_and_nobody_cost_the_same_statements_whether_the_budget_is_full_or_not()
    {
        var (member, _) = await AddAsync("count");
        async Task<SqlRecording> RecordAsync(string name)
        {
            using var browser = BrowserAt(NewAddress());
            var page = await browser.NameAsync(await browser.GetAsync("/signin"), name);
            return await Server.RecordSqlAsync(() => browser.SignInAsync(page, name, "wrong"));
        }
        await RecordAsync("warm");

        var (somebody, nobody) = (await RecordAsync(member.UserName!), await RecordAsync("ghost-count"));
        Server.Clock.Advance(TimeSpan.FromHours(1)); // the name that nobody has may count for this one
        await SprayAsync("count");
        await RecordAsync(member.UserName!); // tells of it
        var full = await RecordAsync(member.UserName!);
        var plan = await Server.WithDatabaseAsync(db => QueryPlan.ExplainAsync(db, full.Statements[0]));

        Assert.That(somebody.Statements.Select(s => s.Text), Is.EqualTo(nobody.Statements.Select(s => s.Text)));
        Assert.That(full.Statements, Has.Count.EqualTo(1), full.ToString());
        Assert.That(plan.FullScans, Is.Empty, plan.ToString());
        if (Database is DatabaseKind.Sqlite) Assert.That(string.Join('\n', plan.Steps), Does.Contain("IX_SignInDecisions_OrganizationId_At (OrganizationId=? AND At>?)").And.Contain("IX_SignInDecisions_Networks (UserId=? AND Network=? AND At>?)"), plan.ToString());
    }

    /// <summary>Wrong passwords, each on another account and from another network.</summary>
    private async Task SprayAsync(string organization, int times = Budget)
    {
        for (var i = 0; i < times; i++)
        {
            var person = await Server.AddPersonAsync();
            await JoinAsync(person, organization);
            Assert.That((await BrowserAt(NewAddress()).TrySignInAsync(person.UserName!, "Summer-2026-Password")).Status, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    /// <summary>A member, and the browser they are known in.</summary>
    private async Task<(User Person, BrowserClient Own)> AddAsync(string organization)
    {
        var person = await Server.AddPersonAsync();
        await JoinAsync(person, organization);
        var own = BrowserAt(NewAddress());
        Assert.That((await own.TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.True);
        return (person, own);
    }

    private Task<int> JoinAsync(User person, string organization) => Server.WithDatabaseAsync(async db =>
    {
        db.OrganizationMembers.Add(new OrganizationMember { UserId = person.Id, OrganizationId = await db.Organizations.Where(o => o.Name == organization).Select(o => o.Id).SingleAsync() });
        return await db.SaveChangesAsync();
    });

    private Task<int> AuditAsync(string organization) => Server.WithDatabaseAsync(db => db.AuditEntries.CountAsync(e => e.Action == "organization.throttled" && e.TargetId == organization));

    private BrowserClient BrowserAt(string address)
    {
        var browser = Server.NewBrowser();
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return browser;
    }

    /// <summary>In a network of its own.</summary>
    private string NewAddress() => $"10.{++addresses / 250}.{addresses % 250}.7";
}
