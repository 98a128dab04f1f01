using System.Text.Json;
using IdP.Policies;
using IdP.Risk;
using IdP.SignIn;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace IdP.Tests.Risk;

/// <summary>Signals that are found in what is known of the person.</summary>
public sealed class RiskSignalTests(DatabaseKind database) : RiskTest(database)
{
    [Test]
    public async Task In_a_new_browser_a_right_password_opens_nothing_and_does_not_say_why()
    {
        var (person, known) = await AddSeenAsync("newDevice-block");
        using var other = BrowserAt(Home);

        var refused = await other.BeginAsync(person);
        var decision = await LastDecisionAsync(person);
        var same = await known.BeginAsync(person);

        Assert.That((refused.Url.AbsolutePath, other.Cookie("idp.session")), Is.EqualTo(("/signin/refused", (string?)null)));
        Assert.That(refused.Body, Does.Contain("This sign-in was stopped").And.Contain("administrator").And.Contain(decision.TraceId!).And.Not.Contain("browser that"));
        Assert.That((decision.Outcome, SignalsOf(decision)), Is.EqualTo((SignInOutcome.BlockedByRisk, (RiskSignal[])[RiskSignal.NewDevice])));
        Assert.That(Reasons(decision), Is.EqualTo(new[] { new PolicyReason("newDevice-block", "risk.newDevice", "block", Met: false) }));
        Assert.That(same.Url.AbsolutePath, Is.EqualTo("/account"));
    }

    [Test]
    public async Task Somebody_new_is_in_no_new_browser_and_no_new_network()
    {
        foreach (var group in (string[])["newDevice-block", "newNetwork-block"])
        {
            var person = await AddMailPersonAsync();
            await JoinAsync(person, group);

            var first = await BrowserAt(Home).BeginAsync(person);

            Assert.That((first.Url.AbsolutePath, SignalsOf(await LastDecisionAsync(person))), Is.EqualTo(("/account", Array.Empty<RiskSignal>())), group);
        }
    }

    [Test]
    public async Task A_network_is_known_for_ninety_days_after_the_last_sign_in_from_it_and_neighbours_are_the_same_network()
    {
        var (person, browser) = await AddSeenAsync("newNetwork-block");

        Move(browser, Neighbour);
        var neighbour = await browser.BeginAsync(person);
        Move(browser, Elsewhere);
        var elsewhere = await browser.BeginAsync(person);
        Server.Clock.Advance(TimeSpan.FromDays(89));
        Move(browser, Home);
        var within = await browser.BeginAsync(person);
        Server.Clock.Advance(TimeSpan.FromDays(91));
        var after = await browser.BeginAsync(person);

        Assert.That((string[])[neighbour.Url.AbsolutePath, elsewhere.Url.AbsolutePath, within.Url.AbsolutePath, after.Url.AbsolutePath], Is.EqualTo((string[])["/account", "/signin/refused", "/account", "/signin/refused"]));
    }

    [Test]
    public async Task A_refused_sign_in_makes_no_network_known()
    {
        var (person, browser) = await AddSeenAsync("newNetwork-block");
        Move(browser, Elsewhere);

        for (var i = 0; i < 2; i++) Assert.That((await browser.BeginAsync(person)).Url.AbsolutePath, Is.EqualTo("/signin/refused"));
    }

    [Test]
    public async Task An_address_of_the_new_protocol_is_known_by_its_site()
    {
        var (person, browser) = await AddSeenAsync("newNetwork-block", from: "2001:db8:1:2::7");

        Move(browser, "2001:db8:1:ffff::1");
        var site = await browser.BeginAsync(person);
        Move(browser, "2001:db8:2::1");
        var other = await browser.BeginAsync(person);

        Assert.That((site.Url.AbsolutePath, other.Url.AbsolutePath), Is.EqualTo(("/account", "/signin/refused")));
    }

    [Test]
    public async Task Whoever_has_a_factor_shows_it_now_even_in_a_remembered_browser()
    {
        var (person, browser) = await AddSeenAsync("newNetwork-ask", withApp: true);
        await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code(), remember: true);
        Server.Clock.Advance(TimeSpan.FromMinutes(1));

        var home = await browser.BeginAsync(person);
        Move(browser, Elsewhere);
        var asked = await browser.BeginAsync(person);
        var done = await browser.TypeCodeAsync(asked, Server.Code());
        var decisions = await DecisionsAsync(person);
        var again = await browser.BeginAsync(person);

        Assert.That((home.Url.AbsolutePath, asked.Url.AbsolutePath, done.Location?.AbsolutePath), Is.EqualTo(("/account", "/signin/factor", "/account")));
        Assert.That(asked.Body, Does.Not.Contain("name=\"remember\""));
        Assert.That(decisions[^2..].Select(d => (d.Outcome, Reasons(d)[0].Met)), Is.EqualTo(new[] { (SignInOutcome.FactorNeeded, false), (SignInOutcome.Success, true) }));
        Assert.That(again.Url.AbsolutePath, Is.EqualTo("/account"), "the network is known from then on, and the browser still remembered");
    }

    [Test]
    public async Task Whoever_has_only_the_password_cannot_add_the_factor_that_risk_asks_for()
    {
        var (person, _) = await AddSeenAsync("newDevice-ask");
        using var thief = BrowserAt(Home);

        var refused = await thief.BeginAsync(person);

        Assert.That((refused.Url.AbsolutePath, thief.Cookie("idp.session")), Is.EqualTo(("/signin/refused", (string?)null)));
        Assert.That((await LastDecisionAsync(person)).Outcome, Is.EqualTo(SignInOutcome.BlockedByRisk));
        Assert.That(await Server.WithDatabaseAsync(db => db.PendingLogins.CountAsync(l => l.UserId == person.Id)), Is.Zero, "nothing has begun that could be gone on with");
    }

    [Test]
    public async Task Many_failures_in_strange_browsers_are_a_signal_to_such_browsers_for_a_quarter_of_an_hour()
    {
        var (person, _) = await AddSeenAsync("manyFailures-block");
        using var stranger = BrowserAt(Elsewhere);

        for (var i = 0; i < 4; i++) await stranger.TrySignInAsync(person.UserName!, "wrong");
        var four = await BrowserAt(Home).BeginAsync(person); // the lockout counts anew from here, the signal does not
        await stranger.TrySignInAsync(person.UserName!, "wrong");
        var five = await BrowserAt(Home).BeginAsync(person);
        var decision = await LastDecisionAsync(person);
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var later = await BrowserAt(Home).BeginAsync(person);

        Assert.That((string[])[four.Url.AbsolutePath, five.Url.AbsolutePath, later.Url.AbsolutePath], Is.EqualTo((string[])["/account", "/signin/refused", "/account"]));
        Assert.That((SignalsOf(decision), PolicyInputs.FromJson(decision.Inputs)!.Risk!.Failures), Is.EqualTo(((RiskSignal[])[RiskSignal.NewDevice, RiskSignal.ManyFailures], 5)));
    }

    [TestCase("ask")]
    [TestCase("block")]
    public async Task Failures_of_strangers_keep_nobody_out_of_a_browser_they_are_known_in(string answer)
    {
        var (person, browser) = await AddSeenAsync($"manyFailures-{answer}");
        using var stranger = BrowserAt(Elsewhere);

        for (var i = 0; i < 7; i++) await stranger.TrySignInAsync(person.UserName!, "wrong");
        var known = await browser.BeginAsync(person);

        Assert.That((known.Url.AbsolutePath, SignalsOf(await LastDecisionAsync(person))), Is.EqualTo(("/account", Array.Empty<RiskSignal>())));
    }

    [Test]
    public async Task Failures_of_strangers_hold_up_no_passkey()
    {
        var (person, browser) = await AddSeenAsync("manyFailures-block");
        var authenticator = new SoftwareAuthenticator(Server.Origin);
        await browser.AddPasskeyAsync(authenticator);
        using var stranger = BrowserAt(Elsewhere);
        using var other = BrowserAt(Home);

        for (var i = 0; i < 7; i++) await stranger.TrySignInAsync(person.UserName!, "wrong");
        var alone = await browser.AnswerPasskeyAsync(await browser.OpenAsync("/signin"), authenticator);
        var elsewhere = await other.AnswerPasskeyAsync(await other.OpenAsync("/signin"), authenticator);

        Assert.That((alone.Location?.AbsolutePath, elsewhere.Location?.AbsolutePath), Is.EqualTo(("/account", "/account")));
        Assert.That((await DecisionsAsync(person))[^2..].Select(SignalsOf), Is.EqualTo((RiskSignal[][])[[], [RiskSignal.NewDevice]]));
    }

    [Test]
    public async Task What_was_unusual_at_the_password_is_unusual_at_the_code()
    {
        var (person, _) = await AddSeenAsync("newDevice-ask", withApp: true);
        using var other = BrowserAt(Home);
        var asked = await other.BeginAsync(person);

        var done = await other.TypeCodeAsync(asked, Server.Code());
        var decisions = await DecisionsAsync(person);

        Assert.That(done.Location?.AbsolutePath, Is.EqualTo("/account"));
        Assert.That(decisions[^2..].Select(SignalsOf), Is.All.EqualTo((RiskSignal[])[RiskSignal.NewDevice]));
    }

    [Test]
    public async Task Whoever_moves_between_password_and_code_is_looked_at_again()
    {
        var (person, browser) = await AddSeenAsync("newNetwork-block", withApp: true);
        var asked = await browser.BeginAsync(person);
        Move(browser, Elsewhere);

        var refused = await browser.FollowAsync(await browser.TypeCodeAsync(asked, Server.Code()));

        Assert.That((asked.Url.AbsolutePath, refused.Url.AbsolutePath, refused.Body.Contains("was stopped", StringComparison.Ordinal)), Is.EqualTo(("/signin/factor", "/signin/refused", true)));
        Assert.That((await LastDecisionAsync(person)).Outcome, Is.EqualTo(SignInOutcome.BlockedByRisk));
    }

    [Test]
    public async Task A_blocked_sign_in_is_told_to_the_person_once_an_hour_and_to_auditors_each_time()
    {
        var (person, _) = await AddSeenAsync("newDevice-block");
        using var thief = BrowserAt(Elsewhere);

        await thief.TrySignInAsync(person.UserName!, "wrong");
        for (var i = 0; i < 3; i++) await thief.BeginAsync(person);
        var notice = await Mail.NextAsync(person.Email!);
        var entries = await Server.WithDatabaseAsync(db => db.AuditEntries.AsNoTracking().Where(e => e.Action == "sign_in.blocked" && e.TargetId == person.Id.ToString()).ToListAsync());

        Assert.That(notice.Subject, Is.EqualTo("We stopped a sign-in to localhost"));
        Assert.That(notice.Text, Does.Contain("/account-freeze").And.Contain(Elsewhere));
        Assert.That(Mail.Unread(person.Email!), Is.Null);
        Assert.That(entries, Has.Count.EqualTo(3).And.All.Property("Details").Contains("newDevice").And.All.Property("RemoteAddress").EqualTo(Elsewhere));
    }

    [Test]
    public async Task A_session_that_has_begun_is_not_judged_again()
    {
        var (person, browser) = await AddSeenAsync("newNetwork-block");
        var web = Server.NewRelyingParty(TestClients.Web);
        Move(browser, Elsewhere);

        var served = await browser.OpenAsync(web.NewRequest("openid").Url);

        Assert.That(served.LocationParameters, Contains.Key("code"), person.UserName);
    }

    [Test]
    public async Task It_costs_one_statement_that_indexes_answer_and_nobody_else_pays_it()
    {
        var (person, _) = await AddSeenAsync("newNetwork-ask");
        var (other, _) = await AddSeenAsync();
        async Task<SqlRecording> RecordAsync(string userName)
        {
            using var browser = BrowserAt(Home);
            var page = await browser.GetAsync("/signin");
            return await Server.RecordSqlAsync(() => browser.SignInAsync(page, userName, People.Password));
        }
        await RecordAsync(other.UserName!);

        var (with, without) = (await RecordAsync(person.UserName!), await RecordAsync(other.UserName!));
        var added = with.Statements.Where(s => s.Text.Contains("SignedInBefore", StringComparison.Ordinal)).ToList();
        var plan = await Server.WithDatabaseAsync(db => QueryPlan.ExplainAsync(db, added[0]));

        Assert.That((with.Statements.Count, added.Count), Is.EqualTo((without.Statements.Count + 1, 1)), with.ToString());
        Assert.That(plan.FullScans, Is.Empty, plan.ToString());
        Assert.That(string.Join('\n', plan.Steps), Database is DatabaseKind.Sqlite ? Does.Contain("IX_SignInDecisions_Networks (UserId=? AND Network=? AND At>?)").And.Contain("IX_SignInDecisions_Successes (UserId=?)") : Does.Contain("SignInDecisions"));
    }

    internal static List<PolicyReason> Reasons(SignInDecision decision) => JsonSerializer.Deserialize<List<PolicyReason>>(decision.Reasons!, JsonSerializerOptions.Web)!;
}
