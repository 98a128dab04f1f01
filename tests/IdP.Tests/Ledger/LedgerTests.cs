using System.Net;
using IdP.Ledger;
using IdP.Audit;
using IdP.Protocol.Grants;
using IdP.SignIn;
using IdP.Tests.AccountApi;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Ledger;

/// <summary>People read what happened to their account.</summary>
public sealed class LedgerTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.With(AccountApps.Configuration) };

    [Test]
    public async Task Sign_ins_apps_own_changes_and_those_of_others_are_told_in_words_the_newest_first()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, "not the password");
        await Server.NewRelyingParty(TestClients.Web).SignInAsync(browser, "openid profile", new(person.UserName!, People.Password));
        await browser.SubmitAsync((await browser.GetAsync("/account/profile")).FormWith("givenName"), [new("name", "Somebody Else")]);
        var admin = await Server.WithDatabaseAsync(db => db.Users.Where(u => u.UserName == TestUsers.Root.UserName).Select(u => u.Id).SingleAsync());
        var helper = await AddHelperAsync();
        await AddAuditAsync(("user.updated", admin, "console"), ("user.signed_out", helper, "console"), ("user.updated", null, "file"), ("sign_in.blocked", null, "signin"));

        var page = await browser.GetAsync("/account/activity");
        var token = await Server.AccountTokenAsync(person, AccountApps.Read);
        var entries = (await Server.CallAsync(token, HttpMethod.Get, "/activity")).List("entries").Select(e => (e.GetProperty("kind").GetString(), e.GetProperty("actor").GetString(), e.GetProperty("app").GetString(), e.GetProperty("address").ValueKind != System.Text.Json.JsonValueKind.Null)).ToList();

        Assert.That(page.Body, Does.Contain("Wrong password").And.Contain("Signed in").And.Contain("Corporate web app").And.Contain("Profile changed").And.Contain("An administrator").And.Contain("The help desk").And.Contain("Account data or rights changed"));
        Assert.That(page.Body, Does.Not.Contain("203.0.113.9"), "whoever else it was, their address is theirs");
        Assert.That(page.Body.IndexOf("Account data or rights changed", StringComparison.Ordinal), Is.LessThan(page.Body.IndexOf("Profile changed", StringComparison.Ordinal)));
        Assert.That(entries, Has.Member(("sign_in.wrong_password", "somebody", "Corporate web app", true)).Or.Member(("sign_in.wrong_password", "somebody", (string?)null, true)));
        Assert.That(entries, Has.Member(("tokens.issued", "you", "Corporate web app", false)));
        Assert.That(entries, Has.Member(("user.profile_changed", "you", (string?)null, true)));
        Assert.That(entries, Has.Member(("user.updated", "administrator", (string?)null, false)));
        Assert.That(entries, Has.Member(("user.signed_out", "help_desk", (string?)null, false)));
        Assert.That(entries, Has.Member(("sign_in.blocked", "somebody", (string?)null, true)));

        Task<int> AddAuditAsync(params (string Action, Guid? Actor, string Source)[] entries) => Server.WithDatabaseAsync(async db =>
        {
            foreach (var (action, actor, source) in entries)
                db.AuditEntries.Add(new AuditEntry { At = Server.Clock.Time.GetUtcNow(), Action = action, ActorId = actor, Source = source, TargetType = "user", TargetId = person.Id.ToString(), RemoteAddress = actor is null ? "198.51.100.7" : "203.0.113.9" });
            return await db.SaveChangesAsync();
        });
    }

    [Test]
    public async Task Nobody_sees_what_happened_to_others()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        await Server.AccountTokenAsync(other);

        var entries = (await Server.CallAsync(await Server.AccountTokenAsync(person, AccountApps.Read), HttpMethod.Get, "/activity")).List("entries");

        Assert.That(entries.Select(e => e.GetProperty("kind").GetString()), Is.EquivalentTo(new[] { "tokens.issued", "sign_in.success" }));
    }

    [Test]
    public async Task Pages_follow_each_other_without_gap_or_repetition_also_where_much_happened_at_once()
    {
        var person = await FilledAsync(people: 1, entries: 40, atOnce: 7);
        var all = await ReadAsync(person, null, 1000);

        var (found, next, pages) = (new List<ActivityEntry>(), (string?)null, 0);
        do
        {
            var page = await ReadAsync(person, next, 9);
            found.AddRange(page.Entries);
            (next, pages) = (page.Next, pages + 1);
        }
        while (next is not null && pages < 100);

        Assert.That(all.Next, Is.Null);
        Assert.That(found, Has.Count.EqualTo(120));
        Assert.That(found.Select(e => (e.At, e.Kind)), Is.EqualTo(all.Entries.Select(e => (e.At, e.Kind))));
        Assert.That(found.Select(e => e.At), Is.Ordered.Descending);
    }

    [Test]
    public async Task A_page_is_one_statement_over_indexes_however_many_rows_there_are()
    {
        var person = await FilledAsync(people: 60, entries: 60, atOnce: 1);
        await Server.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync("ANALYZE"));
        var token = await Server.AccountTokenAsync(await Server.ReadAsync(person), AccountApps.Read);
        await Server.CallAsync(token, HttpMethod.Get, "/activity");

        var recording = await Server.RecordSqlAsync(() => Server.CallAsync(token, HttpMethod.Get, "/activity"));
        var statement = recording.Statements.Single(s => s.Text.Contains("UNION ALL", StringComparison.Ordinal));
        var plan = await Server.WithDatabaseAsync(db => QueryPlan.ExplainAsync(db, statement));

        Assert.That(recording.Statements, Has.Count.LessThanOrEqualTo(3), "the token, the page, and the key to what is personal in it: " + recording);
        Assert.That(plan.FullScans, Is.Empty, plan.ToString());
    }

    [TestCase("nonsense")]
    [TestCase("99999999999999999999.0")]
    [TestCase("-5.1")]
    [TestCase("5.999999")]
    public async Task A_cursor_that_is_none_is_the_first_page(string cursor)
    {
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync((await Server.AddPersonAsync()).UserName!, People.Password);

        var page = await browser.GetAsync("/account/activity?after=" + cursor);

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(page.Body, Does.Contain("Signed in"));
    }

    private async Task<ActivityPage> ReadAsync(User person, string? after, int size)
    {
        await using var scope = Server.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ActivityLog>().ReadAsync(person.Id, after, CancellationToken.None, size);
    }

    /// <summary>The first of several people, each with entries in every table.</summary>
    private async Task<User> FilledAsync(int people, int entries, int atOnce)
    {
        var first = await Server.AddPersonAsync();
        await Server.WithDatabaseAsync(async db =>
        {
            for (var p = 0; p < people; p++)
                for (var i = 0; i < entries; i++)
                {
                    var (id, at) = (p == 0 ? first.Id : Guid.CreateVersion7(), DateTimeOffset.UnixEpoch.AddHours(i / atOnce));
                    // By the person about something else, by the person about themselves, and by others about the person.
                    db.AuditEntries.Add(new AuditEntry { At = at, Action = "user.updated", ActorId = i % 3 == 2 ? null : id, Source = "account", TargetType = i % 3 == 0 ? "session" : "user", TargetId = i % 3 == 0 ? "s" : id.ToString() });
                    db.SignInDecisions.Add(new SignInDecision { At = at, Day = DateOnly.FromDateTime(at.UtcDateTime), UserId = p == 0 ? id : null, Outcome = SignInOutcome.WrongPassword });
                    db.Grants.Add(new Grant { Subject = id.ToString(), CreatedAt = at });
                }
            return await db.SaveChangesAsync();
        });
        return first;
    }

    private async Task<Guid> AddHelperAsync()
    {
        var helper = await Server.AddPersonAsync();
        await Server.WithDatabaseAsync(async db =>
        {
            db.UserRoles.Add(new IdentityUserRole<Guid> { UserId = helper.Id, RoleId = Role.HelpDeskId });
            return await db.SaveChangesAsync();
        });
        return helper.Id;
    }
}
