using System.Net;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Devices;

/// <summary>The person's pages of the device grant (RFC 8628 3.3 and 5): who may answer what, and how often codes can be guessed.</summary>
public sealed class DevicePageTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestClient Tv = new("tv");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "tv", "clientName": "Living-room TV", "applicationType": "device", "tokenEndpointAuthMethod": "none", "requireConsent": false,
                "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedScopes": ["openid", "profile", "api.read"] }
            ] }
            """),
        More = new Dictionary<string, string> { ["Lockout:MaxUserCodeFailures"] = "4", ["Lockout:MaxUserCodeFailuresPerSource"] = "9" },
    };

    /// <summary>The limits of one test are over before the next begins.</summary>
    [SetUp]
    public void ForgetEarlierGuesses() => Server.Clock.Advance(TimeSpan.FromMinutes(6));

    [Test]
    public async Task The_page_asks_everybody_names_the_app_and_its_scopes_and_shows_the_code_again()
    {
        var (browser, _) = await SignedInAsync();
        var started = await Server.NewRelyingParty(Tv).StartDeviceAsync("openid api.read");

        var confirm = await browser.EnterCodeAsync(started.UserCode.ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal));

        Assert.That(confirm.Body, Does.Contain("Connect Living-room TV?").And.Contain(started.UserCode).And.Contain("Read the API").And.Contain("Your user id"));
    }

    [Test]
    public async Task The_complete_address_fills_the_field_and_decides_nothing()
    {
        var (browser, _) = await SignedInAsync();
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid");

        var page = await browser.OpenAsync(started.VerificationUriComplete.PathAndQuery);

        Assert.That(page.FormWith("user_code")["user_code"].Value, Is.EqualTo(started.UserCode));
        Assert.That(page.Body, Does.Not.Contain("Living-room TV"));
        Assert.That((await tv.PollAsync(started)).Error, Is.EqualTo("authorization_pending"));
    }

    [Test]
    public async Task A_remembered_or_unneeded_consent_does_not_spare_the_question()
    {
        var (browser, _) = await SignedInAsync();
        var tv = Server.NewRelyingParty(Tv);
        await browser.ConnectDeviceAsync((await tv.StartDeviceAsync("openid")).UserCode);

        var second = await tv.StartDeviceAsync("openid");
        var page = await browser.EnterCodeAsync(second.UserCode);

        Assert.That(page.Forms.Any(form => form.Has("shown")), Is.True);
        Assert.That((await tv.PollAsync(second)).Error, Is.EqualTo("authorization_pending"));
    }

    [Test]
    public async Task The_code_is_not_in_the_addresses_that_the_sign_in_passes_through()
    {
        var started = await Server.NewRelyingParty(Tv).StartDeviceAsync("openid");
        var browser = Server.NewBrowser();

        var page = await browser.SubmitAsync((await browser.OpenAsync("/device")).FormWith("user_code"), [new("user_code", started.UserCode)]);
        var signIn = await browser.FollowAsync(page);

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.SeeOther));
        Assert.That(signIn.Url.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That(signIn.Url.AbsoluteUri, Does.Not.Contain(started.UserCode).And.Not.Contain(started.UserCode.Replace("-", "", StringComparison.Ordinal)));
    }

    [Test]
    public async Task What_was_shown_to_one_person_or_session_cannot_be_answered_in_another()
    {
        var ((victim, _), (attacker, _), tv) = (await SignedInAsync(), await SignedInAsync(), Server.NewRelyingParty(Tv));
        var started = await tv.StartDeviceAsync("openid");
        var shownToAttacker = (await attacker.EnterCodeAsync(started.UserCode)).FormWith("shown");

        var csrf = (await victim.OpenAsync("/device")).FormWith("user_code")["csrf"].Value;
        var stolen = await victim.PostAsync("/device/answer", [new("csrf", csrf), new("shown", shownToAttacker["shown"].Value), new("scopes", "openid"), new("decision", "allow")]);
        var made = await victim.PostAsync("/device/answer", [new("csrf", csrf), new("shown", "made-up"), new("decision", "allow")]);
        var forged = await victim.PostAsync("/device/answer", [new("shown", shownToAttacker["shown"].Value), new("decision", "allow")]);

        Assert.That((stolen.Status, made.Status, forged.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.BadRequest)));
        Assert.That(stolen.Body, Does.Contain("answered already or has expired"));
        Assert.That((await tv.PollAsync(started)).Error, Is.EqualTo("authorization_pending"));
    }

    [Test]
    public async Task A_request_shown_for_one_code_does_not_answer_another_and_only_the_first_answer_counts()
    {
        var (browser, _) = await SignedInAsync();
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid");
        var confirm = await browser.EnterCodeAsync(started.UserCode);

        await browser.AnswerDeviceAsync(confirm, allow: false);
        var changedMind = await browser.AnswerDeviceAsync(confirm);

        Assert.That(changedMind.Body, Does.Contain("answered already"));
        Assert.That((await tv.PollAsync(started)).Error, Is.EqualTo("access_denied"));
        Assert.That((await browser.EnterCodeAsync(started.UserCode)).Body, Does.Contain("not known here"));
    }

    [Test]
    public async Task Of_parallel_answers_one_counts()
    {
        var (browser, _) = await SignedInAsync();
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid");
        var confirm = await browser.EnterCodeAsync(started.UserCode);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => browser.SubmitAsync(confirm.FormWith("shown"), [], new("decision", i % 2 == 0 ? "allow" : "deny"))));

        var counted = answers.Single(answer => answer.IsRedirect);
        Assert.That((await tv.PollAsync(started)).Error, Is.EqualTo(counted.LocationParameters["outcome"] == "allowed" ? null : "access_denied"));
        var entries = await Server.WithDatabaseAsync(db => db.AuditEntries.CountAsync(e => e.Action.StartsWith("device.") && e.At > Server.Clock.Time.GetUtcNow().AddMinutes(-1)));
        Assert.That(entries, Is.EqualTo(1), "and what did not count is not in the audit log");
    }

    [Test]
    public async Task A_person_who_must_change_the_password_does_so_first()
    {
        var (browser, _) = await SignedInAsync(mustChangePassword: true);
        var started = await Server.NewRelyingParty(Tv).StartDeviceAsync("openid");

        var page = await browser.EnterCodeAsync(started.UserCode);

        Assert.That(page.Url.AbsolutePath, Is.EqualTo("/account/password"));
    }

    [Test]
    public async Task One_person_runs_out_of_guesses_and_right_codes_do_not_count()
    {
        var (browser, _) = await SignedInAsync();
        var tv = Server.NewRelyingParty(Tv);
        for (var i = 0; i < 6; i++) Assert.That((await browser.EnterCodeAsync((await tv.StartDeviceAsync("openid")).UserCode)).Body, Does.Contain("Connect Living-room TV?"));

        for (var i = 0; i < 4; i++) Assert.That((await browser.EnterCodeAsync("BBBB-BBB" + "BCDF"[i])).Body, Does.Contain("not known here"));
        var right = await tv.StartDeviceAsync("openid");
        var limited = await browser.EnterCodeAsync(right.UserCode);
        var (other, _) = await SignedInAsync();
        var ofOther = await other.EnterCodeAsync(right.UserCode);
        Server.Clock.Advance(TimeSpan.FromMinutes(5));
        var later = await browser.EnterCodeAsync((await tv.StartDeviceAsync("openid")).UserCode);

        Assert.That(limited.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(limited.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.FromMinutes(3)).And.LessThanOrEqualTo(TimeSpan.FromMinutes(5)));
        Assert.That(limited.Body, Does.Contain("Too many codes").And.Not.Contain("Living-room TV"), "a right guess is not told from a wrong one");
        Assert.That(ofOther.Body, Does.Contain("Connect Living-room TV?"));
        Assert.That(later.Body, Does.Contain("Connect Living-room TV?"));
    }

    [Test]
    public async Task One_address_runs_out_of_guesses_whoever_is_signed_in()
    {
        var statuses = new List<HttpStatusCode>();
        for (var person = 0; person < 4; person++)
        {
            var (browser, _) = await SignedInAsync();
            for (var i = 0; i < 3; i++) statuses.Add((await browser.EnterCodeAsync("CCCC-CC" + "BCDF"[person] + "BCDF"[i])).Status);
        }

        Assert.That(statuses.Take(9), Has.All.EqualTo(HttpStatusCode.OK));
        Assert.That(statuses.Skip(9), Has.All.EqualTo(HttpStatusCode.TooManyRequests));
    }

    [Test]
    public async Task Parallel_guesses_gain_nothing_over_the_same_guesses_one_by_one()
    {
        var (browser, _) = await SignedInAsync();
        var form = (await browser.OpenAsync("/device")).FormWith("user_code");

        var pages = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
            await browser.FollowAsync(await browser.SubmitAsync(form, [new("user_code", "DDDD-DD" + "BCDFGHJKLM"[i / 2] + "BC"[i % 2])]))));

        Assert.That(pages.Count(page => page.Status == HttpStatusCode.OK), Is.EqualTo(4));
    }

    [Test]
    public async Task What_is_no_code_costs_no_guess_and_a_stranger_can_look_nothing_up()
    {
        var (browser, _) = await SignedInAsync();
        var started = await Server.NewRelyingParty(Tv).StartDeviceAsync("openid");
        foreach (var typed in new[] { "12345678", "AEIOUAEI", "BCDF", "<script>alert(1)</script>", new string('x', 5000), "BCDF-GHJK\u0000" })
            Assert.That((await browser.EnterCodeAsync(typed)).Body, Does.Contain("not a code").Or.Contain("not right").And.Not.Contain("<script>alert"), typed);
        var stranger = Server.NewBrowser();

        var asStranger = await stranger.EnterCodeAsync(started.UserCode);

        Assert.That(asStranger.Url.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That((await browser.EnterCodeAsync(started.UserCode)).Body, Does.Contain("Connect Living-room TV?"));
    }

    [Test]
    public async Task The_answer_is_in_the_audit_log_with_the_person_the_client_and_the_scopes()
    {
        var (browser, person) = await SignedInAsync();
        await browser.ConnectDeviceAsync((await Server.NewRelyingParty(Tv).StartDeviceAsync("openid api.read")).UserCode);

        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.SingleAsync(e => e.Action == "device.allowed" && e.ActorId == person));

        Assert.That((entry.TargetType, entry.TargetId), Is.EqualTo(("client", "tv")));
        Assert.That(entry.Details, Does.Contain("api.read"));
    }

    private async Task<(BrowserClient Browser, Guid Person)> SignedInAsync(bool mustChangePassword = false)
    {
        var person = await Server.AddPersonAsync(user => user.MustChangePassword = mustChangePassword);
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        return (browser, person.Id);
    }
}
