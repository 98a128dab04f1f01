using System.Net;
using System.Text.Json;
using IdP.AccountApi;
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

    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.With(AccountApps.Configuration) };

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
            if (rule.Scope != "idp.account.read") Assert.That(answers[2], Is.EqualTo((HttpStatusCode.Forbidden, "insufficient_scope")), $"{method} {path}");
            Assert.That(method == "GET", Is.EqualTo(rule.Scope == "idp.account.read"), $"{method} {path}: what only shows is GET, and nothing else");
        }
    }

    [Test]
    public async Task Every_call_that_names_somebody_else_or_what_nobody_sets_about_themselves_changes_nothing()
    {
        var (person, victim) = (await Server.AddPersonAsync(Unconfirmed), await Server.AddPersonAsync(Unconfirmed));
        var token = await Server.AccountTokenAsync(person);
        await Server.AccountTokenAsync(victim);
        var ids = await IdsOfAsync(victim);
        var before = await SnapshotAsync(victim);
        var rights = await RightsAsync(person);
        var body = Wishes.Append(new("userId", victim.Id.ToString())).Append(new("sub", victim.Id.ToString())).Append(new("id", victim.Id.ToString())).DistinctBy(w => w.Key).ToDictionary(w => w.Key, w => w.Value);

        foreach (var id in ids)
            foreach (var (method, path, rule) in ApiEndpoints(id).Where(e => e.Method != "GET"))
            {
                if (NamesNobody.Contains(path)) continue;
                var answer = await Server.CallAsync(token, new(method), path + "?userId=" + victim.Id, method == "DELETE" ? null : body);
                Assert.That((int)answer.Status, Is.InRange(400, 499), $"{method} {path}: {answer.Json}");
            }

        Assert.That(await SnapshotAsync(victim), Is.EqualTo(before));
        Assert.That(await RightsAsync(person), Is.EqualTo(rights));
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
        var (person, victim) = (await Server.AddPersonAsync(Unconfirmed), await Server.AddPersonAsync(Unconfirmed));
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        await Server.AccountTokenAsync(victim);
        var csrf = (await browser.GetAsync("/account/password")).FormWith("replacement").Fields.Single(field => field.Name == "csrf").Value;
        var ids = await IdsOfAsync(victim);
        var before = await SnapshotAsync(victim);
        var rights = await RightsAsync(person);

        foreach (var id in ids)
            foreach (var (_, path, _) in PageEndpoints(id).Where(e => e.Method == "POST" && !NamesNobody.Contains(e.Path)))
            {
                var answer = await browser.PostAsync(path, [.. Wishes, new("csrf", csrf), new("userId", victim.Id.ToString()), new("id", victim.Id.ToString()), new("clientId", "manager"), new("token", new string('x', 43))]);
                Assert.That((int)answer.Status, Is.LessThan(500), path);
                Assert.That(answer.Location?.AbsolutePath, Is.Not.EqualTo("/signin"), path + " ended the session that tries");
            }

        Assert.That(await SnapshotAsync(victim), Is.EqualTo(before));
        Assert.That(await RightsAsync(person), Is.EqualTo(rights));
    }

    /// <summary>Calls and forms that end what the person has, and take nothing that could be wrong: their own tests say what they do.</summary>
    private static readonly string[] NamesNobody = ["/sessions/end-others", "/freeze", "/account/freeze", "/account/sessions/others/end", "/account/sessions/all/end", "/account/data/delete"];

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
    ]);

    /// <summary>Everything about a person that a call could change.</summary>
    private Task<string> SnapshotAsync(User person) => Server.WithDatabaseAsync(async db => JsonSerializer.Serialize(new
    {
        user = await db.Users.AsNoTracking().Where(u => u.Id == person.Id).Select(u => new { u.UserName, u.Name, u.Email, u.EmailConfirmed, u.PasswordHash, u.SecurityStamp, u.ConcurrencyStamp, u.Enabled, u.Locale }).SingleAsync(),
        sessions = await db.Sessions.CountAsync(s => s.UserId == person.Id && s.EndedAt == null),
        browsers = await db.KnownDevices.Where(d => d.UserId == person.Id).OrderBy(d => d.Id).Select(d => new { d.Id, d.RememberedUntil }).ToListAsync(),
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
