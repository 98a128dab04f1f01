using System.Net;
using System.Text.Json;
using IdP.Credentials.AuthenticatorApps;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.AccountApi;

/// <summary>Apps add passkeys and authenticator apps for a person, by the checks of the page.</summary>
public sealed class NewFactorTests(DatabaseKind database) : ServerTest(database)
{
    private const string Passkeys = "/factors/passkeys", Apps = "/factors/apps";

    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.With(AccountApps.Configuration) };

    [Test]
    public async Task A_passkey_added_by_an_app_signs_in_and_as_the_first_factor_brings_recovery_codes_and_is_asked_for_next()
    {
        var person = await Server.AddPersonAsync();
        var token = await Server.AccountTokenAsync(person);
        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        var (options, state) = await ChallengeAsync(token);

        var added = await Server.CallAsync(token, HttpMethod.Post, Passkeys, new { credential = Json(authenticator.Create(options)), state, name = "Phone" });
        var listed = (await Server.CallAsync(token, HttpMethod.Get, "/factors")).List("passkeys").Single();
        using var browser = Server.NewBrowser();
        var signedIn = await browser.AnswerPasskeyAsync(await browser.OpenAsync("/signin"), authenticator);
        var next = await Server.CallAsync(token, HttpMethod.Delete, Passkeys + "/" + added.Text("id"));

        Assert.That(options.GetProperty("user").GetProperty("name").GetString(), Is.EqualTo(person.UserName));
        Assert.That(added.Status, Is.EqualTo(HttpStatusCode.Created), added.Json.ToString());
        Assert.That((added.List("recoveryCodes").Count, added.Headers.Location?.OriginalString), Is.EqualTo((10, "/api/v1/me/factors/passkeys/" + added.Text("id"))));
        Assert.That((listed.GetProperty("id").GetString(), listed.GetProperty("name").GetString()), Is.EqualTo((added.Text("id"), "Phone")));
        Assert.That(signedIn.IsRedirect, Is.True);
        Assert.That(next.Refusal, Is.EqualTo((HttpStatusCode.Unauthorized, "insufficient_user_authentication")), "the token is from before there was a factor");
        Assert.That(next.Challenge, Does.Contain("acr_values="));
        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.SingleAsync(a => a.Action == "user.factor_added" && a.ActorId == person.Id));
        Assert.That((entry.Source, entry.Details), Is.EqualTo(("account-api", """{"kind":"passkey","app":"manager"}""")));
    }

    [Test]
    public async Task A_challenge_counts_once_for_its_person_its_session_its_app_and_for_minutes()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var browser = Server.NewBrowser();
        var token = await Server.AccountTokenAsync(person, browser: browser);
        var byAnotherApp = await Server.AccountTokenAsync(person, client: AccountApps.Opaque, browser: browser);
        var inAnotherSession = await Server.AccountTokenAsync(person);
        var stranger = await Server.AccountTokenAsync(other);
        var (options, state) = await ChallengeAsync(token);
        var (_, pageChallenge) = await browser.ChallengeAsync(await browser.OpenAsync("/account/security"));
        Task<(HttpStatusCode, string?)> TryAsync(string who, JsonElement challenge, string sealedState) => RefusalAsync(who, challenge, sealedState, _ => { });
        var refused = (HttpStatusCode.BadRequest, "passkey_refused");

        Assert.That(await TryAsync(stranger, options, state), Is.EqualTo(refused), "another person");
        Assert.That(await TryAsync(inAnotherSession, options, state), Is.EqualTo(refused), "another session");
        Assert.That(await TryAsync(byAnotherApp, options, state), Is.EqualTo(refused), "another app");
        Assert.That(await TryAsync(token, pageChallenge.Options, pageChallenge.State), Is.EqualTo(refused), "a page's");
        Assert.That(await RefusalAsync(token, options, state, a => a.Origin = "https://evil.example"), Is.EqualTo(refused), "another site");
        Assert.That(await RefusalAsync(token, options, state, a => a.Origin = "android:apk-key-hash:8jlKs"), Is.EqualTo(refused), "an app that nobody vouches for");
        Assert.That(await RefusalAsync(token, options, state, a => a.RelyingPartyId = "evil.example"), Is.EqualTo(refused), "another domain");
        Assert.That(await RefusalAsync(token, options, state, a => a.VerifiesUser = false), Is.EqualTo(refused), "nobody verified");
        Assert.That(await Server.WithDatabaseAsync(db => db.UserPasskeys.CountAsync(p => p.UserId == person.Id || p.UserId == other.Id)), Is.Zero);

        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        var answer = Json(authenticator.Create(options));
        var first = await Server.CallAsync(token, HttpMethod.Post, Passkeys, new { credential = answer, state });
        var mfa = await Server.AccountTokenAsync(person, browser: browser); // the session has shown the passkey
        var again = await Server.CallAsync(mfa, HttpMethod.Post, Passkeys, new { credential = answer, state });
        var byAnother = await TryAsync(mfa, options, state);
        var (late, lateState) = await ChallengeAsync(mfa);
        Server.Clock.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1));

        Assert.That(first.Status, Is.EqualTo(HttpStatusCode.Created), first.Json.ToString());
        Assert.That(again.Refusal, Is.EqualTo(refused), "the same again");
        Assert.That(byAnother, Is.EqualTo(refused), "another authenticator to the same challenge");
        Assert.That(await TryAsync(mfa, late, lateState), Is.EqualTo(refused), "late");
        Assert.That(await Server.WithDatabaseAsync(db => db.UserPasskeys.CountAsync(p => p.UserId == person.Id)), Is.EqualTo(1));
    }

    [TestCase("""{}""")]
    [TestCase("""{"credential":null,"state":null}""")]
    [TestCase("""{"credential":"text","state":"text"}""")]
    [TestCase("""{"credential":[1],"state":""}""")]
    [TestCase("""{"credential":{"id":7},"state":"…"}""")]
    public async Task What_is_no_answer_is_refused(string body)
    {
        var token = await Server.AccountTokenAsync(await Server.AddPersonAsync());
        var (_, state) = await ChallengeAsync(token);

        Assert.That((await Server.CallAsync(token, HttpMethod.Post, Passkeys, body)).Refusal, Is.EqualTo((HttpStatusCode.BadRequest, "passkey_refused")));
        Assert.That((await Server.CallAsync(token, HttpMethod.Post, Passkeys, body.Replace("\"text\"}", JsonSerializer.Serialize(state) + "}", StringComparison.Ordinal))).Refusal, Is.EqualTo((HttpStatusCode.BadRequest, "passkey_refused")));
    }

    [Test]
    public async Task An_authenticator_app_counts_when_a_code_shows_that_it_has_the_secret()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        var token = await Server.AccountTokenAsync(person, browser: browser);
        var elsewhere = await Server.AccountTokenAsync(person);
        var offer = await Server.CallAsync(token, HttpMethod.Post, Apps + "/options");
        var (secret, state) = (Base32.Read(offer.Text("secret")!), offer.Text("state")!);
        var code = Totp.CodeAt(secret, Server.Clock.Time.GetUtcNow());
        Task<ApiAnswer> ConfirmAsync(string who, string? sealedState, string shown) => Server.CallAsync(who, HttpMethod.Post, Apps, new { state = sealedState, code = shown, name = "Tablet" });

        var wrong = await ConfirmAsync(token, state, code == "000000" ? "000001" : "000000");
        var foreign = await ConfirmAsync(elsewhere, state, code);
        var nothing = await ConfirmAsync(token, null, code);
        var before = await Server.WithDatabaseAsync(db => db.Credentials.CountAsync(c => c.UserId == person.Id));
        var right = await ConfirmAsync(token, state, code);
        var again = await ConfirmAsync(await Server.AccountTokenAsync(person, browser: browser), state, code);
        using var other = Server.NewBrowser();
        Server.Clock.Advance(TimeSpan.FromSeconds(60));
        var signedIn = await other.TypeCodeAsync(await other.BeginAsync(person), Totp.CodeAt(secret, Server.Clock.Time.GetUtcNow()));

        Assert.That(offer.Text("uri"), Does.StartWith("otpauth://totp/").And.Contain("secret=" + offer.Text("secret")));
        Assert.That((wrong.Refusal, wrong.List("errors")[0].GetProperty("field").GetString()), Is.EqualTo(((HttpStatusCode.BadRequest, "wrong_code"), "code")));
        Assert.That((foreign.Refusal, nothing.Refusal), Is.EqualTo(((HttpStatusCode.BadRequest, "secret_expired"), (HttpStatusCode.BadRequest, "secret_expired"))));
        Assert.That((before, right.Status, right.List("recoveryCodes").Count), Is.EqualTo((0, HttpStatusCode.Created, 10)));
        Assert.That(again.Refusal, Is.EqualTo((HttpStatusCode.BadRequest, "secret_used")));
        Assert.That(signedIn.IsRedirect, Is.True);
        var app = await Server.WithDatabaseAsync(db => db.Credentials.SingleAsync(c => c.UserId == person.Id && c.Kind == IdP.Credentials.CredentialKinds.AuthenticatorApp));
        Assert.That((app.Id.ToString(), app.Name), Is.EqualTo((right.Text("id"), "Tablet")));
    }

    [Test]
    public async Task Nothing_is_added_long_after_a_proof()
    {
        var token = await Server.AccountTokenAsync(await Server.AddPersonAsync());
        Server.Clock.Advance(TimeSpan.FromMinutes(16));

        foreach (var path in new[] { Passkeys + "/options", Passkeys, Apps + "/options", Apps })
            Assert.That((await Server.CallAsync(token, HttpMethod.Post, path, new { })).Refusal, Is.EqualTo((HttpStatusCode.Unauthorized, "insufficient_user_authentication")), path);
    }

    private async Task<(JsonElement Options, string State)> ChallengeAsync(string token)
    {
        var answer = await Server.CallAsync(token, HttpMethod.Post, Passkeys + "/options");
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Json.ToString());
        Assert.That(answer.Headers.Contains("Set-Cookie"), Is.False);
        return (answer.Json.GetProperty("options"), answer.Text("state")!); // strings both
    }

    private async Task<(HttpStatusCode, string?)> RefusalAsync(string token, JsonElement options, string state, Action<SoftwareAuthenticator> lie)
    {
        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        lie(authenticator);
        return (await Server.CallAsync(token, HttpMethod.Post, Passkeys, new { credential = Json(authenticator.Create(options)), state })).Refusal;
    }

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
