using System.Net;
using System.Text.Json;
using IdP.Access;
using IdP.Groups;
using IdP.Policies;
using IdP.SignIn;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Policies;

/// <summary>Policies at the browser, each for a group of its own.</summary>
public sealed class PolicyEnforcementTests(DatabaseKind database) : ServerTest(database)
{
    private const string Inside = "192.0.2.7", Outside = "203.0.113.9";
    private static readonly TestClient Till = new("till", "till-secret"), Television = new("television");

    protected override ServerSettings Settings => new(Database)
    {
        More = new Dictionary<string, string> { ["Lockout:MaxFailuresPerSource"] = "100000", ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1" },
        Configuration = TestConfiguration.With("""
            {
              "clients": [
                { "clientId": "till", "clientSecrets": [{ "value": "till-secret" }], "allowedGrantTypes": ["password"], "allowedScopes": ["openid"] },
                { "clientId": "television", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedScopes": ["openid"] }
              ],
              "groups": [{ "name": "two" }, { "name": "keys" }, { "name": "fresh" }, { "name": "office" }, { "name": "roaming" }, { "name": "short" }, { "name": "never" }, { "name": "app" }],
              "signInPolicies": [
                { "name": "two factors", "groups": ["two"], "factors": "mfa" },
                { "name": "passkeys", "groups": ["keys"], "factors": "phishingResistant" },
                { "name": "fresh", "groups": ["fresh"], "clients": ["web"], "maxAge": 600 },
                { "name": "office", "groups": ["office"], "networks": ["192.0.2.0/24", "2001:db8::/32"] },
                { "name": "roaming", "groups": ["roaming"], "networks": ["192.0.2.0/24"], "outside": "ask" },
                { "name": "short", "groups": ["short"], "rememberDays": 1 },
                { "name": "never", "groups": ["never"], "rememberDays": 0 },
                { "name": "app", "groups": ["app"], "clients": ["web", "television"], "factors": "mfa" },
                { "name": "off", "enabled": false, "factors": "phishingResistant" }
              ]
            }
            """),
    };

    [Test]
    public async Task Whoever_lacks_the_factor_gets_no_session_and_the_decision_says_why()
    {
        var person = await AddAsync("two");
        using var browser = Server.NewBrowser();

        var refused = await browser.BeginAsync(person);
        var decision = await LastDecisionAsync(person);

        Assert.That((refused.Status, refused.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, "/signin/enrol")));
        Assert.That(browser.Cookie("idp.session"), Is.Null);
        Assert.That(decision.Outcome, Is.EqualTo(SignInOutcome.EnrolmentNeeded));
        Assert.That(Reasons(decision), Is.EqualTo(new[] { new PolicyReason("two factors", "factors", "mfa", Met: false) }));
        Assert.That(PolicyInputs.FromJson(decision.Inputs), Has.Property("UserId").EqualTo(person.Id).And.Property("HasApp").False.And.Property("Groups").EqualTo(new[] { "two" }));
    }

    [Test]
    public async Task Whoever_has_none_adds_an_app_on_the_way_and_is_then_signed_in_with_both()
    {
        var person = await AddAsync("two");
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var request = web.NewRequest("openid");
        var page = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(request.Url), person.UserName!, People.Password));

        var wrong = await browser.SubmitAsync(page.FormWith("secret"), [new("code", "000000")]);
        var before = browser.Cookie("idp.session");
        var codes = await browser.SubmitAsync(wrong.FormWith("secret"), [new("code", CodeOf(wrong))]);
        var again = await browser.GetAsync(page.Url.PathAndQuery);
        var tokens = Jwt.Parse((await web.ExchangeCodeAsync(new AuthorizationAnswer(request, (await browser.FollowAsync(again)).LocationParameters))).Expected().IdToken!);
        using var later = Server.NewBrowser();
        var asked = await later.BeginAsync(person);

        Assert.That((page.Url.AbsolutePath, before), Is.EqualTo(("/signin/enrol", (string?)null)));
        Assert.That(codes.Body, Does.Contain("class=\"codes\"").And.Contain("/connect/authorize"), "recovery codes, and the way on to the app");
        Assert.That(tokens.Payload.GetProperty("amr").EnumerateArray().Select(v => v.GetString()), Is.EquivalentTo((string[])["pwd", "otp", "mfa"]));
        Assert.That((await DecisionsAsync(person)).Select(d => d.Outcome), Is.EqualTo(new[] { SignInOutcome.EnrolmentNeeded, SignInOutcome.Success, SignInOutcome.FactorNeeded }));
        Assert.That(asked.Url.AbsolutePath, Is.EqualTo("/signin/factor"));
    }

    [Test]
    public async Task Where_only_a_passkey_will_do_only_a_passkey_can_be_added()
    {
        var person = await AddAsync("keys");
        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        using var browser = Server.NewBrowser();
        var page = await browser.BeginAsync(person);
        var (form, challenge) = await browser.ChallengeAsync(page);

        var codes = await browser.SubmitAsync(form, [new("credential", authenticator.Create(challenge.Options)), new("state", challenge.State)]);

        Assert.That(page.Forms.Any(f => f.Has("secret")), Is.False);
        Assert.That(codes.Body, Does.Contain("class=\"codes\""));
        Assert.That((await browser.GetAsync("/account")).Body, Does.Contain(person.Name));
    }

    [Test]
    public async Task Nobody_who_has_a_second_factor_adds_another_with_the_password_alone()
    {
        var (two, keys) = (await AddAsync("two"), await AddAsync("keys"));
        foreach (var person in (User[])[two, keys])
        {
            await Server.AddAppAsync(person);
            using var browser = Server.NewBrowser();
            var answer = await browser.TrySignInAsync(person.UserName!, People.Password);
            var login = System.Web.HttpUtility.ParseQueryString(answer.Location!.Query)["login"]!;
            var csrf = (await browser.GetAsync("/signin")).FormWith("username")["csrf"].Value;

            var shown = await browser.GetAsync("/signin/enrol?login=" + login);
            var options = await browser.PostAsync("/signin/enrol/passkey/options", [new("csrf", csrf), new("login", login)]);
            var app = await browser.PostAsync("/signin/enrol/app", [new("csrf", csrf), new("login", login), new("secret", "AAAA"), new("code", "000000")]);

            Assert.That((shown.Location?.AbsolutePath, options.Status, app.Location?.AbsolutePath), Is.EqualTo(("/signin/refused", HttpStatusCode.NotFound, "/signin/refused")));
            Assert.That(browser.Cookie("idp.session"), Is.Null);
        }
    }

    [Test]
    public async Task Until_the_factor_is_there_no_page_and_no_endpoint_opens_anything()
    {
        var person = await AddAsync("two");
        using var browser = Server.NewBrowser();
        var page = await browser.BeginAsync(person);
        var (login, csrf) = (page.FormWith("secret")["login"].Value, page.FormWith("secret")["csrf"].Value);
        var paths = Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
            .Where(path => !path.StartsWith("/assets/", StringComparison.Ordinal)).Select(path => System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]*\}", "x")).Distinct().ToList();

        foreach (var path in paths)
        {
            Page[] answers =
            [
                await browser.GetAsync($"{path}?login={login}&returnUrl=%2Faccount"),
                await browser.PostAsync(path, [new("csrf", csrf)]),
                await browser.PostAsync(path, [new("csrf", csrf), new("login", login), new("way", "app"), new("code", ""), new("secret", ""), new("credential", ""), new("state", ""), new("returnUrl", "/account")]),
            ];
            foreach (var answer in answers)
            {
                Assert.That((int)answer.Status, Is.LessThan(500), path);
                Assert.That(answer.LocationParameters.ContainsKey("code"), Is.False, path);
                if (!path.StartsWith("/signin/", StringComparison.Ordinal)) Assert.That(answer.Body, Does.Not.Contain(person.Name!), path);
            }
            Assert.That(browser.Cookie("idp.session"), Is.Null, path);
        }
        Assert.That(paths, Has.Count.GreaterThan(50));
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.CountAsync(x => x.UserId == person.Id)), Is.Zero);
    }

    [Test]
    public async Task Whoever_has_it_is_asked_for_it_and_then_comes_in()
    {
        var person = await AddAsync("two");
        await Server.AddAppAsync(person);
        using var browser = Server.NewBrowser();

        var done = await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code());
        var decisions = await DecisionsAsync(person);

        Assert.That(done.Location?.AbsolutePath, Is.EqualTo("/account"));
        Assert.That(decisions.Select(d => d.Outcome), Is.EqualTo(new[] { SignInOutcome.FactorNeeded, SignInOutcome.Success }));
        Assert.That(Reasons(decisions[1]), Is.EqualTo(new[] { new PolicyReason("two factors", "factors", "mfa", Met: true) }));
    }

    [Test]
    public async Task Where_only_a_passkey_will_do_no_code_is_taken()
    {
        var person = await AddAsync("keys");
        await Server.AddAppAsync(person);
        using var browser = Server.NewBrowser();
        var without = await browser.BeginAsync(person);
        await JoinAsync(person, "keys", join: false);
        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        using var elsewhere = Server.NewBrowser();
        await elsewhere.TypeCodeAsync(await elsewhere.BeginAsync(person), Server.Code());
        await elsewhere.AddPasskeyAsync(authenticator);
        await JoinAsync(person, "keys");
        Server.Clock.Advance(TimeSpan.FromMinutes(1));

        var asked = await browser.BeginAsync(person);
        var byCode = await browser.PostAsync("/signin/factor", [new("csrf", asked.FormWith("credential")["csrf"].Value), new("login", asked.FormWith("credential")["login"].Value), new("way", "app"), new("code", Server.Code())]);
        var session = browser.Cookie("idp.session");
        var byKey = await browser.AnswerPasskeyAsync(asked, authenticator);

        Assert.That(without.Url.AbsolutePath, Is.EqualTo("/signin/refused"), "an app is not enough");
        Assert.That((byCode.IsRedirect, session), Is.EqualTo((false, (string?)null)));
        Assert.That(asked.Body, Does.Not.Contain("way=app"));
        Assert.That(byKey.Location?.AbsolutePath, Is.EqualTo("/account"));
    }

    [Test]
    public async Task An_old_proof_is_repeated_for_the_apps_of_the_policy_and_for_no_others()
    {
        var person = await AddAsync("fresh");
        using var browser = Server.NewBrowser();
        var (web, opaque) = (Server.NewRelyingParty(TestClients.Web), Server.NewRelyingParty(TestClients.Opaque));
        await web.SignInAsync(browser, "openid", new TestUser(person.UserName!, People.Password));
        Server.Clock.Advance(TimeSpan.FromSeconds(601));

        var other = await browser.OpenAsync(opaque.NewRequest("openid").Url);
        var silent = await browser.OpenAsync(web.NewRequest("openid", [new("prompt", "none")]).Url);
        var asked = await browser.OpenAsync(web.NewRequest("openid").Url);
        var done = await browser.FollowAsync(await browser.SignInAsync(asked, person.UserName!, People.Password));
        var decision = (await DecisionsAsync(person)).Single(d => d.Outcome == SignInOutcome.ProofTooOld && d.ClientId == "web");

        Assert.That(other.LocationParameters, Contains.Key("code"));
        Assert.That(silent.LocationParameters["error"], Is.EqualTo("login_required"));
        Assert.That(asked.Url.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That(done.LocationParameters, Contains.Key("code"));
        Assert.That(Reasons(decision), Is.EqualTo(new[] { new PolicyReason("fresh", "maxAge", "600", Met: false) }), "and it is kept once a minute, however often an app asks");
    }

    [Test]
    public async Task From_another_network_nobody_comes_in_with_a_right_password_and_a_session_does_not_either()
    {
        var person = await AddAsync("office");
        using var stranger = BrowserAt(Outside);
        using var browser = BrowserAt(Inside);
        var web = Server.NewRelyingParty(TestClients.Web);

        var wrong = await stranger.TrySignInAsync(person.UserName!, "Wrong-Horse-7-Battery");
        var right = await stranger.BeginAsync(person);
        var blocked = await LastDecisionAsync(person);
        var inside = await browser.BeginAsync(person);
        var served = await browser.OpenAsync(web.NewRequest("openid").Url);
        Move(browser, Outside);
        var moved = await browser.OpenAsync(web.NewRequest("openid").Url);
        var silent = await browser.OpenAsync(web.NewRequest("openid", [new("prompt", "none")]).Url);
        Move(browser, "2001:db8::7");
        var other = await browser.OpenAsync(web.NewRequest("openid").Url);

        Assert.That((wrong.IsRedirect, wrong.Body.Contains("Not from here", StringComparison.Ordinal)), Is.EqualTo((false, false)), "whoever does not know the password learns nothing");
        Assert.That((right.Url.AbsolutePath, right.Body.Contains("Not from here", StringComparison.Ordinal)), Is.EqualTo(("/signin/refused", true)));
        Assert.That(stranger.Cookie("idp.session"), Is.Null);
        Assert.That((blocked.Outcome, blocked.RemoteAddress), Is.EqualTo((SignInOutcome.Blocked, Outside)));
        Assert.That(Reasons(blocked), Is.EqualTo(new[] { new PolicyReason("office", "network", "block", Met: false) }));
        Assert.That(inside.Url.AbsolutePath, Is.EqualTo("/account"));
        Assert.That(served.LocationParameters, Contains.Key("code"));
        Assert.That(moved.Url.AbsolutePath, Is.EqualTo("/signin/refused"));
        Assert.That(silent.LocationParameters["error"], Is.EqualTo("access_denied"));
        Assert.That(other.LocationParameters, Contains.Key("code"));
    }

    [Test]
    public async Task A_passkey_and_a_code_from_another_network_open_nothing_either()
    {
        var person = await AddAsync();
        await Server.AddAppAsync(person);
        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        using var own = BrowserAt(Inside);
        await own.TypeCodeAsync(await own.BeginAsync(person), Server.Code());
        await own.AddPasskeyAsync(authenticator);
        await JoinAsync(person, "office");
        Server.Clock.Advance(TimeSpan.FromMinutes(1));
        using var stranger = BrowserAt(Outside);
        using var mover = BrowserAt(Inside);

        var byKey = await stranger.FollowAsync(await stranger.AnswerPasskeyAsync(await stranger.GetAsync("/signin"), authenticator));
        var begun = await mover.GetAsync((await mover.BeginAsync(person)).Url.PathAndQuery + "&way=app");
        Move(mover, Outside);
        var byCode = await mover.FollowAsync(await mover.TypeCodeAsync(begun, Server.Code()));

        Assert.That((byKey.Url.AbsolutePath, byCode.Url.AbsolutePath), Is.EqualTo(("/signin/refused", "/signin/refused")));
        Assert.That((stranger.Cookie("idp.session"), mover.Cookie("idp.session")), Is.EqualTo(((string?)null, (string?)null)));
    }

    [Test]
    public async Task Outside_even_a_remembered_browser_shows_a_factor_and_so_does_a_session()
    {
        var person = await AddAsync("roaming");
        await Server.AddAppAsync(person);
        using var browser = BrowserAt(Inside);
        await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code(), remember: true);
        var inside = await browser.BeginAsync(person);
        Move(browser, Outside);
        var web = Server.NewRelyingParty(TestClients.Web);
        Server.Clock.Advance(TimeSpan.FromMinutes(1));

        var silent = await browser.OpenAsync(web.NewRequest("openid", [new("prompt", "none")]).Url);
        var raised = await browser.OpenAsync(web.NewRequest("openid", [new("acr_values", "phr")]).Url);
        var done = await browser.FollowAsync(await browser.TypeCodeAsync(raised, Server.Code()));
        var anew = await browser.BeginAsync(person);

        Assert.That(inside.Url.AbsolutePath, Is.EqualTo("/account"));
        Assert.That(silent.LocationParameters["error"], Is.EqualTo("interaction_required"));
        Assert.That(raised.Url.AbsolutePath, Is.EqualTo("/signin/factor"));
        Assert.That(raised.Body, Does.Not.Contain("Continue without it").And.Not.Contain("name=\"remember\""));
        Assert.That(done.LocationParameters, Contains.Key("code"));
        Assert.That(anew.Url.AbsolutePath, Is.EqualTo("/signin/factor"));
    }

    [Test]
    public async Task A_browser_is_remembered_for_as_long_as_the_policy_says_and_not_longer()
    {
        var (briefly, not) = (await AddAsync("short"), await AddAsync("never"));
        foreach (var person in (User[])[briefly, not]) await Server.AddAppAsync(person);
        var (first, second) = (Server.NewBrowser(), Server.NewBrowser());
        var offered = await first.BeginAsync(briefly);
        await first.TypeCodeAsync(offered, Server.Code(), remember: true);
        var unoffered = await second.BeginAsync(not);
        var form = unoffered.FormWith("code");
        await second.PostAsync(form.Action.AbsoluteUri, [.. form.Fill([new("code", Server.Code())]), new("remember", "true")]);

        var sameDay = await first.BeginAsync(briefly);
        var never = await second.BeginAsync(not);
        Server.Clock.Advance(TimeSpan.FromHours(25));
        var nextDay = await first.BeginAsync(briefly);

        Assert.That(offered.Body, Does.Contain("for one day"));
        Assert.That(unoffered.Body, Does.Not.Contain("name=\"remember\""));
        Assert.That((sameDay.Url.AbsolutePath, nextDay.Url.AbsolutePath, never.Url.AbsolutePath), Is.EqualTo(("/account", "/signin/factor", "/signin/factor")));
    }

    [Test]
    public async Task A_browser_that_was_remembered_before_the_policy_came_is_asked_again()
    {
        var person = await AddAsync();
        await Server.AddAppAsync(person);
        using var browser = Server.NewBrowser();
        await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code(), remember: true);
        Server.Clock.Advance(TimeSpan.FromDays(2));

        var before = await browser.BeginAsync(person);
        await JoinAsync(person, "short");
        var after = await browser.BeginAsync(person);

        Assert.That((before.Url.AbsolutePath, after.Url.AbsolutePath), Is.EqualTo(("/account", "/signin/factor")));
    }

    [Test]
    public async Task A_policy_for_an_app_lets_the_account_open_where_the_missing_factor_can_be_added()
    {
        var person = await AddAsync("app");
        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        var account = await browser.BeginAsync(person);
        var silent = await browser.OpenAsync(web.NewRequest("openid", [new("prompt", "none")]).Url);
        var refused = await browser.OpenAsync(web.NewRequest("openid").Url);
        await browser.AddPasskeyAsync(authenticator);
        var served = await browser.OpenAsync(web.NewRequest("openid").Url);

        Assert.That(account.Url.AbsolutePath, Is.EqualTo("/account"));
        Assert.That(silent.LocationParameters["error"], Is.EqualTo("interaction_required"));
        Assert.That((refused.Url.AbsolutePath, refused.Body.Contains("/account/security", StringComparison.Ordinal)), Is.EqualTo(("/signin/refused", true)));
        Assert.That(served.LocationParameters, Contains.Key("code"));
    }

    [Test]
    public async Task A_device_is_not_connected_to_an_app_whose_policy_is_not_met()
    {
        var person = await AddAsync("app");
        using var browser = Server.NewBrowser();
        await browser.BeginAsync(person);
        var device = Server.NewRelyingParty(Television);
        var started = await device.StartDeviceAsync("openid");

        var page = await browser.EnterCodeAsync(started.UserCode);

        Assert.That(page.Url.AbsolutePath, Is.EqualTo("/signin/refused"));
        Assert.That((await device.PollAsync(started)).Error, Is.EqualTo("authorization_pending"));
    }

    [Test]
    public async Task An_app_that_collects_passwords_gets_nothing_that_a_policy_asks_more_for()
    {
        var (free, two, office) = (await AddAsync(), await AddAsync("two"), await AddAsync("office"));

        var errors = new List<string?>();
        foreach (var person in (User[])[free, two, office])
            errors.Add((await Server.NewRelyingParty(Till).TokenAsync([new("grant_type", "password"), new("username", person.UserName!), new("password", People.Password), new("scope", "openid")])).Error);

        Assert.That(errors, Is.EqualTo((string?[])[null, "invalid_grant", "invalid_grant"]));
    }

    [Test]
    public async Task A_policy_counts_from_the_moment_it_is_saved_and_no_longer_than_it_is_there()
    {
        var (group, name) = ("g" + Guid.NewGuid().ToString("N")[..8], "p" + Guid.NewGuid().ToString("N")[..8]);
        await RunAsync<CreateGroup>(create => create.ExecuteAsync(group, new GroupSettings(), default));
        var person = await AddAsync(group);

        var before = await Server.NewBrowser().BeginAsync(person);
        await RunAsync<CreateSignInPolicy>(create => create.ExecuteAsync(name, new SignInPolicySettings { Groups = [group], Factors = FactorDemand.Mfa }, default));
        var during = await Server.NewBrowser().BeginAsync(person);
        await RunAsync<DeleteSignInPolicy>(delete => delete.ExecuteAsync(name, 0, default));
        var after = await Server.NewBrowser().BeginAsync(person);

        Assert.That((before.Url.AbsolutePath, during.Url.AbsolutePath, after.Url.AbsolutePath), Is.EqualTo(("/account", "/signin/enrol", "/account")));
    }

    [Test]
    public async Task An_administrator_reads_in_words_why_somebody_was_refused_and_nobody_else_does()
    {
        var person = await AddAsync("two");
        using var browser = Server.NewBrowser();
        using var owner = Server.NewBrowser();
        await browser.BeginAsync(person);
        var decision = await LastDecisionAsync(person);
        await owner.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);

        var page = await owner.GetAsync("/console/decisions?trace=" + decision.TraceId);
        var user = await owner.GetAsync($"/console/users/{person.Id}");
        var unknown = await owner.GetAsync("/console/decisions?trace=" + Uri.EscapeDataString("nothing <b>\u202e"));
        var hostile = await owner.GetAsync("/console/decisions?trace=" + new string('x', 5000));
        var stranger = await browser.GetAsync("/console/decisions?trace=" + decision.TraceId);

        Assert.That(page.Body, Does.Contain("Policy &#x201C;two factors&#x201D;").And.Contain("asked for two factors").And.Contain("the account had none that is enough").And.Contain(person.Name));
        Assert.That(user.Body, Does.Contain("/console/decisions?trace=" + decision.TraceId));
        Assert.That((unknown.Status, hostile.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That(unknown.Body, Does.Contain("No sign-in was decided under this number").And.Not.Contain("<b>"));
        Assert.That(stranger.AsksToSignIn || stranger.IsRedirect, Is.True);
    }

    [Test]
    public async Task The_page_of_a_refusal_shows_no_words_of_whoever_sent_somebody_there()
    {
        var page = await Server.NewBrowser().GetAsync("/signin/refused?trace=" + Uri.EscapeDataString("call 555-1234 at once, or else!!") + "&returnUrl=https%3A%2F%2Fevil.example");

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(page.Body[..page.Body.IndexOf("<footer", StringComparison.Ordinal)], Does.Not.Contain("555-1234").And.Not.Contain("evil.example"), "the menu of languages leads back to the same address");
    }

    [Test]
    public async Task Memberships_cost_one_statement_at_a_sign_in_and_one_on_the_way_to_an_app()
    {
        var person = await AddAsync("short");
        var web = Server.NewRelyingParty(TestClients.Web);
        using (var warm = Server.NewBrowser()) await web.SignInAsync(warm, "openid", new TestUser(person.UserName!, People.Password));
        using var browser = Server.NewBrowser();
        var signIn = await browser.OpenAsync(web.NewRequest("openid").Url);

        var first = await Server.RecordSqlAsync(async () => Assert.That((await browser.FollowAsync(await browser.SignInAsync(signIn, person.UserName!, People.Password))).LocationParameters, Contains.Key("code")));
        var again = await Server.RecordSqlAsync(async () => Assert.That((await browser.OpenAsync(web.NewRequest("openid").Url)).LocationParameters, Contains.Key("code")));

        Assert.That(first.Statements, Has.Count.LessThanOrEqualTo(8 + 2), first.ToString());
        Assert.That(again.Statements.Count(statement => statement.Text.Contains("GroupMembers", StringComparison.Ordinal)), Is.EqualTo(1), again.ToString());
        Assert.That(again.Statements, Has.Count.LessThanOrEqualTo(3 + 1), again.ToString());
    }

    private async Task<User> AddAsync(params string[] groups)
    {
        var person = await Server.AddPersonAsync();
        foreach (var group in groups) await JoinAsync(person, group);
        return person;
    }

    private Task<int> JoinAsync(User person, string group, bool join = true) => Server.WithDatabaseAsync(async db =>
    {
        var id = await db.Groups.Where(g => g.Name == group).Select(g => g.Id).SingleAsync();
        if (!join) return await db.GroupMembers.Where(m => m.UserId == person.Id && m.GroupId == id).ExecuteDeleteAsync();
        db.GroupMembers.Add(new GroupMember { GroupId = id, UserId = person.Id });
        return await db.SaveChangesAsync();
    });

    private async Task RunAsync<TOperation>(Func<TOperation, Task> run) where TOperation : notnull
    {
        await using var scope = Server.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Actor>().Become(ActorSources.CommandLine);
        await run(scope.ServiceProvider.GetRequiredService<TOperation>());
    }

    private BrowserClient BrowserAt(string address)
    {
        var browser = Server.NewBrowser();
        Move(browser, address);
        return browser;
    }

    private static void Move(BrowserClient browser, string address)
    {
        browser.Http.DefaultRequestHeaders.Remove("X-Forwarded-For");
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
    }

    /// <summary>What an app would show that has read the secret on this page.</summary>
    private string CodeOf(Page page)
    {
        var text = System.Text.RegularExpressions.Regex.Match(page.Body, "<code id=\"secret\">([^<]+)</code>").Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);
        List<byte> secret = [];
        var (bits, count) = (0, 0);
        foreach (var letter in text)
        {
            (bits, count) = ((bits << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal), count + 5);
            if (count < 8) continue;
            secret.Add((byte)(bits >> (count - 8)));
            (bits, count) = (bits & ((1 << (count - 8)) - 1), count - 8);
        }
        return IdP.Credentials.AuthenticatorApps.Totp.CodeAt([.. secret], Server.Clock.Time.GetUtcNow());
    }

    private Task<List<SignInDecision>> DecisionsAsync(User person) => Server.WithDatabaseAsync(db => db.SignInDecisions.AsNoTracking().Where(d => d.UserId == person.Id).OrderBy(d => d.At).ThenBy(d => d.Id).ToListAsync());

    private async Task<SignInDecision> LastDecisionAsync(User person) => (await DecisionsAsync(person))[^1];

    private static PolicyReason[] Reasons(SignInDecision decision) => JsonSerializer.Deserialize<PolicyReason[]>(decision.Reasons ?? "[]", JsonSerializerOptions.Web)!;
}
