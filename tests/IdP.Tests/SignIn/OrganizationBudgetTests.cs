using System.Net;
using IdP.Organizations;
using IdP.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.SignIn;

/// <summary>One password on many accounts of one organization.</summary>
public sealed class OrganizationBudgetTests(DatabaseKind database) : ServerTest(database)
{
    private const int Budget = 10;
    private static readonly TestClient Till = new("till", "till-secret"), Kiosk = new("kiosk");
    private int addresses;

    protected override ServerSettings Settings => new(Database)
    {
        // So one network can add one.
        More = new Dictionary<string, string> { ["Lockout:MaxFailures"] = "1", ["Lockout:MaxFailuresPerOrganization"] = "10", ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1" },
        Configuration = TestConfiguration.With($$"""
            {
              "organizations": [{{string.Join(", ", ((string[])["acme", "bees", "crowd", "told", "nodes", "count", "sliding", "apps", "alone"]).Select(name => $$"""{ "name": "{{name}}", "domains": [{ "name": "{{name}}.example", "verified": true }, { "name": "claimed-{{name}}.example", "verified": false }] }"""))}}],
              "clients": [
                { "clientId": "till", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "till-secret" }], "allowedGrantTypes": ["password"], "allowedScopes": ["openid"] },
                { "clientId": "kiosk", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["password"], "allowedScopes": ["openid"] }
              ]
            }
            """),
    };

    [SetUp]
    public void AnotherHour() => Server.Clock.Advance(TimeSpan.FromHours(2));

    [Test]
    public async Task After_many_wrong_passwords_strangers_must_wait_and_whoever_is_known_need_not()
    {
        var (member, own) = await AddAsync("bees");
        var (other, _) = await AddAsync("crowd");
        var outsider = await Server.AddPersonAsync();

        await SprayAsync("bees");
        var stranger = await BrowserAt(NewAddress()).TrySignInAsync(member.Email!, People.Password);
        var sameBrowser = await own.TrySignInAsync(member.Email!, People.Password);
        var otherOrganization = await BrowserAt(NewAddress()).TrySignInAsync(other.Email!, People.Password);
        var noOrganization = await BrowserAt(NewAddress()).TrySignInAsync(outsider.UserName!, People.Password);

        Assert.That(stranger.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(stranger.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.FromMinutes(13)).And.LessThanOrEqualTo(TimeSpan.FromMinutes(15)));
        Assert.That(stranger.Body, Does.Contain("try again in 15 minutes"));
        Assert.That((bool[])[sameBrowser.IsRedirect, otherOrganization.IsRedirect, noOrganization.IsRedirect], Is.All.True);
    }

    [Test]
    public async Task Wrong_passwords_of_known_browsers_use_up_nothing()
    {
        var people = new List<(User Person, BrowserClient Own)>();
        for (var i = 0; i < Budget + 1; i++) people.Add(await AddAsync("crowd"));

        foreach (var (person, own) in people) await own.TrySignInAsync(person.Email!, "wrong");

        Assert.That((await BrowserAt(NewAddress()).TrySignInAsync(people[0].Person.Email!, People.Password)).IsRedirect, Is.True);
    }

    [Test]
    public async Task One_network_uses_up_its_tenth_and_keeps_nobody_out_but_itself()
    {
        var (member, _) = await AddAsync("alone");

        List<HttpStatusCode> near = [], far = [];
        for (var i = 1; i <= Budget + 2; i++)
        {
            near.Add((await BrowserAt($"198.51.100.{i}").TrySignInAsync($"ghost{i}@alone.example", "wrong")).Status);
            far.Add((await BrowserAt($"2001:db8:77:{i}::1").TrySignInAsync($"ghost{i}@alone.example", "wrong")).Status);
        }
        var elsewhere = await BrowserAt(NewAddress()).TrySignInAsync(member.Email!, People.Password);
        var there = await BrowserAt("198.51.100.250").TrySignInAsync(member.Email!, People.Password);
        var otherName = await BrowserAt("198.51.100.251").TrySignInAsync("ghost@acme.example", "wrong");

        Assert.That((List<HttpStatusCode>[])[near, far], Is.All.EqualTo((HttpStatusCode[])[HttpStatusCode.OK, .. Enumerable.Repeat(HttpStatusCode.TooManyRequests, Budget + 1)]));
        Assert.That((elsewhere.IsRedirect, there.Status, otherName.Status), Is.EqualTo((true, HttpStatusCode.TooManyRequests, HttpStatusCode.OK)));
        Assert.That(there.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.FromMinutes(13)).And.LessThanOrEqualTo(TimeSpan.FromMinutes(15)));
        Assert.That(await AuditAsync("alone"), Is.Zero, "the organization goes on");
    }

    [Test]
    public async Task An_app_that_proves_who_it_is_is_not_held_up_and_what_fails_there_does_not_count()
    {
        var (member, _) = await AddAsync("apps");
        Task<TokenAnswer> AskAsync(TestClient client, string name, string password) => Server.NewRelyingParty(client).TokenAsync([new("grant_type", "password"), new("username", name), new("password", password)]);

        for (var i = 0; i < Budget + 1; i++) Assert.That((await AskAsync(Till, $"ghost{i}@apps.example", "wrong")).Error, Is.EqualTo("invalid_grant"));
        var after = await BrowserAt(NewAddress()).TrySignInAsync(member.Email!, People.Password);
        var anybody = await AskAsync(Kiosk, "ghost@apps.example", "wrong");
        var again = await AskAsync(Kiosk, member.Email!, People.Password);
        await SprayAsync("apps", Budget - 1);
        var form = await BrowserAt(NewAddress()).TrySignInAsync(member.Email!, People.Password);
        var full = await AskAsync(Till, member.Email!, People.Password);

        Assert.That(after.IsRedirect, Is.True);
        Assert.That((anybody.Error, again.Error), Is.EqualTo(("invalid_grant", "temporarily_unavailable")), "an app without a secret is whoever asks");
        Assert.That(form.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        full.Expected();
    }

    [Test]
    public async Task The_budget_comes_back_as_the_failures_grow_old()
    {
        var (member, _) = await AddAsync("sliding");
        await SprayAsync("sliding", Budget - 1);
        Server.Clock.Advance(TimeSpan.FromMinutes(10));
        await SprayAsync("sliding", 1);

        var full = await BrowserAt(NewAddress()).TrySignInAsync(member.Email!, People.Password);
        Server.Clock.Advance(TimeSpan.FromMinutes(6));
        var later = await BrowserAt(NewAddress()).TrySignInAsync(member.Email!, People.Password);

        Assert.That((full.Status, later.IsRedirect), Is.EqualTo((HttpStatusCode.TooManyRequests, true)));
        Assert.That(full.Headers.RetryAfter?.Delta, Is.LessThanOrEqualTo(TimeSpan.FromMinutes(5)), "until the first of them is a quarter of an hour old");
    }

    [Test]
    public async Task Names_that_nobody_has_count_and_wait_like_those_of_people_whatever_is_known_of_these()
    {
        var (person, own) = await AddAsync("acme");
        own.Http.DefaultRequestHeaders.TryGetValues("X-Forwarded-For", out var home);
        for (var i = 0; i < Budget; i++) await BrowserAt(NewAddress()).TrySignInAsync($"ghost{i}@acme.example", "wrong");

        Page[] answers =
        [
            await BrowserAt(NewAddress()).TrySignInAsync(person.Email!, People.Password), await BrowserAt(home!.Single()).TrySignInAsync(person.Email!, "wrong"), await BrowserAt(home!.Single()).TrySignInAsync("ghost@acme.example", "wrong"),
            await BrowserAt(NewAddress()).TrySignInAsync("ghost@acme.example", "wrong"), await BrowserAt(NewAddress()).TrySignInAsync("GHOST@Acme.Example", "wrong"),
        ];
        var unproved = await BrowserAt(NewAddress()).TrySignInAsync("ghost@claimed-acme.example", "wrong");

        Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.TooManyRequests), "also in the network that the person is known in");
        Assert.That(answers.Select(answer => answer.Body.Length - answer.Forms.Sum(form => form.Fields.Sum(field => field.Value.Length))).Distinct().Count(), Is.LessThanOrEqualTo(3));
        Assert.That(unproved.Status, Is.EqualTo(HttpStatusCode.OK), "a domain that is not verified is nobody's");
    }

    [Test]
    public async Task A_name_without_a_domain_of_the_organization_neither_counts_nor_waits_whoever_has_it()
    {
        var (first, _) = await AddAsync("crowd");
        for (var i = 0; i < Budget + 1; i++) await BrowserAt(NewAddress()).TrySignInAsync((await AddAsync("crowd")).Person.UserName!, "wrong");
        var before = await BrowserAt(NewAddress()).TrySignInAsync(first.Email!, People.Password);
        await SprayAsync("crowd");

        var member = await BrowserAt(NewAddress()).TrySignInAsync(first.UserName!, "wrong");
        List<HttpStatusCode> nobody = [];
        for (var i = 0; i < 20; i++) nobody.Add((await BrowserAt(NewAddress()).TrySignInAsync($"nobody{i}", "wrong")).Status);

        Assert.That(before.IsRedirect, Is.True);
        Assert.That((HttpStatusCode[])[member.Status, .. nobody], Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That((await BrowserAt(NewAddress()).TrySignInAsync(first.Email!, "wrong")).Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
    }

    [Test]
    public async Task Administrators_are_told_once_in_a_window()
    {
        var (member, _) = await AddAsync("told");
        await SprayAsync("told");

        for (var i = 0; i < 3; i++) await BrowserAt(NewAddress()).TrySignInAsync(member.Email!, "wrong");
        var first = await AuditAsync("told");
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        await SprayAsync("told");
        await BrowserAt(NewAddress()).TrySignInAsync(member.Email!, "wrong");
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
        var answer = await elsewhere.TrySignInAsync(member.Email!, People.Password);

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
        await RecordAsync("warm@count.example");

        var (somebody, nobody) = (await RecordAsync(member.Email!), await RecordAsync("ghost@count.example"));
        Server.Clock.Advance(TimeSpan.FromHours(1));
        await SprayAsync("count");
        await RecordAsync(member.Email!); // tells of it
        var full = await RecordAsync(member.Email!);
        var plan = await Server.WithDatabaseAsync(db => QueryPlan.ExplainAsync(db, full.Statements[^1]));

        Assert.That(somebody.Statements.Select(s => s.Text), Is.EqualTo(nobody.Statements.Select(s => s.Text)));
        Assert.That(full.Statements, Has.Count.EqualTo(2), full.ToString());
        Assert.That(full.Statements[0].Text, Does.Contain("IdentityProviders"), "where the domain's people sign in");
        Assert.That(plan.FullScans, Is.Empty, plan.ToString());
        if (Database is DatabaseKind.Sqlite) Assert.That(string.Join('\n', plan.Steps), Does.Contain("IX_SignInDecisions_OrganizationId_At (OrganizationId=? AND At>?)"), plan.ToString());
    }

    /// <summary>Wrong passwords, each on another account and from another network.</summary>
    private async Task SprayAsync(string organization, int times = Budget)
    {
        for (var i = 0; i < times; i++)
        {
            var person = await AddMemberAsync(organization);
            Assert.That((await BrowserAt(NewAddress()).TrySignInAsync(person.Email!, "Summer-2026-Password")).Status, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    /// <summary>A member, and the browser they are known in.</summary>
    private async Task<(User Person, BrowserClient Own)> AddAsync(string organization)
    {
        var person = await AddMemberAsync(organization);
        var own = BrowserAt(NewAddress());
        Assert.That((await own.TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.True);
        return (person, own);
    }

    private async Task<User> AddMemberAsync(string organization)
    {
        var person = await Server.AddPersonAsync(user =>
        {
            (user.Email, user.EmailConfirmed) = ($"{user.UserName}@{organization}.example", true);
            user.NormalizedEmail = user.Email.ToUpperInvariant();
        });
        await Server.WithDatabaseAsync(async db =>
        {
            db.OrganizationMembers.Add(new OrganizationMember { UserId = person.Id, OrganizationId = await db.Organizations.Where(o => o.Name == organization).Select(o => o.Id).SingleAsync() });
            return await db.SaveChangesAsync();
        });
        return person;
    }

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
