using IdP.Groups;
using IdP.Policies;
using IdP.Risk;
using IdP.SignIn;
using IdP.Tests.Mail;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace IdP.Tests.Risk;

/// <summary>A fixture with people of groups, for each of which a policy says what one signal leads to, and browsers that sit where a test says.</summary>
public abstract class RiskTest(DatabaseKind database) : MailTest(database)
{
    protected const string Home = "192.0.2.7", Neighbour = "192.0.2.200", Elsewhere = "203.0.113.9";

    /// <summary>Each group <c>signal-answer</c> has the policy of that name.</summary>
    private static readonly string Groups = string.Join(",\n", Pairs().Select(p => $$"""{ "name": "{{p.Signal}}-{{p.Answer}}" }"""));

    private static readonly string Policies = string.Join(",\n", Pairs().Select(p => $$"""{ "name": "{{p.Signal}}-{{p.Answer}}", "groups": ["{{p.Signal}}-{{p.Answer}}"], "risk": { "{{p.Signal}}": "{{p.Answer}}" } }"""));

    protected override ServerSettings Settings => base.Settings with
    {
        More = new Dictionary<string, string>(base.Settings.More) { ["Lockout:MaxFailuresPerSource"] = "100000", ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1" },
        Configuration = TestConfiguration.With($$"""{ "groups": [{{Groups}}], "signInPolicies": [{{Policies}}] }"""),
    };

    /// <summary>Somebody with a confirmed address who has signed in from home once.</summary>
    protected async Task<(User Person, BrowserClient Browser)> AddSeenAsync(string? group = null, bool withApp = false, string from = Home)
    {
        var person = await AddMailPersonAsync();
        var browser = BrowserAt(from);
        Assert.That((await browser.BeginAsync(person)).Url.AbsolutePath, Is.EqualTo("/account"));
        if (withApp) await Server.AddAppAsync(person);
        if (group is not null) await JoinAsync(person, group);
        return (person, browser);
    }

    protected Task JoinAsync(User person, string group) => Server.WithDatabaseAsync(async db =>
    {
        db.GroupMembers.Add(new GroupMember { UserId = person.Id, GroupId = await db.Groups.Where(g => g.Name == group).Select(g => g.Id).SingleAsync(), });
        return await db.SaveChangesAsync();
    });

    protected BrowserClient BrowserAt(string address)
    {
        var browser = Server.NewBrowser();
        Move(browser, address);
        return browser;
    }

    protected static void Move(BrowserClient browser, string address)
    {
        browser.Http.DefaultRequestHeaders.Remove("X-Forwarded-For");
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
    }

    protected Task<List<SignInDecision>> DecisionsAsync(User person) => Server.WithDatabaseAsync(db => db.SignInDecisions.AsNoTracking().Where(d => d.UserId == person.Id).OrderBy(d => d.At).ToListAsync());

    protected async Task<SignInDecision> LastDecisionAsync(User person) => (await DecisionsAsync(person))[^1];

    protected static IReadOnlyList<RiskSignal> SignalsOf(SignInDecision decision) => PolicyInputs.FromJson(decision.Inputs)!.Risk!.Signals;

    private static IEnumerable<(string Signal, string Answer)> Pairs() =>
        from signal in (string[])["newDevice", "newNetwork", "impossibleTravel", "manyFailures", "listedAddress"] from answer in (string[])["ask", "block"] select (signal, answer);
}
