using System.Text.RegularExpressions;
using IdP.Policies;
using IdP.Risk;
using IdP.SignIn;
using IdP.Tests.SignIn;

namespace IdP.Tests.Risk;

/// <summary>A code by mail is two factors to a policy and none to a risk.</summary>
public sealed class MailAndRiskTests(DatabaseKind database) : RiskTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        More = new Dictionary<string, string>(base.Settings.More) { ["SignIn:MailAsSecondFactor"] = "true", ["Lockout:MaxMailsPerSource"] = "1000" },
        Configuration = TestConfiguration.With("""
            {
              "groups": [{ "name": "two" }],
              "signInPolicies": [{ "name": "two factors", "groups": ["two"], "factors": "mfa" }, { "name": "unusual", "groups": ["two"], "risk": { "newNetwork": "ask" } }]
            }
            """),
    };

    [Test]
    public async Task A_risk_that_appears_between_the_two_steps_is_not_answered_by_the_mail()
    {
        var (person, browser) = await AddSeenAsync("two");
        async Task<Page> WithMailAsync(string from)
        {
            Move(browser, Home);
            var offer = await browser.BeginAsync(person);
            Assert.That(offer.Url.AbsolutePath, Is.EqualTo("/signin/factor"));
            var page = await browser.FollowAsync(await browser.SubmitAsync(offer.Forms.Single(f => f.Action.AbsolutePath == "/signin/factor/mail"), []));
            var code = Regex.Match((await Mail.NextAsync(person.Email!)).Subject, "^[0-9]{4} [0-9]{4}").Value;
            Move(browser, from);
            return await browser.FollowAsync(await browser.TypeCodeAsync(page, code));
        }

        var home = await WithMailAsync(Home);
        var elsewhere = await WithMailAsync(Elsewhere);
        var decision = await LastDecisionAsync(person);

        Assert.That((home.Url.AbsolutePath, elsewhere.Url.AbsolutePath), Is.EqualTo(("/account", "/signin/refused")));
        Assert.That((decision.Outcome, SignalsOf(decision)), Is.EqualTo((SignInOutcome.BlockedByRisk, (RiskSignal[])[RiskSignal.NewNetwork])));
        Assert.That(RiskSignalTests.Reasons(decision), Does.Contain(new PolicyReason("unusual", "risk.newNetwork", "ask", Met: false)));
    }
}
