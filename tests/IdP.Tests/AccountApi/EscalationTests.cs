using System.Net;
using System.Text.Json;
using IdP.AccountApi;
using IdP.Credentials;
using IdP.Protocol.Grants;
using IdP.Tests.PersonalTokens;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.AccountApi;

/// <summary>Every endpoint of the account area that there is, pages and API, is tried by whoever should not get further: a new one is tried without anybody thinking of it.</summary>
public sealed class EscalationTests(DatabaseKind database) : ServerTest(database)
{
    /// <summary>What nobody can set about themselves, as forms and JSON would name it.</summary>
    private static readonly KeyValuePair<string, string>[] Wishes =
    [
        new("emailVerified", "true"), new("email_verified", "true"), new("EmailConfirmed", "true"), new("roles", "owner"), new("role", "owner"), new("isAdministrator", "true"), new("organizations", "acme"),
        new("groups", "staff"), new("enabled", "true"), new("passwordHash", "x"), new("mustChangePassword", "false"),
    ];

    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.With(AccountApps.Configuration, PersonalTokenPeople.Configuration) };

    [Test]
    public async Task Every_call_without_a_token_or_with_one_of_a_foreign_scope_is_refused()
    {
        var person = await Server.AddPersonAsync();
        var nothing = (await Server.NewRelyingParty(AccountApps.Manager).SignInAsync(Server.NewBrowser(), "openid profile", new(person.UserName!, People.Password))).AccessToken;
        var read = await Server.AccountTokenAsync(person, AccountApps.Read);

        foreach (var (method, path, rule) in ApiEndpoints(Guid.NewGuid()))
        {
            var answers = new List<(HttpStatusCode, string?)>();
            foreach (var token in new[] { null, nothing, read }) answers.Add((await Server.CallAsync(token, new(method), path, method is "GET" or "DELETE" ? null : new { })) is { } answer ? (answer.Status, answer.Code) : default);

            Assert.That(answers[..2], Is.EqualTo(new[] { (HttpStatusCode.Unauthorized, "token_required"), (HttpStatusCode.Unauthorized, "invalid_token") }), $"{method} {path}");
            // A deletion has a token of its own, and no access token opens it.
            if (rule.Scope is null) Assert.That((path, answers[2]), Is.EqualTo(("/deletion", (HttpStatusCode.Unauthorized, "invalid_token"))), method);
            else if (rule.Scope != "idp.account.read") Assert.That(answers[2], Is.EqualTo((HttpStatusCode.Forbidden, "insufficient_scope")), $"{method} {path}");
            if (rule.Scope is not null) Assert.That(method == "GET", Is.EqualTo(rule.Scope == "idp.account.read"), $"{method} {path}: what only shows is GET, and nothing else");
        }
    }

    [Test]
    public async Task A_personal_token_changes_nothing_that_needs_a_recent_proof()
    {
        var person = await Server.AddPersonAsync(Unconfirmed);
        var (id, token) = await Server.AddTokenAsync(person, "idp.account.read", "idp.account.write");
        var before = await SnapshotAsync(person);
        var sensitive = ApiEndpoints(id).Where(e => e.Rule.RecentProof).ToList();

        foreach (var (method, path, _) in sensitive)
            Assert.That((await Server.CallAsync(token, new(method), path, method is "GET" or "DELETE" ? null : new { name = "x", scopes = new[] { "notes.read" }, days = 7 })).Refusal, Is.EqualTo((HttpStatusCode.Unauthorized, "insufficient_user_authentication")), $"{method} {path}");

        Assert.That(sensitive.Select(e => (e.Method, e.Path)), Has.Member(("POST", "/tokens")).And.Member(("PUT", "/password")));
        Assert.That(await SnapshotAsync(person), Is.EqualTo(before));
    }

    [Test]
    public async Task Every_call_that_names_somebody_else_or_what_nobody_sets_about_themselves_changes_nothing()
    {
        var (person, (victim, ids)) = (await Server.AddPersonAsync(Unconfirmed), await AddVictimAsync());
        var token = await Server.AccountTokenAsync(person);
        var before = await SnapshotAsync(victim);
        var rights = await RightsAsync(person);
        var body = Wishes.Append(new("userId", victim.Id.ToString())).Append(new("sub", victim.Id.ToString())).Append(new("id", victim.Id.ToString())).DistinctBy(w => w.Key).ToDictionary(w => w.Key, w => w.Value);

        foreach (var (method, path, _) in ids.SelectMany(ApiEndpoints).DistinctBy(e => (e.Method, e.Path)))
        {
            var answer = await Server.CallAsync(token, new(method), path + Asks(victim), method is "GET" or "DELETE" ? null : body);
            if (method != "GET") Assert.That((int)answer.Status, Is.InRange(400, 499), $"{method} {path}: {answer.Json}");
            Assert.That(answer.Json.ToString(), Does.Not.Contain(victim.UserName!), $"{method} {path}");
        }

        Assert.That(await SnapshotAsync(victim), Is.EqualTo(before));
        Assert.That(await RightsAsync(person), Is.EqualTo(rights));
    }

    /// <summary>The same without a word that could be refused: what succeeds then is about whoever calls.</summary>
    [Test]
    public async Task Every_call_that_says_nothing_is_about_nobody_but_whoever_sends_it()
    {
        var (victim, ids) = await AddVictimAsync();
        var before = await SnapshotAsync(victim);
        var (person, token) = await NextAsync();
        var done = new List<string>();

        foreach (var (method, path, _) in ids.SelectMany(ApiEndpoints).DistinctBy(e => (e.Method, e.Path)).Where(e => e.Method != "GET"))
        {
            var rights = await RightsAsync(person);
            var answer = await Server.CallAsync(token, new(method), path + Asks(victim));
            if ((int)answer.Status is >= 200 and < 300) done.Add(path);
            else Assert.That((int)answer.Status, Is.InRange(400, 499), $"{method} {path}: {answer.Json}");
            Assert.That(await RightsAsync(person), Is.EqualTo(rights), path);
            if ((await Server.CallAsync(token, HttpMethod.Get, "")).Status != HttpStatusCode.OK) (person, token) = await NextAsync();
        }

        // Each takes nothing, so that there is nothing in it to be somebody else's; one that is new here is looked at first.
        Assert.That(done, Is.EquivalentTo(new[] { "/sessions/end-others", "/sessions/end-all", "/freeze", "/export", "/factors/passkeys/options", "/factors/apps/options" }));
        Assert.That(await SnapshotAsync(victim), Is.EqualTo(before));

        async Task<(User, string)> NextAsync()
        {
            var next = await Server.AddPersonAsync(Unconfirmed);
            return (next, await Server.AccountTokenAsync(next));
        }
    }

    [Test]
    public async Task Every_call_and_every_page_waits_for_a_new_password_where_one_is_due()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        var token = await Server.AccountTokenAsync(person, browser: browser);
        var csrf = (await browser.GetAsync("/account/password")).FormWith("replacement").Fields.Single(field => field.Name == "csrf").Value;
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == person.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.MustChangePassword, true)));
        var before = await SnapshotAsync(person);

        foreach (var (method, path, _) in ApiEndpoints(Guid.NewGuid()).Where(e => e.Rule.Scope is not null && (e.Method, e.Path) != ("PUT", "/password")))
            Assert.That((await Server.CallAsync(token, new(method), path, method is "GET" or "DELETE" ? null : new { })).Refusal, Is.EqualTo((HttpStatusCode.Forbidden, "password_change_required")), $"{method} {path}");
        foreach (var (method, path, _) in PageEndpoints(Guid.NewGuid()).Where(e => e.Path != "/account/password"))
            Assert.That((method == "GET" ? await browser.GetAsync(path) : await browser.PostAsync(path, [new("csrf", csrf), new("clientId", "manager"), new("confirm", "true")])).Location?.AbsolutePath, Is.EqualTo("/account/password"), $"{method} {path}");

        Assert.That(await SnapshotAsync(person), Is.EqualTo(before));
    }

    [Test]
    public async Task Every_page_sends_strangers_to_sign_in_and_every_form_is_tied_to_its_browser()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        var before = await SnapshotAsync(person);

        foreach (var (method, path, endpoint) in PageEndpoints(Guid.NewGuid()))
        {
            var stranger = await Server.NewBrowser().SendAsync(new(new(method), path) { Content = method == "POST" ? new FormUrlEncodedContent([]) : null });
            Assert.That((stranger.IsRedirect ? stranger.Location!.AbsolutePath : "", (int)stranger.Status is 400), Is.EqualTo(("/signin", false)).Or.EqualTo(("", true)), $"{method} {path}");
            if (method == "GET") continue;
            Assert.That(method, Is.EqualTo("POST"), path);
            Assert.That(endpoint.Metadata.GetMetadata<IAntiforgeryMetadata>() is { RequiresValidation: true }, Is.True, $"{path} takes forms from anywhere");
            Assert.That((await browser.PostAsync(path, Wishes)).Status, Is.EqualTo(HttpStatusCode.BadRequest), path);
        }

        Assert.That(await SnapshotAsync(person), Is.EqualTo(before));
    }

    [Test]
    public async Task Every_form_that_names_somebody_else_or_what_nobody_sets_about_themselves_changes_nothing()
    {
        var (victim, ids) = await AddVictimAsync();
        var before = await SnapshotAsync(victim);
        var (person, browser, csrf) = await NextAsync();
        var left = new List<string>();

        foreach (var (_, path, _) in ids.SelectMany(PageEndpoints).DistinctBy(e => (e.Method, e.Path)).Where(e => e.Method == "POST"))
        {
            var rights = await RightsAsync(person);
            var answer = await browser.PostAsync(path + Asks(victim), [.. Wishes, new("csrf", csrf), new("userId", victim.Id.ToString()), new("id", victim.Id.ToString()), new("clientId", "manager"), new("token", new string('x', 43)), new("confirm", "true")]);
            Assert.That((int)answer.Status, Is.LessThan(500), path);
            Assert.That(await RightsAsync(person), Is.EqualTo(rights), path);
            if ((await browser.GetAsync("/account")).Status == HttpStatusCode.OK) continue;
            left.Add(path);
            (person, browser, csrf) = await NextAsync();
        }

        Assert.That(left, Is.EquivalentTo(new[] { "/account/freeze", "/account/sessions/all/end", "/account/data/delete" }), "these end what whoever sends them is signed in to, and no other does");
        Assert.That(await SnapshotAsync(victim), Is.EqualTo(before));

        async Task<(User, BrowserClient, string)> NextAsync()
        {
            var next = (Person: await Server.AddPersonAsync(Unconfirmed), Browser: Server.NewBrowser());
            await next.Browser.TrySignInAsync(next.Person.UserName!, People.Password);
            return (next.Person, next.Browser, (await next.Browser.GetAsync("/account/password")).FormWith("replacement").Fields.Single(field => field.Name == "csrf").Value);
        }
    }

    private static string Asks(User victim) => $"?userId={victim.Id}&sub={victim.Id}&id={victim.Id}";

    /// <summary>Somebody who has one of everything that has an id.</summary>
    private async Task<(User Victim, IReadOnlyList<Guid> Ids)> AddVictimAsync()
    {
        var victim = await Server.AddPersonAsync(Unconfirmed);
        await Server.AccountTokenAsync(victim);
        await Server.AddAppAsync(victim);
        await Server.AddTokenAsync(victim, "notes.read");
        await Server.WithDatabaseAsync(async db =>
        {
            db.Consents.Add(new() { UserId = victim.Id, ClientId = "manager", GrantedAt = DateTimeOffset.UnixEpoch });
            db.UserLogins.Add(new() { UserId = victim.Id, LoginProvider = "google", ProviderKey = victim.UserName! });
            return await db.SaveChangesAsync();
        });
        return (victim, await IdsOfAsync(victim));
    }

    private static void Unconfirmed(User user) => (user.Email, user.NormalizedEmail, user.EmailConfirmed) = (user.UserName + "@example.test", (user.UserName + "@example.test").ToUpperInvariant(), false);

    private List<(string Method, string Path, ApiRule Rule)> ApiEndpoints(Guid id)
    {
        var found = Endpoints("/api/v1/me").Select(e => (e.Method, Path: Fill(e.Endpoint, id)["/api/v1/me".Length..], Rule: e.Endpoint.Metadata.GetMetadata<ApiRule>()!)).ToList(); // the door demands it
        Assert.That(found, Has.Count.GreaterThan(10));
        return found;
    }

    private List<(string Method, string Path, RouteEndpoint Endpoint)> PageEndpoints(Guid id)
    {
        var found = Endpoints("/account").Where(e => e.Endpoint.RoutePattern.RawText!.Split('/')[1] == "account").Select(e => (e.Method, Fill(e.Endpoint, id), e.Endpoint)).ToList(); // it was found by it
        Assert.That(found, Has.Count.GreaterThan(20));
        return found;
    }

    private IEnumerable<(string Method, RouteEndpoint Endpoint)> Endpoints(string prefix) => Server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.RoutePattern.RawText?.StartsWith(prefix, StringComparison.Ordinal) is true)
        .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => (method, endpoint)));

    private static string Fill(RouteEndpoint endpoint, Guid id) => System.Text.RegularExpressions.Regex.Replace(endpoint.RoutePattern.RawText!.TrimEnd('/'), @"\{[^}]+\}", id.ToString());

    /// <summary>Everything of this person that has an id.</summary>
    private Task<List<Guid>> IdsOfAsync(User person) => Server.WithDatabaseAsync(async db => (List<Guid>)
    [
        person.Id, .. await db.Sessions.Where(s => s.UserId == person.Id).Select(s => s.Id).ToListAsync(), .. await db.KnownDevices.Where(d => d.UserId == person.Id).Select(d => d.Id).ToListAsync(),
        .. await db.Credentials.Where(c => c.UserId == person.Id && c.Kind == CredentialKinds.AuthenticatorApp).Select(c => c.Id).ToListAsync(),
        .. await db.PersonalTokens.Where(t => t.UserId == person.Id).Select(t => t.Id).ToListAsync(),
    ]);

    /// <summary>Everything about a person that a call could change.</summary>
    private Task<string> SnapshotAsync(User person) => Server.WithDatabaseAsync(async db => JsonSerializer.Serialize(new
    {
        user = await db.Users.AsNoTracking().Where(u => u.Id == person.Id).Select(u => new { u.UserName, u.Name, u.Email, u.EmailConfirmed, u.PasswordHash, u.SecurityStamp, u.ConcurrencyStamp, u.Enabled, u.Locale }).SingleAsync(),
        sessions = await db.Sessions.CountAsync(s => s.UserId == person.Id && s.EndedAt == null),
        browsers = await db.KnownDevices.Where(d => d.UserId == person.Id).OrderBy(d => d.Id).Select(d => new { d.Id, d.RememberedUntil }).ToListAsync(),
        credentials = await db.Credentials.CountAsync(c => c.UserId == person.Id),
        passkeys = await db.UserPasskeys.CountAsync(p => p.UserId == person.Id),
        logins = await db.UserLogins.CountAsync(l => l.UserId == person.Id),
        consents = await db.Consents.CountAsync(c => c.UserId == person.Id),
        tokens = await db.Tokens.CountAsync(t => t.Subject == person.Id.ToString() && t.Status == TokenStatus.Valid),
        copies = await db.PersonalExports.CountAsync(e => e.UserId == person.Id),
        deletions = await db.Erasures.CountAsync(e => e.UserId == person.Id),
        links = await db.OneTimeLinks.CountAsync(l => l.UserId == person.Id),
        personalTokens = await db.PersonalTokens.Where(t => t.UserId == person.Id).OrderBy(t => t.Id).Select(t => new { t.Id, t.Name, t.ExpiresAt, t.RevokedAt }).ToListAsync(),
        rights = await RightsAsync(person),
    }));

    private Task<string> RightsAsync(User person) => Server.WithDatabaseAsync(async db => JsonSerializer.Serialize(new
    {
        confirmed = await db.Users.Where(u => u.Id == person.Id).Select(u => u.EmailConfirmed).SingleAsync(),
        roles = await db.UserRoles.CountAsync(r => r.UserId == person.Id),
        groups = await db.GroupMembers.CountAsync(m => m.UserId == person.Id),
        organizations = await db.OrganizationMembers.CountAsync(m => m.UserId == person.Id),
        claims = await db.UserClaims.CountAsync(c => c.UserId == person.Id),
    }));
}
