using System.Net;
using System.Text.Json;
using IdP.Access;
using IdP.Groups;
using IdP.Policies;
using IdP.SignIn;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Policies;

/// <summary>A policy that asks for a factor and leaves time to add it, each test with a group of its own.</summary>
public sealed class EnrolmentGraceTests(DatabaseKind database) : ServerTest(database)
{
    private const string Inside = "192.0.2.7", Outside = "203.0.113.9";
    private const string Essential = """{"id_token":{"acr":{"essential":true,"values":["http://schemas.openid.net/pape/policies/2007/06/multi-factor"]}}}""";
    private static readonly TestClient Till = new("till", "till-secret");

    protected override ServerSettings Settings => new(Database)
    {
        More = new Dictionary<string, string>
        {
            ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1", ["Lockout:MaxFailuresPerSource"] = "100000", ["Sessions:IdleLifetime"] = "30.00:00:00", ["Sessions:AbsoluteLifetime"] = "30.00:00:00",
        },
        Configuration = TestConfiguration.With("""
            {
              "clients": [{ "clientId": "till", "clientSecrets": [{ "value": "till-secret" }], "allowedGrantTypes": ["password"], "allowedScopes": ["openid"] }],
              "groups": [{ "name": "of-the-file" }],
              "signInPolicies": [{ "name": "of the file", "groups": ["of-the-file"], "factors": "mfa", "enrolmentGraceDays": 90 }]
            }
            """),
    };

    [Test]
    public async Task Whoever_lacks_the_factor_may_go_on_until_the_grace_ends_and_not_longer_in_whatever_browser()
    {
        var (policy, person) = await PolicyAsync(new() { Factors = FactorDemand.Mfa, EnrolmentGraceDays = 7 });
        using var browser = Server.NewBrowser();

        var offered = await browser.BeginAsync(person);
        var before = browser.Cookie("idp.session");
        var later = await browser.SubmitAsync(LaterOf(offered)!, []);
        var account = await browser.GetAsync("/account");
        var start = (await GracesAsync(person)).Single();
        Server.Clock.Advance(TimeSpan.FromDays(6));
        using var elsewhere = Server.NewBrowser();
        var again = await elsewhere.BeginAsync(person);
        Server.Clock.Advance(TimeSpan.FromDays(1));
        using var over = Server.NewBrowser();
        var must = await over.BeginAsync(person);
        var kept = LaterOf(again)!;
        var late = await elsewhere.SubmitAsync(kept, []);
        var decisions = await DecisionsAsync(person);

        Assert.That((offered.Url.AbsolutePath, before), Is.EqualTo(("/signin/enrol", (string?)null)));
        Assert.That(WebUtility.HtmlDecode(offered.Body), Does.Contain(start.StartedAt.AddDays(7).UtcDateTime.ToString("f", System.Globalization.CultureInfo.GetCultureInfo("en"))));
        Assert.That((later.Location?.AbsolutePath, account.Body.Contains(person.Name!, StringComparison.Ordinal)), Is.EqualTo(("/account", true)));
        Assert.That((start.PolicyId, (await GracesAsync(person)).Single().StartedAt), Is.EqualTo((policy.Id, start.StartedAt)));
        Assert.That(LaterOf(again), Is.Not.Null);
        Assert.That((must.Url.AbsolutePath, LaterOf(must)), Is.EqualTo(("/signin/enrol", (HtmlForm?)null)));
        Assert.That((elsewhere.Cookie("idp.session"), over.Cookie("idp.session"), late.IsRedirect && late.Location!.AbsolutePath == "/account"), Is.EqualTo(((string?)null, (string?)null, false)));
        Assert.That(decisions.Select(d => d.Outcome), Is.EqualTo((SignInOutcome[])[SignInOutcome.EnrolmentNeeded, SignInOutcome.Success, SignInOutcome.EnrolmentNeeded, SignInOutcome.EnrolmentNeeded]));
        Assert.That(Reasons(decisions[1]), Is.EquivalentTo(new[] { new PolicyReason(policy.Name, "enrolmentGrace", start.StartedAt.AddDays(7).UtcDateTime.ToString("O"), Met: true), new PolicyReason(policy.Name, "factors", "mfa", Met: false) }));
        Assert.That(Reasons(decisions[3]).Select(reason => reason.Asks), Is.EqualTo((string[])["factors"]));
    }

    [Test]
    public async Task The_page_of_the_grace_still_adds_the_factor_and_then_nothing_is_left_to_add()
    {
        var (_, person) = await PolicyAsync(new() { Factors = FactorDemand.PhishingResistant, EnrolmentGraceDays = 7 });
        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        using var browser = Server.NewBrowser();
        var page = await browser.BeginAsync(person);
        var (form, challenge) = await browser.ChallengeAsync(page);

        var codes = await browser.SubmitAsync(form, [new("credential", authenticator.Create(challenge.Options)), new("state", challenge.State)]);
        using var next = Server.NewBrowser();
        var asked = await next.BeginAsync(person);

        Assert.That((LaterOf(page) is not null, page.Forms.Any(f => f.Has("secret"))), Is.EqualTo((true, false)));
        Assert.That(codes.Body, Does.Contain("class=\"codes\""));
        Assert.That(asked.Url.AbsolutePath, Is.EqualTo("/signin/factor"));
        Assert.That(await RunAsync<EnrolmentGraces, IReadOnlyList<RunningGrace>>(graces => graces.RunningAsync(person.Id, default)), Is.Empty);
    }

    [Test]
    public async Task Another_policy_without_grace_asks_at_once_and_a_policy_without_one_has_no_later()
    {
        var group = await NewGroupAsync();
        await CreateAsync(new() { Groups = [group], Factors = FactorDemand.PhishingResistant, EnrolmentGraceDays = 90 });
        await CreateAsync(new() { Groups = [group], Factors = FactorDemand.Mfa });
        var person = await AddAsync(group);
        using var browser = Server.NewBrowser();

        var page = await browser.BeginAsync(person);
        var form = page.FormWith("secret");
        var forced = await browser.FollowAsync(await browser.PostAsync("/signin/enrol/later", [new("csrf", form["csrf"].Value), new("login", form["login"].Value)]));

        Assert.That(LaterOf(page), Is.Null);
        Assert.That((forced.Url.AbsolutePath, browser.Cookie("idp.session")), Is.EqualTo(("/signin/enrol/later", (string?)null)));
        Assert.That(forced.FormWith("secret")["login"].Value, Is.EqualTo(form["login"].Value), "and it goes on where it was");
    }

    [Test]
    public async Task Whoever_has_a_factor_shows_it_and_is_let_in_without_the_stronger_one_until_the_grace_ends()
    {
        var (policy, person) = await PolicyAsync(new() { Factors = FactorDemand.PhishingResistant, EnrolmentGraceDays = 7 });
        await Server.AddAppAsync(person);
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        var asked = await browser.BeginAsync(person);
        var before = browser.Cookie("idp.session");
        var forced = await browser.PostAsync("/signin/enrol/later", [new("csrf", asked.FormWith("code")["csrf"].Value), new("login", asked.FormWith("code")["login"].Value)]);
        var between = browser.Cookie("idp.session");
        var done = await browser.TypeCodeAsync(asked, Server.Code());
        var served = await browser.OpenAsync(web.NewRequest("openid").Url);
        var started = (await GracesAsync(person)).Single();
        Server.Clock.Advance(TimeSpan.FromDays(7));
        var ended = await browser.OpenAsync(web.NewRequest("openid").Url);
        using var over = Server.NewBrowser();
        var refused = await over.BeginAsync(person);

        Assert.That((asked.Url.AbsolutePath, before, between, forced.Location?.AbsolutePath), Is.EqualTo(("/signin/factor", (string?)null, (string?)null, "/signin/refused")));
        Assert.That((done.Location?.AbsolutePath, started.PolicyId), Is.EqualTo(("/account", policy.Id)));
        Assert.That(served.LocationParameters, Contains.Key("code"));
        Assert.That((ended.Url.AbsolutePath, refused.Url.AbsolutePath), Is.EqualTo(("/signin/refused", "/signin/refused")));
    }

    [Test]
    public async Task Who_adds_a_factor_in_another_tab_cannot_go_on_without_it_in_the_first()
    {
        var (_, person) = await PolicyAsync(new() { Factors = FactorDemand.Mfa, EnrolmentGraceDays = 7 });
        using var browser = Server.NewBrowser();
        var page = await browser.BeginAsync(person);
        await Server.AddAppAsync(person);

        var later = await browser.SubmitAsync(LaterOf(page)!, []);

        Assert.That((later.Location?.AbsolutePath is "/account", browser.Cookie("idp.session")), Is.EqualTo((false, (string?)null)));
    }

    [Test]
    public async Task Later_can_be_said_once_and_only_in_the_browser_that_began()
    {
        var (_, person) = await PolicyAsync(new() { Factors = FactorDemand.Mfa, EnrolmentGraceDays = 7 });
        using var browser = Server.NewBrowser();
        using var stranger = Server.NewBrowser();
        var form = LaterOf(await browser.BeginAsync(person))!;
        var csrf = (await stranger.GetAsync("/signin")).FormWith("username")["csrf"].Value;

        var stolen = await stranger.PostAsync("/signin/enrol/later", [new("csrf", csrf), new("login", form["login"].Value)]);
        var unsigned = await browser.PostAsync("/signin/enrol/later", [new("login", form["login"].Value)]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => browser.SubmitAsync(form, [])));

        Assert.That((stolen.Location?.AbsolutePath, unsigned.Status, stranger.Cookie("idp.session")), Is.EqualTo(("/signin", HttpStatusCode.BadRequest, (string?)null)));
        Assert.That(answers.Select(answer => (int)answer.Status), Is.All.LessThan(500));
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.CountAsync(x => x.UserId == person.Id)), Is.EqualTo(1));
    }

    [Test]
    public async Task No_grace_opens_another_network_or_an_app_that_insists_on_two_factors()
    {
        var (_, person) = await PolicyAsync(new() { Factors = FactorDemand.Mfa, EnrolmentGraceDays = 7, Networks = ["192.0.2.0/24"] });
        using var browser = BrowserAt(Inside);
        using var stranger = BrowserAt(Outside);
        var web = Server.NewRelyingParty(TestClients.Web);

        var blocked = await stranger.BeginAsync(person);
        var page = await browser.BeginAsync(person);
        Move(browser, Outside);
        await browser.SubmitAsync(LaterOf(page)!, []);
        var moved = browser.Cookie("idp.session");
        Move(browser, Inside);
        await browser.SubmitAsync(LaterOf(await browser.BeginAsync(person))!, []);
        var served = await browser.OpenAsync(web.NewRequest("openid").Url);
        var insisted = await browser.OpenAsync(web.NewRequest("openid", [new("claims", Essential)]).Url);
        var passed = insisted.LocationParameters.ContainsKey("code");
        Move(browser, Outside);
        var elsewhere = await browser.OpenAsync(web.NewRequest("openid").Url);

        Assert.That((blocked.Url.AbsolutePath, moved), Is.EqualTo(("/signin/refused", (string?)null)));
        Assert.That(served.LocationParameters, Contains.Key("code"));
        Assert.That((passed, elsewhere.Url.AbsolutePath), Is.EqualTo((false, "/signin/refused")));
    }

    [Test]
    public async Task A_session_goes_on_to_the_apps_of_the_policy_until_the_grace_ends_and_an_app_with_passwords_too()
    {
        var (_, person) = await PolicyAsync(new() { Factors = FactorDemand.Mfa, EnrolmentGraceDays = 7, Clients = ["web", "till"] });
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        Task<TokenAnswer> AskTillAsync() => Server.NewRelyingParty(Till).TokenAsync([new("grant_type", "password"), new("username", person.UserName!), new("password", People.Password), new("scope", "openid")]);

        var account = await browser.BeginAsync(person);
        var none = await GracesAsync(person);
        var till = await AskTillAsync();
        var begun = await GracesAsync(person);
        Server.Clock.Advance(TimeSpan.FromDays(6.9));
        var served = await browser.OpenAsync(web.NewRequest("openid", [new("prompt", "none")]).Url);
        Server.Clock.Advance(TimeSpan.FromDays(0.2));
        var refused = await browser.OpenAsync(web.NewRequest("openid").Url);
        var silent = await browser.OpenAsync(web.NewRequest("openid", [new("prompt", "none")]).Url);
        var late = await AskTillAsync();

        Assert.That((account.Url.AbsolutePath, none.Count, begun.Count), Is.EqualTo(("/account", 0, 1)));
        Assert.That((till.Error, late.Error), Is.EqualTo(((string?)null, "invalid_grant")));
        Assert.That(served.LocationParameters, Contains.Key("code"));
        Assert.That((refused.Url.AbsolutePath, silent.LocationParameters["error"]), Is.EqualTo(("/signin/refused", "interaction_required")));
    }

    [Test]
    public async Task A_changed_policy_keeps_the_start_and_one_that_is_made_again_begins_anew()
    {
        var (policy, person) = await PolicyAsync(new() { Factors = FactorDemand.Mfa, EnrolmentGraceDays = 7 });
        await Server.NewBrowser().BeginAsync(person);
        var first = (await GracesAsync(person)).Single();
        Server.Clock.Advance(TimeSpan.FromDays(8));

        var over = await Server.NewBrowser().BeginAsync(person);
        await RunAsync<UpdateSignInPolicy, object>(async update => await update.ExecuteAsync(policy.Name, policy.Version, new() { Groups = policy.Groups, Factors = FactorDemand.Mfa, EnrolmentGraceDays = 14 }, default));
        var longer = await Server.NewBrowser().BeginAsync(person);
        var same = (await GracesAsync(person)).Single();
        await RunAsync<DeleteSignInPolicy, object>(async delete => await delete.ExecuteAsync(policy.Name, policy.Version + 1, default));
        var gone = await GracesAsync(person);
        await CreateAsync(new() { Groups = policy.Groups, Factors = FactorDemand.Mfa, EnrolmentGraceDays = 1 }, policy.Name);
        var anew = await Server.NewBrowser().BeginAsync(person);

        Assert.That((LaterOf(over), LaterOf(longer) is null, LaterOf(anew) is null), Is.EqualTo(((HtmlForm?)null, false, false)));
        Assert.That((same.StartedAt, gone.Count), Is.EqualTo((first.StartedAt, 0)));
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == person.Id).ExecuteDeleteAsync());
        Assert.That(await GracesAsync(person), Is.Empty, "with the person it goes, too");
    }

    [Test]
    public async Task The_console_shows_who_is_in_grace_and_until_when_and_a_decision_says_it_in_words()
    {
        var (policy, person) = await PolicyAsync(new() { Factors = FactorDemand.Mfa, EnrolmentGraceDays = 7 });
        using var owner = Server.NewBrowser();
        await owner.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);
        var before = await owner.GetAsync($"/console/policies/{policy.Id}");
        using var browser = Server.NewBrowser();
        await browser.SubmitAsync(LaterOf(await browser.BeginAsync(person))!, []);
        var decision = (await DecisionsAsync(person))[^1];

        var page = await owner.GetAsync($"/console/policies/{policy.Id}");
        var user = await owner.GetAsync($"/console/users/{person.Id}");
        var explained = await owner.GetAsync("/console/decisions?trace=" + decision.TraceId);
        await Server.AddAppAsync(person);
        var after = await owner.GetAsync($"/console/policies/{policy.Id}");

        Assert.That(before.Body, Does.Contain("Nobody is in grace"));
        Assert.That(page.Body, Does.Contain("One person is in grace"));
        Assert.That(page.FormWith("networks")["enrolmentGraceDays"].Value, Is.EqualTo("7"));
        Assert.That(user.Body, Does.Contain("Factors to be added").And.Contain($"/console/policies/{policy.Id}"));
        Assert.That(explained.Body, Does.Contain("without a factor that may still be added later").And.Contain("lets the person add the factor later, until"));
        Assert.That(after.Body, Does.Contain("Nobody is in grace"));
        Assert.That((await owner.GetAsync($"/console/users/{person.Id}")).Body, Does.Not.Contain("Factors to be added"));
    }

    [Test]
    public async Task Whoever_lacks_nothing_costs_no_statement_more()
    {
        var group = await NewGroupAsync();
        var person = await AddAsync(group);
        await Server.AddAppAsync(person);
        var web = Server.NewRelyingParty(TestClients.Web);
        async Task<SqlRecording> RecordAsync()
        {
            Server.Clock.Advance(TimeSpan.FromMinutes(1));
            using var browser = Server.NewBrowser();
            var page = await browser.GetAsync("/signin");
            return await Server.RecordSqlAsync(async () =>
            {
                await browser.TypeCodeAsync(await browser.FollowAsync(await browser.SignInAsync(page, person.UserName!, People.Password)), Server.Code());
                Assert.That((await browser.OpenAsync(web.NewRequest("openid").Url)).LocationParameters, Contains.Key("code"));
            });
        }
        var name = (await CreateAsync(new() { Groups = [group], Factors = FactorDemand.Mfa })).Name;
        await RecordAsync();

        var without = await RecordAsync();
        await RunAsync<UpdateSignInPolicy, object>(async update => await update.ExecuteAsync(name, 0, new() { Groups = [group], Factors = FactorDemand.Mfa, EnrolmentGraceDays = 7 }, default));
        await RecordAsync();
        var with = await RecordAsync();

        Assert.That(with.Statements, Has.Count.EqualTo(without.Statements.Count), with.ToString());
        Assert.That(with.Statements.Select(statement => statement.Text), Has.None.Contains("EnrolmentGraces"));
    }

    [Test]
    public async Task What_if_tells_who_would_be_in_grace_and_who_would_have_had_to_add_the_factor_by_now()
    {
        var group = await NewGroupAsync();
        var person = await AddAsync(group);
        foreach (var days in (double[])[2, 2, 0])
        {
            Assert.That((await Server.NewBrowser().BeginAsync(person)).Url.AbsolutePath, Is.EqualTo("/account"));
            Server.Clock.Advance(TimeSpan.FromDays(days));
        }

        var replay = await RunAsync<PolicyReplay, Replay>(r => r.RunAsync(new("tried", new() { Groups = [group], Factors = FactorDemand.Mfa, EnrolmentGraceDays = 3 }), default));

        Assert.That(replay.Changed, Is.EqualTo(new[] { new ReplayCount(new(PolicyAnswer.Allow), new(PolicyAnswer.Enrol), 1), new ReplayCount(new(PolicyAnswer.Allow), new(PolicyAnswer.Allow, InGrace: true), 2) }));
        Assert.That(replay.Listed.Select(d => d.After.InGrace), Is.EqualTo((bool[])[false, true, true]), "the newest first");
    }

    [Test]
    public async Task A_grace_of_more_than_90_days_is_refused()
    {
        var outcome = await RunAsync<CreateSignInPolicy, Outcome<SignInPolicy>>(create => create.ExecuteAsync("too long", new() { Enabled = false, EnrolmentGraceDays = 91 }, default));
        var ofTheFile = await Server.WithDatabaseAsync(db => db.SignInPolicies.Where(p => p.Name == "of the file").Select(p => p.EnrolmentGraceDays).SingleAsync());

        Assert.That((outcome.Failure?.Field, ofTheFile), Is.EqualTo(("enrolmentGraceDays", 90)));
    }

    private static HtmlForm? LaterOf(Page page) => page.Forms.SingleOrDefault(form => form.Action.AbsolutePath == "/signin/enrol/later");

    /// <summary>A policy for a new group, and somebody in it.</summary>
    private async Task<(SignInPolicy Policy, User Person)> PolicyAsync(SignInPolicySettings settings)
    {
        var group = await NewGroupAsync();
        settings.Groups = [group];
        return (await CreateAsync(settings), await AddAsync(group));
    }

    private async Task<SignInPolicy> CreateAsync(SignInPolicySettings settings, string? name = null)
    {
        var outcome = await RunAsync<CreateSignInPolicy, Outcome<SignInPolicy>>(create => create.ExecuteAsync(name ?? "p" + Guid.NewGuid().ToString("N")[..8], settings, default));
        Assert.That(outcome.Failure, Is.Null);
        return outcome.Value!; // there is no failure
    }

    private async Task<string> NewGroupAsync()
    {
        var name = "g" + Guid.NewGuid().ToString("N")[..8];
        await RunAsync<CreateGroup, object>(async create => await create.ExecuteAsync(name, new(), default));
        return name;
    }

    private async Task<User> AddAsync(string group)
    {
        var person = await Server.AddPersonAsync();
        await Server.WithDatabaseAsync(async db =>
        {
            db.GroupMembers.Add(new GroupMember { GroupId = await db.Groups.Where(g => g.Name == group).Select(g => g.Id).SingleAsync(), UserId = person.Id });
            return await db.SaveChangesAsync();
        });
        return person;
    }

    private async Task<T> RunAsync<TOperation, T>(Func<TOperation, Task<T>> run) where TOperation : notnull
    {
        await using var scope = Server.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Actor>().Become(ActorSources.CommandLine);
        return await run(scope.ServiceProvider.GetRequiredService<TOperation>());
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

    private Task<List<EnrolmentGrace>> GracesAsync(User person) => Server.WithDatabaseAsync(db => db.EnrolmentGraces.AsNoTracking().Where(g => g.UserId == person.Id).ToListAsync());

    private Task<List<SignInDecision>> DecisionsAsync(User person) => Server.WithDatabaseAsync(db => db.SignInDecisions.AsNoTracking().Where(d => d.UserId == person.Id && d.Outcome != SignInOutcome.Passed).OrderBy(d => d.At).ThenBy(d => d.Id).ToListAsync());

    private static PolicyReason[] Reasons(SignInDecision decision) => JsonSerializer.Deserialize<PolicyReason[]>(decision.Reasons ?? "[]", JsonSerializerOptions.Web)!;
}
