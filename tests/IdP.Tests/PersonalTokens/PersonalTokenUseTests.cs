using System.Net;
using System.Text.Json;
using IdP.Access;
using IdP.Audit;
using IdP.Credentials;
using IdP.Erasures;
using IdP.Notices;
using IdP.PersonalData;
using IdP.Protocol.Grants;
using IdP.Protocol.PersonalTokens;
using IdP.Resources;
using IdP.Sessions;
using IdP.Tests.AccountApi;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.PersonalTokens;

/// <summary>Where a personal access token is accepted, where not, and what ends it.</summary>
public sealed class PersonalTokenUseTests(DatabaseKind database) : ServerTest(database)
{
    private const string AllScopes = "notes.read notes.write";

    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.With(PersonalTokenPeople.Configuration, AccountApps.Configuration) };

    [Test]
    public async Task The_api_of_its_scopes_is_told_whose_it_is_and_nobody_else_anything()
    {
        var person = await Server.AddPersonAsync();
        var (id, value) = await Server.AddTokenAsync(person, "notes.read", "notes.write");

        var answer = (await Server.NewRelyingParty(PersonalTokenPeople.Notes).IntrospectAsync(value)).Expected();

        Assert.That(answer.Json.EnumerateObject().Select(p => p.Name).Except(["nbf", "token_usage"]), Is.EquivalentTo((string[])["active", "iss", "sub", "aud", "scope", "token_type", "iat", "exp", "jti"]), answer.Body);
        Assert.That((answer.Text("active"), answer.Text("sub"), answer.Text("scope"), answer.Text("aud"), answer.Text("token_type"), answer.Text("jti"), answer.Text("iss")),
            Is.EqualTo(("True", person.Id.ToString(), AllScopes, "urn:test:notes", "Bearer", id.ToString(), Server.Origin.ToString().TrimEnd('/'))));
        Assert.That(answer.Json.GetProperty("exp").GetInt64() - answer.Json.GetProperty("iat").GetInt64(), Is.EqualTo(30 * 24 * 3600));
        foreach (var stranger in new[] { TestClients.Api, PersonalTokenPeople.Vault, TestClients.Web, AccountApps.Manager }) Assert.That(await Server.IsActiveAsync(value, stranger), Is.False, stranger.ClientId);
        foreach (var wrong in new[] { value[..^1] + (value[^1] == 'x' ? 'y' : 'x'), PersonalTokenText.New(), "idp_pat_", value.ToLowerInvariant() + "x" }) Assert.That(await Server.IsActiveAsync(wrong), Is.False, wrong);
        using var impostor = new RelyingParty(Server.Origin, "urn:test:notes", "wrong");
        Assert.That((await impostor.IntrospectAsync(value)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await Server.NewRelyingParty(PersonalTokenPeople.Notes).PostAsync("/connect/introspect", [new("token", value), new("token_type_hint", "refresh_token")])).Text("active"), Is.EqualTo("True"), "a wrong hint hides nothing");
    }

    [Test]
    public async Task An_api_sees_its_own_scopes_only_and_one_that_wants_tokens_for_itself_is_not_among_others()
    {
        var person = await Server.AddPersonAsync();
        // No form makes such a token; scopes and APIs may have changed since one was made.
        var (_, mixed) = await Server.AddTokenAsync(person, "notes.read", "vault.read", "notes.admin", "gone.read", "api.read");
        var (_, alone) = await Server.AddTokenAsync(person, "vault.read");

        var answer = (await Server.NewRelyingParty(PersonalTokenPeople.Notes).IntrospectAsync(mixed)).Expected();

        Assert.That((answer.Text("scope"), answer.Text("aud")), Is.EqualTo(("notes.read", "urn:test:notes")));
        Assert.That((await Server.IsActiveAsync(mixed, PersonalTokenPeople.Vault), await Server.IsActiveAsync(mixed, TestClients.Api), await Server.IsActiveAsync(alone, PersonalTokenPeople.Vault)), Is.EqualTo((false, false, true)));
    }

    [Test]
    public async Task It_is_nothing_at_any_other_endpoint_and_no_client_revokes_it()
    {
        var person = await Server.AddPersonAsync();
        var (_, value) = await Server.AddTokenAsync(person, "notes.read");
        var web = Server.NewRelyingParty(TestClients.Web);
        KeyValuePair<string, string>[][] grants =
        [
            [new("grant_type", "refresh_token"), new("refresh_token", value)],
            [new("grant_type", "authorization_code"), new("code", value), new("redirect_uri", TestClients.Web.RedirectUri!)],
            [new("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), new("subject_token", value), new("subject_token_type", "urn:ietf:params:oauth:token-type:access_token")],
            [new("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), new("device_code", value)],
            [new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", value)],
        ];

        foreach (var grant in grants) Assert.That((await web.TokenAsync(grant)).Status, Is.EqualTo(HttpStatusCode.BadRequest), grant[0].Value);
        var userInfo = await web.UserInfoAsync(value);
        using var posing = new RelyingParty(Server.Origin, "web", value);
        var secret = await posing.ClientCredentialsAsync("api.read");
        var revocations = new[] { await web.RevokeAsync(value), await Server.NewRelyingParty(AccountApps.Manager).RevokeAsync(value) };
        var authorize = await Server.NewBrowser().GetAsync("/connect/authorize?client_id=web&response_type=code&scope=openid&prompt=none&redirect_uri=" + Uri.EscapeDataString(TestClients.Web.RedirectUri!) + "&id_token_hint=" + value);
        var session = await Server.NewHttpClient().SendAsync(new HttpRequestMessage(HttpMethod.Get, "/account") { Headers = { Authorization = new("Bearer", value) } });

        Assert.That(userInfo.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((secret.Status, secret.Error), Is.EqualTo((HttpStatusCode.Unauthorized, "invalid_client")));
        Assert.That(revocations.Select(r => r.Status), Has.All.EqualTo(HttpStatusCode.OK), "RFC 7009 2.2: a text that is no token of the client");
        Assert.That(authorize.Body + authorize.Location, Does.Not.Contain("code="));
        Assert.That((int)session.StatusCode, Is.InRange(300, 399));
        Assert.That((await Server.CallAsync(value, HttpMethod.Get, "")).Refusal, Is.EqualTo((HttpStatusCode.Unauthorized, "invalid_token")), "it is not for the account");
        Assert.That(await Server.IsActiveAsync(value), Is.True, "nothing ended it");
    }

    [Test]
    public async Task Whatever_ends_all_that_a_person_gave_away_ends_it_for_good()
    {
        (string What, Func<User, IServiceProvider, Task> Act)[] ends =
        [
            ("freezing", (u, s) => s.GetRequiredService<FreezeAccount>().ByOwnerAsync(u.Id, default)),
            ("disabling", (u, s) => s.GetRequiredService<DisableUser>().ExecuteAsync(u.Id, null, default)),
            ("a reset of the password", (u, s) => s.GetRequiredService<ResetPassword>().ExecuteAsync(u.Id, default)),
            ("a reset of the factors", (u, s) => s.GetRequiredService<ResetFactors>().ExecuteAsync(u.Id, default)),
            ("signing out everywhere", (u, s) => s.GetRequiredService<SignOutUser>().ExecuteAsync(u.Id, default)),
            ("a deletion", (u, s) => s.GetRequiredService<BeginErasure>().OfAsync(u.Id, default)),
        ];
        foreach (var (what, act) in ends)
        {
            var person = await Server.AddPersonAsync();
            var (id, value) = await Server.AddTokenAsync(person, "notes.read");
            await RunAsync(services => act(person, services));
            await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == person.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, true)));

            Assert.That(await Server.IsActiveAsync(value), Is.False, what);
            Assert.That(await Server.WithDatabaseAsync(db => db.PersonalTokens.Where(t => t.Id == id).Select(t => t.RevokedAt).SingleAsync()), Is.Not.Null, what);
        }
    }

    [Test]
    public async Task It_depends_on_its_person_at_each_use_and_outlives_what_only_ends_sessions()
    {
        var person = await Server.AddPersonAsync();
        var (_, value) = await Server.AddTokenAsync(person, "notes.read");
        using var browser = await Server.SignedInAsync(person);
        var form = (await browser.GetAsync("/account/password")).FormWith("replacement");
        await browser.SubmitAsync(form, [new("current", People.Password), new("replacement", "A-New-Sentence-For-Me-1")]);
        var afterChange = await Server.IsActiveAsync(value);
        Task<int> EnableAsync(bool enabled) => Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == person.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, enabled)));

        await EnableAsync(false); // by whatever door
        var disabled = await Server.IsActiveAsync(value);
        await EnableAsync(true);
        var enabled = await Server.IsActiveAsync(value);
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == person.Id).ExecuteDeleteAsync());

        Assert.That((afterChange, disabled, enabled, await Server.IsActiveAsync(value)), Is.EqualTo((true, false, true, false)));
        Assert.That(await Server.WithDatabaseAsync(db => db.PersonalTokens.AnyAsync(t => t.UserId == person.Id)), Is.False);
    }

    [Test]
    public async Task It_ends_at_its_time_is_shown_for_thirty_days_more_and_is_then_deleted()
    {
        var person = await Server.AddPersonAsync();
        var (id, value) = await Server.AddTokenAsync(person, "notes.read");
        Task ForgetAsync() => RunAsync(services => services.GetRequiredService<ISessionLife>().ForgetBegunAsync(Server.Clock.Time.GetUtcNow(), 500, default));
        Task<bool> IsThereAsync() => Server.WithDatabaseAsync(db => db.PersonalTokens.AnyAsync(t => t.Id == id));

        Server.Clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromMinutes(1));
        var before = await Server.IsActiveAsync(value);
        Server.Clock.Advance(TimeSpan.FromMinutes(2));
        var after = await Server.IsActiveAsync(value);
        using var browser = await Server.SignedInAsync(person);
        var list = await browser.GetAsync("/account/tokens");
        Server.Clock.Advance(TimeSpan.FromDays(29));
        await ForgetAsync();
        var kept = await IsThereAsync();
        Server.Clock.Advance(TimeSpan.FromDays(2));
        await ForgetAsync();

        Assert.That((before, after, kept, await IsThereAsync()), Is.EqualTo((true, false, true, false)));
        Assert.That(list.Body, Does.Contain("Expired").And.Contain("A script"));
    }

    [Test]
    public async Task A_scope_that_is_closed_to_people_opens_nothing_for_tokens_that_have_it()
    {
        var person = await Server.AddPersonAsync();
        var (_, value) = await Server.AddTokenAsync(person, "vault.read");
        async Task AllowAsync(bool allow) => await RunAsync(async services =>
        {
            var version = await Server.WithDatabaseAsync(db => db.ApiScopes.Where(s => s.Name == "vault.read").Select(s => s.Version).SingleAsync());
            var outcome = await services.GetRequiredService<UpdateApiScope>().ExecuteAsync("vault.read", version, new ApiScopeSettings { DisplayName = "Open the vault", AllowPersonalAccessTokens = allow }, default);
            Assert.That(outcome.Failure, Is.Null);
        });

        await AllowAsync(false);
        var closed = await Server.IsActiveAsync(value, PersonalTokenPeople.Vault);
        await AllowAsync(true);

        Assert.That((closed, await Server.IsActiveAsync(value, PersonalTokenPeople.Vault)), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task Asking_about_one_takes_one_statement_by_an_index_and_its_use_is_written_once_a_minute()
    {
        var person = await Server.AddPersonAsync();
        var (id, value) = await Server.AddTokenAsync(person, "notes.read");
        Task<DateTimeOffset?> UsedAsync() => Server.WithDatabaseAsync(db => db.PersonalTokens.Where(t => t.Id == id).Select(t => t.LastUsedAt).SingleAsync());
        await Server.IsActiveAsync(value, TestClients.Web);
        var refused = await UsedAsync();
        await Server.IsActiveAsync(value);
        var first = await UsedAsync();

        var again = await Server.RecordSqlAsync(async () => Assert.That(await Server.IsActiveAsync(value), Is.True));
        var mistyped = await Server.RecordSqlAsync(async () => Assert.That(await Server.IsActiveAsync(value[..^1] + "-"), Is.False));
        var client = await Server.RecordSqlAsync(async () => Assert.That(await Server.IsActiveAsync(value, TestClients.Web), Is.False));
        var second = await UsedAsync();
        Server.Clock.Advance(TimeSpan.FromSeconds(61));
        await Server.IsActiveAsync(PersonalTokenText.New()); // reads clients and APIs again
        var later = await Server.RecordSqlAsync(async () => Assert.That(await Server.IsActiveAsync(value), Is.True));

        Assert.That((again.Statements.Count, mistyped.Statements.Count, client.Statements.Count, later.Statements.Count), Is.EqualTo((1, 0, 0, 2)), again.ToString() + later);
        foreach (var statement in later.Statements) Assert.That((await Server.WithDatabaseAsync(db => QueryPlan.ExplainAsync(db, statement))).FullScans, Is.Empty, statement.Text);
        Assert.That((refused, second), Is.EqualTo(((DateTimeOffset?)null, first)));
        Assert.That(await UsedAsync() - first, Is.GreaterThan(TimeSpan.FromSeconds(60)));
        using var browser = await Server.SignedInAsync(person);
        var list = await Server.RecordSqlAsync(() => browser.GetAsync("/account/tokens"));
        foreach (var statement in list.Statements.Where(s => s.Text.Contains("PersonalTokens", StringComparison.Ordinal))) Assert.That((await Server.WithDatabaseAsync(db => QueryPlan.ExplainAsync(db, statement))).FullScans, Is.Empty, statement.Text);
    }

    [Test]
    public async Task An_app_makes_one_shortly_after_a_proof_and_sees_its_value_once()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var foreign = await Server.AddTokenAsync(other, "notes.read");
        var app = await Server.AccountTokenAsync(person);

        var made = await Server.CallAsync(app, HttpMethod.Post, "/tokens", new { name = "Export", scopes = (string[])["notes.read"], days = 7 });
        var list = await Server.CallAsync(app, HttpMethod.Get, "/tokens");
        var wrong = await Server.CallAsync(app, HttpMethod.Post, "/tokens", """{"scopes":["notes.admin",null],"days":366}""");
        var unknown = await Server.CallAsync(app, HttpMethod.Post, "/tokens", """{"name":"a","scopes":["notes.read"],"days":7,"expiresAt":"2099-01-01"}""");
        var noNumber = await Server.CallAsync(app, HttpMethod.Post, "/tokens", """{"name":"a","scopes":["notes.read"],"days":7.5}""");
        var strange = await Server.CallAsync(app, HttpMethod.Delete, "/tokens/" + foreign.Id);
        var value = made.Text("token")!;
        var active = await Server.IsActiveAsync(value);
        var revoked = await Server.CallAsync(app, HttpMethod.Delete, "/tokens/" + made.Text("id"));
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var late = await Server.CallAsync(app, HttpMethod.Post, "/tokens", new { name = "Export", scopes = (string[])["notes.read"], days = 7 });

        Assert.That((made.Status, made.Text("name"), made.Headers.CacheControl?.NoStore), Is.EqualTo((HttpStatusCode.Created, "Export", true)));
        Assert.That((list.List("tokens").Single().GetProperty("state").GetString(), list.Json.ToString().Contains(value, StringComparison.Ordinal), list.Json.GetProperty("maxDays").GetInt32()), Is.EqualTo(("active", false, 365)));
        Assert.That(list.List("scopes").Select(s => s.GetProperty("name").GetString()), Is.EquivalentTo((string[])["notes.read", "notes.write", "vault.read", "idp.account.read", "idp.account.write"]));
        Assert.That(wrong.List("errors").Select(e => (e.GetProperty("field").GetString(), e.GetProperty("code").GetString())), Is.EquivalentTo(new[] { ("name", "name_required"), ("scopes", "scope_not_offered"), ("days", "bad_length") }));
        Assert.That((unknown.Refusal, noNumber.Refusal, strange.Refusal), Is.EqualTo(((HttpStatusCode.BadRequest, "unknown_member"), (HttpStatusCode.BadRequest, "invalid_json"), (HttpStatusCode.NotFound, "not_found"))));
        Assert.That((active, revoked.Status, await Server.IsActiveAsync(value), late.Refusal), Is.EqualTo((true, HttpStatusCode.NoContent, false, (HttpStatusCode.Unauthorized, "insufficient_user_authentication"))));
        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.AsNoTracking().SingleAsync(a => a.Action == "user.token_made" && a.ActorId == person.Id));
        Assert.That(entry.Source, Is.EqualTo("account-api"));
    }

    [Test]
    public async Task With_a_scope_of_the_account_it_sees_and_edits_what_needs_no_proof_and_the_log_names_it()
    {
        var person = await Server.AddPersonAsync();
        var (read, write) = (await Server.AddTokenAsync(person, "idp.account.read"), await Server.AddTokenAsync(person, "idp.account.read", "idp.account.write"));
        var mixed = await Server.AddTokenAsync(person, "idp.account.read", "notes.read");

        var profile = await Server.CallAsync(read.Value, HttpMethod.Get, "");
        var closed = await Server.CallAsync(read.Value, HttpMethod.Delete, "/tokens/" + mixed.Id);
        var web = await Server.CallAsync(read.Value, HttpMethod.Get, "", adapt: request => request.Headers.Add("Origin", AccountApps.Origin));
        var replayed = await Server.CallAsync(mixed.Value, HttpMethod.Get, "");
        var self = await Server.CallAsync(write.Value, HttpMethod.Post, "/tokens", new { name = "Heir", scopes = (string[])["idp.account.write"], days = 365 });
        var edited = await Server.CallAsync(write.Value, HttpMethod.Patch, "", """{"locale":"fr"}""", request => request.Headers.TryAddWithoutValidation("If-Match", profile.Headers.ETag!.Tag));
        var revoked = await Server.CallAsync(write.Value, HttpMethod.Delete, "/tokens/" + read.Id);
        var after = await Server.CallAsync(read.Value, HttpMethod.Get, "");

        Assert.That((profile.Status, profile.Text("sub")), Is.EqualTo((HttpStatusCode.OK, person.Id.ToString())));
        Assert.That((closed.Refusal, web.Refusal, replayed.Refusal, after.Refusal), Is.EqualTo(((HttpStatusCode.Forbidden, "insufficient_scope"), (HttpStatusCode.Forbidden, "origin_not_allowed"), (HttpStatusCode.Unauthorized, "invalid_token"), (HttpStatusCode.Unauthorized, "invalid_token"))));
        Assert.That((self.Refusal, edited.Status, revoked.Status), Is.EqualTo(((HttpStatusCode.Unauthorized, "insufficient_user_authentication"), HttpStatusCode.OK, HttpStatusCode.NoContent)));
        Assert.That(await Server.WithDatabaseAsync(db => db.PersonalTokens.CountAsync(t => t.UserId == person.Id)), Is.EqualTo(3));
        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.AsNoTracking().SingleAsync(a => a.Action == "user.token_revoked" && a.ActorId == person.Id));
        using var details = JsonDocument.Parse(await DetailsAsync(entry));
        Assert.That((details.RootElement.GetProperty("token").GetGuid(), details.RootElement.GetProperty("personalToken").GetGuid(), details.RootElement.TryGetProperty("app", out _)), Is.EqualTo((read.Id, write.Id, false)));
    }

    private async Task<string> DetailsAsync(AuditEntry entry)
    {
        await using var scope = Server.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<OpenPersonalParts>().AllAsync([entry], default);
        return entry.Details!; // this action has some
    }

    private async Task RunAsync(Func<IServiceProvider, Task> act)
    {
        await using var scope = Server.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Actor>().Become(ActorSources.System);
        await act(scope.ServiceProvider);
    }
}
