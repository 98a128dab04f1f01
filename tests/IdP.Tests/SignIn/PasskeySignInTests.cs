using System.Net;
using IdP.Users;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.SignIn;

public sealed class PasskeySignInTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => new(Database) { More = new Dictionary<string, string> { ["Lockout:MaxFailuresPerSource"] = "100000" } };

    [Test]
    public async Task A_passkey_alone_signs_in_and_says_that_it_cannot_be_phished()
    {
        var (person, authenticator) = await NewAsync();
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var request = web.NewRequest("openid");

        var page = await browser.FollowAsync(await browser.AnswerPasskeyAsync(await browser.OpenAsync(request.Url), authenticator));
        var token = Jwt.Parse((await web.ExchangeCodeAsync(new AuthorizationAnswer(request, page.LocationParameters))).Expected().IdToken!);

        Assert.That((token.Text("sub"), token.Text("acr")), Is.EqualTo((person.Id.ToString(), "phr")));
        Assert.That(token.Payload.GetProperty("amr").EnumerateArray().Select(v => v.GetString()), Is.EquivalentTo((string[])["pop", "user", "mfa"]));
    }

    [Test]
    public async Task With_a_passkey_the_password_alone_is_not_enough_and_the_passkey_is_the_second_factor()
    {
        var (person, authenticator) = await NewAsync();
        using var browser = Server.NewBrowser();

        var asked = await browser.BeginAsync(person);
        var done = await browser.AnswerPasskeyAsync(asked, authenticator);

        Assert.That(asked.Url.AbsolutePath, Is.EqualTo("/signin/factor"));
        Assert.That(done.Location?.AbsolutePath, Is.EqualTo("/account"));
        var decisions = await Server.WithDatabaseAsync(db => db.SignInDecisions.AsNoTracking().Where(d => d.UserId == person.Id).OrderBy(d => d.Id).ToListAsync());
        Assert.That(decisions[^2].Outcome, Is.EqualTo(SignInOutcome.FactorNeeded));
        Assert.That((decisions[^1].Outcome, string.Join(' ', decisions[^1].Factors)), Is.EqualTo((SignInOutcome.Success, "pwd pop user mfa")));
    }

    [Test]
    public async Task An_answer_for_another_site_without_verification_or_signed_by_another_key_opens_nothing()
    {
        var (person, authenticator) = await NewAsync();
        Dictionary<string, Action<SoftwareAuthenticator>> lies = new()
        {
            ["another origin"] = a => a.Origin = "https://evil.test",
            ["another port"] = a => a.Origin = "http://localhost:1",
            ["another domain"] = a => a.RelyingPartyId = "evil.test",
            ["nobody verified"] = a => a.VerifiesUser = false,
        };
        foreach (var (name, lie) in lies)
        {
            using var browser = Server.NewBrowser();
            var (origin, domain) = (authenticator.Origin, authenticator.RelyingPartyId);
            lie(authenticator);
            var answer = await browser.AnswerPasskeyAsync(await browser.OpenAsync("/signin"), authenticator);
            (authenticator.Origin, authenticator.RelyingPartyId, authenticator.VerifiesUser) = (origin, domain, true);
            AssertRefused(answer, browser, name);
        }

        using var forger = new SoftwareAuthenticator(Server.Origin) { CredentialId = authenticator.CredentialId, UserHandle = authenticator.UserHandle };
        using var forged = Server.NewBrowser();
        AssertRefused(await forged.AnswerPasskeyAsync(await forged.OpenAsync("/signin"), forger), forged, "another key");
        using var stranger = new SoftwareAuthenticator(Server.Origin) { UserHandle = authenticator.UserHandle };
        using var strange = Server.NewBrowser();
        AssertRefused(await strange.AnswerPasskeyAsync(await strange.OpenAsync("/signin"), stranger), strange, "an unknown passkey");

        using var own = Server.NewBrowser();
        Assert.That((await own.AnswerPasskeyAsync(await own.OpenAsync("/signin"), authenticator)).IsRedirect, Is.True, "the passkey itself still works");
        Assert.That(person.Enabled, Is.True);
    }

    [Test]
    public async Task Somebody_elses_passkey_is_no_second_factor()
    {
        var (victim, _) = await NewAsync();
        var (_, authenticator) = await NewAsync();
        using var browser = Server.NewBrowser();

        var answer = await browser.AnswerPasskeyAsync(await browser.BeginAsync(victim), authenticator);

        Assert.That((answer.Status, answer.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, "/signin/factor")));
        Assert.That(answer.Body, Does.Contain("was not accepted"));
        Assert.That(browser.Cookie("idp.session"), Is.Null);
    }

    [Test]
    public async Task Guesses_at_codes_do_not_close_the_way_of_the_passkey()
    {
        var (person, authenticator) = await NewAsync();
        for (var i = 0; i < 6; i++)
        {
            using var guesser = Server.NewBrowser();
            await guesser.TypeRecoveryCodeAsync(await guesser.BeginAsync(person), $"AAAA-AAAA-AAAA-AAA{i}");
        }

        using var browser = Server.NewBrowser();
        Assert.That((await browser.AnswerPasskeyAsync(await browser.BeginAsync(person), authenticator)).IsRedirect, Is.True);
    }

    [Test]
    public async Task A_challenge_counts_once_in_one_browser_for_five_minutes()
    {
        var (_, authenticator) = await NewAsync();
        using var own = Server.NewBrowser();
        // As passkeys that are synced: without a counter, so that it is not what stops a replay.
        authenticator.Counts = false;
        var (form, challenge) = await own.ChallengeAsync(await own.OpenAsync("/signin"));
        KeyValuePair<string, string>[] answer = [new("credential", authenticator.Get(challenge.Options)), new("state", challenge.State)];

        using var stranger = Server.NewBrowser();
        var elsewhere = await stranger.SubmitAsync((await stranger.OpenAsync("/signin")).FormWith("credential"), answer);
        var first = await own.SubmitAsync(form, answer);
        var second = await own.SubmitAsync(form, answer);
        var spelledOtherwise = await own.SubmitAsync(form, [answer[0], new("state", challenge.State + " ")]);
        using var slow = Server.NewBrowser();
        var (late, lateChallenge) = await slow.ChallengeAsync(await slow.OpenAsync("/signin"));
        KeyValuePair<string, string>[] lateAnswer = [new("credential", authenticator.Get(lateChallenge.Options)), new("state", lateChallenge.State)];
        Server.Clock.Advance(TimeSpan.FromMinutes(5.1));
        var tooLate = await slow.SubmitAsync(late, lateAnswer);

        Assert.That((elsewhere.IsRedirect, first.IsRedirect, second.IsRedirect, spelledOtherwise.IsRedirect, tooLate.IsRedirect), Is.EqualTo((false, true, false, false, false)));
        Assert.That((await own.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK), "a second answer takes nothing away from the first");
    }

    [Test]
    public async Task A_copy_of_a_passkey_is_noticed_by_its_counter()
    {
        var (person, authenticator) = await NewAsync();
        using var own = Server.NewBrowser();
        authenticator.Counter = 10;
        await own.AnswerPasskeyAsync(await own.OpenAsync("/signin"), authenticator);

        using var thief = Server.NewBrowser();
        authenticator.Counter = 5;
        AssertRefused(await thief.AnswerPasskeyAsync(await thief.OpenAsync("/signin"), authenticator), thief, "an old count");
        Assert.That(await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync(d => d.UserId == person.Id && d.Outcome == SignInOutcome.CopiedPasskey)), Is.EqualTo(1), "administrators see it");
    }

    [Test]
    public async Task A_disabled_person_and_a_removed_passkey_get_the_answer_of_an_unknown_one()
    {
        var (disabled, first) = await NewAsync();
        var (owner, second) = await NewAsync();
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == disabled.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, false)));
        await Server.WithDatabaseAsync(db => db.UserPasskeys.Where(p => p.UserId == owner.Id).ExecuteDeleteAsync());
        using var unknown = new SoftwareAuthenticator(Server.Origin) { UserHandle = second.UserHandle };

        List<Page> answers = [];
        foreach (var authenticator in new[] { first, second, unknown })
        {
            using var browser = Server.NewBrowser();
            answers.Add(await browser.AnswerPasskeyAsync(await browser.OpenAsync("/signin"), authenticator));
            AssertRefused(answers[^1], browser, "");
        }

        Assert.That(answers.Select(a => a.Body.Length).Distinct().Count(), Is.LessThanOrEqualTo(2), "tokens aside, the pages are the same");
    }

    [TestCase("", "")]
    [TestCase("{", "x")]
    [TestCase("null", "CfDJ8AAAA")]
    [TestCase("""{"id":"AA","rawId":"AA","type":"public-key","response":{}}""", "x")]
    public async Task Nonsense_is_refused_on_the_page(string credential, string state)
    {
        using var browser = Server.NewBrowser();
        var form = (await browser.OpenAsync("/signin")).FormWith("credential");

        AssertRefused(await browser.SubmitAsync(form, [new("credential", credential), new("state", state)]), browser, credential);
    }

    [Test]
    public async Task A_challenge_without_the_pages_token_is_not_given()
    {
        using var browser = Server.NewBrowser();

        Assert.That((int)(await browser.PostAsync("/signin/passkey/options", [])).Status, Is.EqualTo(400));
    }

    private async Task<(User Person, SoftwareAuthenticator Authenticator)> NewAsync()
    {
        var person = await Server.AddPersonAsync();
        var authenticator = new SoftwareAuthenticator(Server.Origin);
        using var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        var added = await browser.AddPasskeyAsync(authenticator, "Work laptop");
        Assert.That(added.Body, Does.Contain("Save your recovery codes"), added.Body);
        return (person, authenticator);
    }

    private static void AssertRefused(Page answer, BrowserClient browser, string what)
    {
        Assert.That((answer.Status, browser.Cookie("idp.session")), Is.EqualTo((HttpStatusCode.OK, (string?)null)), what);
        Assert.That(answer.Body, Does.Contain("does not open an account here"), what);
    }
}
