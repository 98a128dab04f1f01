using System.Net;
using IdP.Assignments;
using IdP.SignIn;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Assignments;

/// <summary>Apps that are for assigned people only, on every way to them.</summary>
public sealed class AssignedAppsTests(DatabaseKind database) : ServerTest(database)
{
    private const string Redirect = "https://club.example.test/cb", Exchange = "urn:ietf:params:oauth:grant-type:token-exchange", AccessTokenType = "urn:ietf:params:oauth:token-type:access_token", Scope = "openid profile api.read offline_access";
    private static readonly TestClient Club = new("club", "club-secret", Redirect), Gate = new("gate", "gate-secret"), Television = new("television"), Opaque = new("opaque club", "club-secret", Redirect);

    protected override ServerSettings Settings => new(Database)
    {
        More = new Dictionary<string, string> { ["Lockout:MaxFailuresPerSource"] = "100000" },
        Configuration = TestConfiguration.With($$"""
            {
              "clients": [
                { "clientId": "club", "clientName": "Club & <i>friends", "assignmentRequired": true, "assignedUsers": ["bob"], "assignedGroups": ["members"], "contacts": ["Desk <b>", "desk+club@example.test"],
                  "clientSecrets": [{ "value": "club-secret" }], "allowedGrantTypes": ["authorization_code", "implicit", "hybrid", "password"], "allowAccessTokensViaBrowser": true,
                  "allowOfflineAccess": true, "requirePkce": false, "redirectUris": ["{{Redirect}}"], "allowedScopes": ["openid", "profile", "api.read"] },
                { "clientId": "opaque club", "assignmentRequired": true, "accessTokenType": "reference", "clientSecrets": [{ "value": "club-secret" }], "allowedGrantTypes": ["authorization_code"],
                  "allowOfflineAccess": true, "redirectUris": ["{{Redirect}}"], "allowedScopes": ["openid", "profile", "api.read"] },
                { "clientId": "gate", "assignmentRequired": true, "clientSecrets": [{ "value": "gate-secret" }], "allowedGrantTypes": ["{{Exchange}}"], "allowedScopes": ["openid", "profile", "api.read"] },
                { "clientId": "television", "assignmentRequired": true, "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedScopes": ["openid"] }
              ],
              "groups": [{ "name": "members" }]
            }
            """),
    };

    [Test]
    public async Task Whoever_is_assigned_or_in_an_assigned_group_comes_in_and_nobody_else_does()
    {
        var (own, member, stranger) = (await AddAsync("club"), await AddAsync(), await AddAsync());
        await JoinAsync(member);
        var club = Server.NewRelyingParty(Club);
        using var first = Server.NewBrowser();
        using var second = Server.NewBrowser();
        using var third = Server.NewBrowser();

        var (ofOwn, ofMember) = (await club.AuthorizeAsync(first, "openid", Account(own)), await club.AuthorizeAsync(second, "openid", Account(member)));
        var request = club.NewRequest("openid");
        var refused = await ArriveAsync(third, request.Url, stranger);
        var decision = await Server.WithDatabaseAsync(db => db.SignInDecisions.SingleAsync(d => d.UserId == stranger.Id && d.Outcome == SignInOutcome.NotAssigned));
        var again = await third.OpenAsync(club.NewRequest("openid").Url);
        var silent = await third.OpenAsync(club.NewRequest("openid", [new("prompt", "none")]).Url);
        var back = await third.OpenAsync(Link(refused, "/connect/authorize"));

        Assert.That((ofOwn.Code.Length, ofMember.Code.Length), Is.Not.EqualTo((0, 0)));
        Assert.That((refused.Status, refused.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.Forbidden, "/signin/unassigned")));
        Assert.That(refused.Body, Does.Contain("No access to Club &amp; &lt;i&gt;friends").And.Contain(WebUtility.HtmlEncode(stranger.Name!)).And.Contain("Desk &lt;b&gt;").And.Contain("href=\"mailto:desk%2Bclub@example.test\"").And.Not.Contain("<i>").And.Not.Contain("<b>"));
        Assert.That(refused.Body, Does.Contain(decision.TraceId!).And.Contain("href=\"/\""), "the number by which it is found, and the way to the own apps");
        Assert.That((decision.ClientId, decision.SessionId is null), Is.EqualTo(("club", false)));
        Assert.That(again.Url.AbsolutePath, Is.EqualTo("/signin/unassigned"));
        Assert.That((silent.LocationParameters["error"], silent.LocationParameters["state"] is { Length: > 0 }), Is.EqualTo(("access_denied", true)));
        Assert.That((back.Location?.GetLeftPart(UriPartial.Path), back.LocationParameters["error"], back.LocationParameters["state"]), Is.EqualTo((Redirect, "access_denied", request.State)));
        Assert.That(await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync(d => d.UserId == stranger.Id && d.Outcome == SignInOutcome.NotAssigned)), Is.EqualTo(1), "kept once a minute, however often an app asks");
    }

    [TestCase("id_token")]
    [TestCase("id_token token")]
    [TestCase("code id_token")]
    [TestCase("code id_token token")]
    [TestCase("pushed")]
    public async Task No_flow_leads_around_it(string flow)
    {
        var stranger = await AddAsync();
        var club = Server.NewRelyingParty(Club);
        using var browser = Server.NewBrowser();
        var request = flow == "pushed" ? (await club.PushAsync("openid")).Request : club.NewRequest("openid", [new("response_type", flow), new("code_challenge", null), new("code_challenge_method", null)]);

        var refused = await ArriveAsync(browser, request.Url, stranger);
        var marked = await browser.OpenAsync(request.Url + "&refusal=1");
        var back = await browser.OpenAsync(Link(refused, "/connect/authorize"));

        Assert.That(refused.Url.AbsolutePath, Is.EqualTo("/signin/unassigned"));
        Assert.That(back.LocationParameters["error"], Is.EqualTo("access_denied"));
        Assert.That(back.LocationParameters.Keys.Concat(marked.LocationParameters.Keys).Intersect(["code", "access_token", "id_token"]), Is.Empty);
    }

    [Test]
    public async Task The_mark_of_the_page_takes_nothing_from_whoever_may_use_the_app_and_prompts_go_on_to_count()
    {
        var own = await AddAsync("club");
        var club = Server.NewRelyingParty(Club);
        using var browser = Server.NewBrowser();
        await club.AuthorizeAsync(browser, "openid", Account(own));
        Server.Clock.Advance(TimeSpan.FromMinutes(1));

        var marked = await browser.OpenAsync(club.NewRequest("openid").Url + "&refusal=1");
        var fresh = await browser.OpenAsync(club.NewRequest("openid", [new("prompt", "login")]).Url + "&refusal=1");

        Assert.That(marked.LocationParameters, Contains.Key("code"));
        Assert.That(fresh.AsksToSignIn, Is.True);
    }

    [Test]
    public async Task An_app_that_collects_passwords_is_told_nothing_more_than_of_a_wrong_one()
    {
        var (own, stranger) = (await AddAsync("club"), await AddAsync());
        var club = Server.NewRelyingParty(Club);

        var tokens = await PasswordAsync(club, own, People.Password);
        var (refused, wrong) = (await PasswordAsync(club, stranger, People.Password), await PasswordAsync(club, stranger, "Wrong-Horse-7-Battery"));
        var decisions = await Server.WithDatabaseAsync(db => db.SignInDecisions.Where(d => d.UserId == stranger.Id).OrderBy(d => d.At).Select(d => d.Outcome).ToListAsync());

        Assert.That(tokens.AccessToken, Is.Not.Null);
        Assert.That((refused.Status, refused.Body), Is.EqualTo((wrong.Status, wrong.Body)));
        Assert.That(decisions, Is.EqualTo((SignInOutcome[])[SignInOutcome.NotAssigned, SignInOutcome.WrongPassword]));
        Assert.That((await Server.ReadAsync(stranger)).AccessFailedCount, Is.EqualTo(1), "a right password is no failure");
    }

    [Test]
    public async Task A_device_is_connected_by_nobody_else_and_not_by_whoever_was_taken_off_meanwhile()
    {
        var (own, stranger) = (await AddAsync("television"), await AddAsync());
        var television = Server.NewRelyingParty(Television);
        using var others = Server.NewBrowser();
        using var browser = Server.NewBrowser();

        var refused = await others.EnterCodeAsync((await television.StartDeviceAsync("openid")).UserCode, Account(stranger));
        var shown = await television.StartDeviceAsync("openid");
        var confirm = await browser.EnterCodeAsync(shown.UserCode, Account(own));
        await TakeOffAsync(own, "television");
        var late = await browser.AnswerDeviceAsync(confirm);
        await PutOnAsync(own, "television");
        var allowed = await television.StartDeviceAsync("openid");
        await browser.ConnectDeviceAsync(allowed.UserCode);
        await TakeOffAsync(own, "television");
        var polled = await television.PollAsync(allowed);

        Assert.That(refused.Url.AbsolutePath, Is.EqualTo("/signin/unassigned"));
        Assert.That(refused.Body, Does.Not.Contain("refusal=1"), "no app waits for an answer");
        Assert.That(late.Body, Does.Not.Contain("outcome=allowed"));
        Assert.That((await television.PollAsync(shown)).Error, Is.Not.Null);
        Assert.That(polled.Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Whoever_is_taken_off_is_refused_with_the_tokens_they_hold_and_goes_on_when_put_back([Values] bool reference)
    {
        var person = await AddAsync(reference ? "opaque club" : "club");
        var client = reference ? Opaque : Club;
        var (club, api, gate) = (Server.NewRelyingParty(client), Server.NewRelyingParty(TestClients.Api), Server.NewRelyingParty(Gate));
        using var browser = Server.NewBrowser();
        var tokens = await club.SignInAsync(browser, Scope, Account(person));
        await PutOnAsync(person, "gate");
        var code = await club.AuthorizeAsync(browser, Scope);
        var (active, exchanged) = (await api.IntrospectAsync(tokens.AccessToken!), await ExchangeAsync(gate, tokens.AccessToken!));

        await TakeOffAsync(person, client.ClientId);
        var refused = await club.RefreshAsync(tokens.RefreshToken!);
        var (userInfo, inactive, ofRefresh) = (await club.UserInfoAsync(tokens.AccessToken!), await api.IntrospectAsync(tokens.AccessToken!), await club.IntrospectAsync(tokens.RefreshToken!));
        var (late, again) = (await club.ExchangeCodeAsync(code), await ExchangeAsync(gate, tokens.AccessToken!));
        await PutOnAsync(person, client.ClientId);
        var renewed = await club.RefreshAsync(tokens.RefreshToken!);

        Assert.That((active.Text("active"), exchanged.AccessToken is null), Is.EqualTo(("True", false)));
        Assert.That((refused.Error, late.Error), Is.EqualTo(("invalid_grant", "invalid_grant")));
        Assert.That(userInfo.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((inactive.Text("active"), ofRefresh.Text("active")), Is.EqualTo(("False", "False")));
        Assert.That(again.AccessToken, Is.Null);
        Assert.That(renewed.Expected().AccessToken, Is.Not.Null, "nothing was used up");
    }

    [Test]
    public async Task A_token_of_an_open_app_is_not_exchanged_for_one_of_an_assigned_one()
    {
        var person = await AddAsync();
        using var browser = Server.NewBrowser();
        var gate = Server.NewRelyingParty(Gate);
        var tokens = await Server.NewRelyingParty(TestClients.Web).SignInAsync(browser, "openid api.read", Account(person));

        var refused = await ExchangeAsync(gate, tokens.AccessToken!);
        await PutOnAsync(person, "gate");
        var allowed = await ExchangeAsync(gate, tokens.AccessToken!);
        await TakeOffAsync(person, "gate");
        var introspected = await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(allowed.Expected().AccessToken!);

        Assert.That((refused.Status, refused.AccessToken), Is.EqualTo((HttpStatusCode.BadRequest, (string?)null)));
        Assert.That(introspected.Text("active"), Is.EqualTo("False"));
    }

    [Test]
    public async Task The_page_is_for_the_refused_alone_and_leads_nowhere_else()
    {
        var (own, stranger) = (await AddAsync("club"), await AddAsync());
        using var nobody = Server.NewBrowser();
        using var theirs = Server.NewBrowser();
        using var browser = Server.NewBrowser();
        await theirs.TrySignInAsync(own.UserName!, People.Password);
        await browser.TrySignInAsync(stranger.UserName!, People.Password);

        var anonymous = await nobody.OpenAsync("/signin/unassigned?client_id=club&returnUrl=%2Faccount");
        var assigned = await theirs.GetAsync("/signin/unassigned?client_id=club&returnUrl=%2Faccount%2Fpassword");
        var elsewhere = await browser.GetAsync("/signin/unassigned?client_id=club&trace=%3Cb%3E&returnUrl=https%3A%2F%2Fevil.test%2F");
        var nested = await browser.GetAsync("/signin/unassigned?client_id=club&returnUrl=" + Uri.EscapeDataString("/signin?returnUrl=//evil.test/connect/authorize?client_id=club"));
        var other = await browser.GetAsync("/signin/unassigned?client_id=club&returnUrl=" + Uri.EscapeDataString("/connect/authorize?client_id=web&redirect_uri=https://web.example.test/cb"));
        var (unknown, open) = (await browser.GetAsync("/signin/unassigned?client_id=no%00such&returnUrl=%2F%2Fevil.test"), await browser.GetAsync("/signin/unassigned?client_id=web"));

        Assert.That(anonymous.Body, Does.Not.Contain("desk+club").And.Not.Contain("desk%2Bclub"));
        Assert.That(assigned.Location?.AbsolutePath, Is.EqualTo("/account/password"), "whoever was put on meanwhile goes on");
        Assert.That(elsewhere.Body, Does.Contain("No access to").And.Not.Match("(href|action)=\"[^\"]*evil").And.Not.Contain("&lt;b&gt;</strong>").And.Not.Contain("refusal=1"));
        Assert.That((nested.Body.Contains("refusal=1", StringComparison.Ordinal), other.Body.Contains("refusal=1", StringComparison.Ordinal)), Is.EqualTo((false, false)), "the way back is that of a request of this app");
        Assert.That((unknown.Location?.AbsolutePath, open.Location?.AbsolutePath), Is.EqualTo(("/account", "/account")));
    }

    [Test]
    public async Task It_costs_one_statement_where_it_is_asked_and_none_elsewhere()
    {
        var person = await AddAsync("club");
        using var browser = Server.NewBrowser();
        var (club, web) = (Server.NewRelyingParty(Club), Server.NewRelyingParty(TestClients.Web));
        async Task<(int Authorize, int Refresh, int UserInfo, List<SqlStatement> All)> CountAsync(RelyingParty app)
        {
            var tokens = await app.SignInAsync(browser, Scope, Account(person));
            tokens = (await app.RefreshAsync(tokens.RefreshToken!)).Expected();
            await app.UserInfoAsync(tokens.AccessToken!);
            var authorize = Asking(await Server.RecordSqlAsync(async () => Assert.That((await browser.OpenAsync(app.NewRequest(Scope).Url)).LocationParameters, Contains.Key("code"))));
            var refresh = Asking(await Server.RecordSqlAsync(async () => tokens = (await app.RefreshAsync(tokens.RefreshToken!)).Expected()));
            var userInfo = Asking(await Server.RecordSqlAsync(async () => (await app.UserInfoAsync(tokens.AccessToken!)).Expected()));
            return (authorize.Count, refresh.Count, userInfo.Count, [.. authorize, .. refresh, .. userInfo]);
        }

        var (open, assigned) = (await CountAsync(web), await CountAsync(club));

        Assert.That((open.Authorize, open.Refresh, open.UserInfo), Is.EqualTo((0, 0, 0)));
        Assert.That((assigned.Authorize, assigned.Refresh, assigned.UserInfo), Is.EqualTo((1, 1, 1)), string.Join(Environment.NewLine, assigned.All.Select(s => s.Text)));
        foreach (var statement in assigned.All)
            Assert.That((await Server.WithDatabaseAsync(db => QueryPlan.ExplainAsync(db, statement))).FullScans, Is.Empty, statement.Text);
    }

    [Test]
    public async Task With_a_person_a_group_or_an_app_go_their_assignments_and_nothing_else()
    {
        var (first, second) = (await AddAsync("club"), await AddAsync("gate"));
        await PutOnAsync(second, "club");
        var group = new Groups.Group { Name = "g" + Guid.NewGuid().ToString("N") };
        var app = new IdP.Protocol.Clients.Client { ClientId = "a" + Guid.NewGuid().ToString("N") };
        await Server.WithDatabaseAsync(async db =>
        {
            db.AddRange(group, app, new AssignedGroup { ClientKey = app.Id, GroupId = group.Id }, new AssignedGroup { ClientKey = await KeyAsync("club"), GroupId = group.Id }, new AssignedUser { ClientKey = app.Id, UserId = second.Id });
            return await db.SaveChangesAsync();
        });

        await Server.WithDatabaseAsync(async db =>
        {
            await db.Users.Where(u => u.Id == first.Id).ExecuteDeleteAsync();
            await db.Clients.Where(c => c.Id == app.Id).ExecuteDeleteAsync();
            return await db.Groups.Where(g => g.Id == group.Id).ExecuteDeleteAsync();
        });

        var (users, groups) = await Server.WithDatabaseAsync(async db => (await db.AssignedUsers.CountAsync(a => a.UserId == first.Id || a.ClientKey == app.Id), await db.AssignedGroups.CountAsync(a => a.GroupId == group.Id || a.ClientKey == app.Id)));
        var left = await Server.WithDatabaseAsync(db => db.AssignedUsers.CountAsync(a => a.UserId == second.Id));
        Assert.That((users, groups, left), Is.EqualTo((0, 0, 2)));
        Assert.That(await Server.WithDatabaseAsync(db => db.Clients.CountAsync(c => c.ClientId == "club")), Is.EqualTo(1));
    }

    /// <summary>Only these: whether a client has to be read again in between is the caches' business, and every total has its own test.</summary>
    private static List<SqlStatement> Asking(SqlRecording recording) => [.. recording.Statements.Where(statement => statement.Text.Contains("AssignedUsers", StringComparison.Ordinal))];

    private async Task<User> AddAsync(string? clientId = null)
    {
        var person = await Server.AddPersonAsync();
        if (clientId is not null) await PutOnAsync(person, clientId);
        return person;
    }

    private Task<Guid> KeyAsync(string clientId) => Server.WithDatabaseAsync(db => db.Clients.Where(c => c.ClientId == clientId).Select(c => c.Id).SingleAsync());

    private async Task PutOnAsync(User person, string clientId)
    {
        var key = await KeyAsync(clientId);
        await Server.WithDatabaseAsync(async db =>
        {
            db.AssignedUsers.Add(new() { ClientKey = key, UserId = person.Id });
            return await db.SaveChangesAsync();
        });
    }

    private async Task TakeOffAsync(User person, string clientId)
    {
        var key = await KeyAsync(clientId);
        await Server.WithDatabaseAsync(db => db.AssignedUsers.Where(a => a.UserId == person.Id && a.ClientKey == key).ExecuteDeleteAsync());
    }

    private async Task JoinAsync(User person) => await Server.WithDatabaseAsync(async db =>
    {
        db.GroupMembers.Add(new() { GroupId = await db.Groups.Where(g => g.Name == "members").Select(g => g.Id).SingleAsync(), UserId = person.Id });
        return await db.SaveChangesAsync();
    });

    private static TestUser Account(User person) => new(person.UserName!, People.Password);

    private static async Task<Page> ArriveAsync(BrowserClient browser, string url, User person)
    {
        var page = await browser.OpenAsync(url);
        return page.AsksToSignIn ? await browser.FollowAsync(await browser.SignInAsync(page, person.UserName!, People.Password)) : page;
    }

    private static string Link(Page page, string path) =>
        WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(page.Body, $"href=\"({path}[^\"]*refusal=1)\"").Groups[1].Value) is { Length: > 0 } link ? link : throw new InvalidOperationException("No way back:" + page.Body);

    private static Task<TokenAnswer> PasswordAsync(RelyingParty app, User person, string password) =>
        app.TokenAsync([new("grant_type", "password"), new("username", person.UserName!), new("password", password), new("scope", "openid")]);

    private static Task<TokenAnswer> ExchangeAsync(RelyingParty app, string token) =>
        app.TokenAsync([new("grant_type", Exchange), new("subject_token", token), new("subject_token_type", AccessTokenType)]);
}
