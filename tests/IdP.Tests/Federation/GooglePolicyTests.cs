using IdP.Groups;
using IdP.Policies;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Federation;

/// <summary>Policies and a sign-in that another provider vouches for: its word is one factor.</summary>
public sealed class GooglePolicyTests(DatabaseKind database) : GoogleServerTest(database)
{
    private static readonly UpstreamAccount Bare = new("200", "bare@google.test", true, Name: "Bea Bare"), Waiting = new("201", "waiting@google.test", true), Away = new("202", "away@google.test", true), Newcomer = new("203", "newcomer@google.test", true);

    protected override IReadOnlyList<UpstreamAccount> Accounts => [Bare, Waiting, Away, Newcomer];

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "groups": [{ "name": "two" }, { "name": "soon" }, { "name": "office" }],
              "signInPolicies": [
                { "name": "two", "groups": ["two"], "factors": "mfa" }, { "name": "soon", "groups": ["soon"], "factors": "mfa", "enrolmentGraceDays": 7 }, { "name": "office", "groups": ["office"], "networks": ["192.0.2.0/24"] },
                { "name": "newcomers", "enabled": false, "factors": "phishingResistant" }] }
            """),
    };

    [Test]
    public async Task Whoever_lacks_the_factor_adds_it_on_the_way_and_no_session_begins_before()
    {
        await JoinAsync(Bare, "two");
        using var browser = Server.NewBrowser();

        var page = await SignInAsync(browser, Bare);
        var isSignedIn = await IsSignedInAsync(browser);
        var decision = await LastDecisionAsync();

        Assert.That((page.Url.AbsolutePath, isSignedIn, page.Forms.Any(form => form.Has("secret"))), Is.EqualTo(("/signin/enrol", false, true)));
        Assert.That((decision.Outcome, decision.IdentityProvider), Is.EqualTo((SignInOutcome.EnrolmentNeeded, "google")));
    }

    [Test]
    public async Task Whoever_is_in_grace_goes_on_with_the_word_of_the_other_provider_alone()
    {
        await JoinAsync(Waiting, "soon");
        using var browser = Server.NewBrowser();

        var page = await SignInAsync(browser, Waiting);
        var done = await browser.SubmitAsync(page.Forms.Single(form => form.Action.AbsolutePath == "/signin/enrol/later"), []);
        var session = await Server.WithDatabaseAsync(db => db.Sessions.AsNoTracking().Where(s => db.Users.Any(u => u.Id == s.UserId && u.Email == Waiting.Email)).OrderByDescending(s => s.AuthenticatedAt).FirstAsync());

        Assert.That((done.Location?.AbsolutePath, await IsSignedInAsync(browser)), Is.EqualTo(("/account", true)));
        Assert.That((session.IdentityProvider, string.Join(' ', session.AuthenticationMethods)), Is.EqualTo(("google", "ext")));
    }

    [Test]
    public async Task From_another_network_the_word_of_the_other_provider_opens_nothing()
    {
        await JoinAsync(Away, "office");
        using var browser = Server.NewBrowser();

        var page = await SignInAsync(browser, Away);

        Assert.That((page.Url.AbsolutePath, await IsSignedInAsync(browser), (await LastDecisionAsync()).Outcome), Is.EqualTo(("/signin/refused", false, SignInOutcome.Blocked)));
    }

    [Test]
    public async Task An_account_that_the_first_sign_in_makes_is_there_and_must_add_what_a_policy_for_everybody_asks_for()
    {
        await EnableAsync("newcomers", true);
        using var browser = Server.NewBrowser();
        try
        {
            var page = await SignInAsync(browser, Newcomer);

            Assert.That((page.Url.AbsolutePath, await IsSignedInAsync(browser)), Is.EqualTo(("/signin/enrol", false)));
            Assert.That(await UsersWithAsync(Newcomer.Email), Has.Count.EqualTo(1));
        }
        finally
        {
            await EnableAsync("newcomers", false);
        }
    }

    /// <summary>Makes the account by a first sign-in, as the provider does, and puts it into the group.</summary>
    private async Task JoinAsync(UpstreamAccount account, string group)
    {
        using var browser = Server.NewBrowser();
        Assert.That((await SignInAsync(browser, account)).Url.AbsolutePath, Is.EqualTo("/account"));
        var person = (await UsersWithAsync(account.Email)).Single();
        await Server.WithDatabaseAsync(async db =>
        {
            db.GroupMembers.Add(new GroupMember { UserId = person.Id, GroupId = await db.Groups.Where(g => g.Name == group).Select(g => g.Id).SingleAsync() });
            return await db.SaveChangesAsync();
        });
    }

    private Task<int> EnableAsync(string policy, bool enabled) => Server.WithDatabaseAsync(async db =>
    {
        (await db.SignInPolicies.SingleAsync(p => p.Name == policy)).Enabled = enabled;
        return await db.SaveChangesAsync();
    });
}
