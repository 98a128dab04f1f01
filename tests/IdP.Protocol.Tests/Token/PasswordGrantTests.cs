using System.Net;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Token;

/// <summary>RFC 6749 4.3, under the rules of the sign-in form.</summary>
public sealed class PasswordGrantTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestClient Till = new("till", "till-secret");
    private static readonly TestClient Kiosk = new("kiosk");

    protected override ServerSettings Settings => base.Settings with
    {
        More = new Dictionary<string, string> { ["Lockout:MaxFailuresPerSource"] = "100000" },
        Configuration = TestConfiguration.With("""
            {
              "clients": [
                {
                  "clientId": "till", "clientName": "Old till", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "till-secret" }],
                  "allowedGrantTypes": ["password"], "allowOfflineAccess": true, "allowedScopes": ["openid", "profile", "api.read"]
                },
                { "clientId": "kiosk", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["password"], "accessTokenType": "reference", "allowedScopes": ["openid", "api.read"] }
              ],
              "users": [
                { "userName": "tina", "password": "Correct-Horse-1-Battery", "email": "tina@example.test", "emailVerified": true },
                { "userName": "theo", "password": "Correct-Horse-2-Battery", "email": "theo@example.test", "emailVerified": true },
                { "userName": "mia", "password": "Correct-Horse-3-Battery", "email": "mia@example.test", "emailVerified": true }
              ]
            }
            """),
    };

    private static Task<TokenAnswer> AskAsync(RelyingParty app, string userName, string password, params IEnumerable<KeyValuePair<string, string>> more) =>
        app.TokenAsync([new("grant_type", "password"), new("username", userName), new("password", password), .. more]);

    [Test]
    public async Task An_app_with_the_grant_gets_tokens_of_the_person_without_a_session_and_refreshes_them()
    {
        var till = Server.NewRelyingParty(Till);

        var tokens = (await AskAsync(till, TestUsers.Alice.UserName, TestUsers.Alice.Password, [new("scope", "openid profile api.read offline_access")])).Expected();
        var refreshed = (await till.RefreshAsync(tokens.RefreshToken!)).Expected();

        var (idToken, accessToken) = (Jwt.Parse(tokens.IdToken!), Jwt.Parse(tokens.AccessToken!));
        Assert.That(new[] { idToken, accessToken, Jwt.Parse(refreshed.IdToken!) }.Select(token => token.IsSignedBy(till.KeySetAsync().Result)), Is.All.True);
        Assert.That(idToken.Payload.GetProperty("amr").ToString(), Does.Contain("pwd"));
        Assert.That(new[] { idToken.Text("sid"), accessToken.Text("sid") }, Is.All.Null);
        Assert.That(new[] { accessToken.Text("aud"), accessToken.Text("client_id"), accessToken.Text("sub") }, Is.EqualTo(new[] { "urn:test:api", "till", idToken.Text("sub") }));
        Assert.That((await till.UserInfoAsync(refreshed.AccessToken!)).Expected().Text("name"), Is.EqualTo("Alice Example"));
        Assert.That(tokens.Headers.Contains("Set-Cookie"), Is.False);
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.CountAsync()), Is.Zero);
    }

    [Test]
    public async Task A_confirmed_address_is_a_name_too_and_without_a_scope_the_app_gets_all_it_may_have()
    {
        var tokens = (await AskAsync(Server.NewRelyingParty(Till), " alice@example.test ", TestUsers.Alice.Password)).Expected();

        Assert.That(Jwt.Parse(tokens.AccessToken!).Text("scope")!.Split(' '), Is.EquivalentTo(new[] { "openid", "profile", "api.read" }));
        Assert.That(tokens.RefreshToken, Is.Null);
    }

    [Test]
    public async Task Unknown_wrong_disabled_locked_and_owing_a_new_password_get_one_and_the_same_refusal()
    {
        var till = Server.NewRelyingParty(Till);
        await Server.WithDatabaseAsync(db => db.Users.Where(user => user.UserName == "mia").ExecuteUpdateAsync(user => user.SetProperty(x => x.MustChangePassword, true)));
        for (var i = 0; i < 5; i++) await AskAsync(till, "theo", "wrong");

        TokenAnswer[] refusals =
        [
            await AskAsync(till, "nobody-at-all", "Correct-Horse-7-Battery"), await AskAsync(till, "tina", "wrong"), await AskAsync(till, TestUsers.Carol.UserName, TestUsers.Carol.Password),
            await AskAsync(till, "theo", "Correct-Horse-2-Battery"), await AskAsync(till, "mia", "Correct-Horse-3-Battery"), await AskAsync(till, new string('x', 5000), new string('y', 5000)),
            await AskAsync(till, "ünï\u202E\U0001F600", "\t\u0001"),
        ];

        Assert.That(refusals.Select(refusal => (refusal.Status, refusal.Body)).Distinct().Count(), Is.EqualTo(1), string.Join(Environment.NewLine, refusals.Select(refusal => refusal.Body)));
        Assert.That((refusals[0].Status, refusals[0].Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_grant")));
        var outcomes = await Server.WithDatabaseAsync(db => db.SignInDecisions.Where(d => d.ClientId == "till").Select(d => d.Outcome).Distinct().ToListAsync());
        Assert.That(outcomes, Is.SupersetOf(new[] { SignInOutcome.UnknownUser, SignInOutcome.WrongPassword, SignInOutcome.Disabled, SignInOutcome.LockedOut, SignInOutcome.MoreNeeded }), "for the administrator they differ");
    }

    [Test]
    public async Task Wrong_passwords_count_together_with_those_of_the_form()
    {
        var till = Server.NewRelyingParty(Till);
        for (var i = 0; i < 5; i++) await AskAsync(till, "tina", "wrong");
        using var browser = Server.NewBrowser();

        var page = await browser.SignInAsync(await browser.GetAsync("/signin"), "tina", "Correct-Horse-1-Battery");

        Assert.That(page.IsRedirect, Is.False);
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        (await AskAsync(till, "tina", "Correct-Horse-1-Battery")).Expected();
    }

    [Test]
    public async Task The_cookie_of_a_browser_the_person_used_does_not_help_an_app_past_the_lock()
    {
        using var browser = Server.NewBrowser();
        await browser.SignInAsync(await browser.GetAsync("/signin"), TestUsers.Bob.UserName, TestUsers.Bob.Password);
        var till = Server.NewRelyingParty(Till);
        for (var i = 0; i < 5; i++) await AskAsync(till, TestUsers.Bob.UserName, "wrong");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token")
        {
            Headers = { Authorization = RelyingParty.Basic("till", "till-secret") },
            Content = new FormUrlEncodedContent([new("grant_type", "password"), new("username", TestUsers.Bob.UserName), new("password", TestUsers.Bob.Password)]),
        };

        var answer = await TokenAnswer.ReadAsync(await browser.Http.SendAsync(request)); // with the browser's cookies

        Assert.That(answer.Error, Is.EqualTo("invalid_grant"));
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
    }

    [TestCase("web", "web-secret", "openid", "unauthorized_client")]
    [TestCase("machine", "machine-secret", "api.read", "unauthorized_client")]
    [TestCase("till", "till-secret", "api.write", "invalid_scope")]
    [TestCase("till", "till-secret", "openid no.such.scope", "invalid_scope")]
    [TestCase("till", "wrong", "openid", "invalid_client")]
    [TestCase("till", null, "openid", "invalid_client")]
    [TestCase("kiosk", null, "openid offline_access", "invalid_scope,invalid_request")]
    public async Task Nobody_gets_more_by_a_password_than_the_client_was_given(string client, string? secret, string scope, string errors)
    {
        var answer = await AskAsync(Server.NewRelyingParty(new TestClient(client, secret)), TestUsers.Alice.UserName, TestUsers.Alice.Password, [new("scope", scope)]);

        Assert.That(answer.Error, Is.AnyOf([.. errors.Split(',')]), answer.Body);
    }

    [TestCase("username=alice")]
    [TestCase("password=x")]
    [TestCase("username=&password=")]
    [TestCase("username=alice&username=bob&password=x")]
    [TestCase("username=alice&password=x&password=y")]
    [TestCase("username=al%00ice&password=x")]
    public async Task A_malformed_request_is_told_so(string form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token")
        {
            Headers = { Authorization = RelyingParty.Basic("till", "till-secret") },
            Content = new StringContent("grant_type=password&" + form, new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded")),
        };

        var answer = await TokenAnswer.ReadAsync(await Server.NewHttpClient().SendAsync(request));

        Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")), answer.Body);
    }

    [Test]
    public async Task Disabling_the_person_ends_the_tokens_everywhere_though_no_session_stands_behind_them()
    {
        var (till, kiosk, api) = (Server.NewRelyingParty(Till), Server.NewRelyingParty(Kiosk), Server.NewRelyingParty(TestClients.Api));
        var tokens = (await AskAsync(till, "theo", "Correct-Horse-2-Battery", [new("scope", "openid api.read offline_access")])).Expected();
        var handle = (await AskAsync(kiosk, "theo", "Correct-Horse-2-Battery", [new("scope", "openid api.read")])).Expected().AccessToken!;
        Assert.That((await api.IntrospectAsync(handle)).Text("active"), Is.EqualTo("True"));

        await Server.WithDatabaseAsync(db => db.Users.Where(user => user.UserName == "theo").ExecuteUpdateAsync(user => user.SetProperty(x => x.Enabled, false)));

        Assert.That((await till.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await till.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(new[] { (await api.IntrospectAsync(handle)).Text("active"), (await api.IntrospectAsync(tokens.AccessToken!)).Text("active") }, Is.All.EqualTo("False"));
        await Server.WithDatabaseAsync(db => db.Users.Where(user => user.UserName == "theo").ExecuteUpdateAsync(user => user.SetProperty(x => x.Enabled, true).SetProperty(x => x.AccessFailedCount, 0).SetProperty(x => x.LockoutEnd, (DateTimeOffset?)null)));
    }

    [Test]
    public async Task The_log_warns_once_an_hour_for_each_client_and_holds_no_password()
    {
        int Warnings() => Server.Logs.Entries.Count(entry => entry.Event.Id == 2109 && entry.Message.Contains("till", StringComparison.Ordinal));
        var till = Server.NewRelyingParty(Till);
        Server.Clock.Advance(TimeSpan.FromMinutes(61));
        var before = Warnings();

        for (var i = 0; i < 3; i++) await AskAsync(till, TestUsers.Alice.UserName, TestUsers.Alice.Password);
        var inTheHour = Warnings() - before;
        Server.Clock.Advance(TimeSpan.FromMinutes(61));
        await AskAsync(till, TestUsers.Alice.UserName, TestUsers.Alice.Password);

        Assert.That((inTheHour, Warnings() - before), Is.EqualTo((1, 2)));
        Assert.That(Server.Logs.Contain(TestUsers.Alice.Password), Is.False);
    }
}

/// <summary>A server whose verification work is at its bound.</summary>
public sealed class BusyPasswordGrantTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        More = new Dictionary<string, string> { ["Passwords:MaxConcurrent"] = "1", ["Passwords:MaxWaiting"] = "1", ["Passwords:Iterations"] = "10", ["Lockout:MaxFailuresPerSource"] = "100000" },
        Configuration = TestConfiguration.With("""
            { "clients": [{ "clientId": "till", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "till-secret" }], "allowedGrantTypes": ["password"], "allowedScopes": ["openid"] }] }
            """),
    };

    [Test]
    public async Task Beyond_the_bound_an_app_is_told_to_come_back_and_gets_its_tokens_then()
    {
        var till = Server.NewRelyingParty(new TestClient("till", "till-secret"));
        Task<TokenAnswer> AskAsync() => till.TokenAsync([new("grant_type", "password"), new("username", TestUsers.Alice.UserName), new("password", TestUsers.Alice.Password)]);

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => AskAsync()));

        var busy = answers.Where(answer => answer.Status is HttpStatusCode.TooManyRequests).ToList();
        Assert.That(busy, Is.Not.Empty.And.All.Matches<TokenAnswer>(answer => answer is { Error: "temporarily_unavailable", Headers.RetryAfter: not null }));
        Assert.That(answers.Except(busy).Select(answer => answer.Status), Is.Not.Empty.And.All.EqualTo(HttpStatusCode.OK));
        (await AskAsync()).Expected();
    }
}
