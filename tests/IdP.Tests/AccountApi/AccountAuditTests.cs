using System.Buffers.Text;
using System.Text.Json;
using IdP.Credentials;
using IdP.Credentials.AuthenticatorApps;
using IdP.Credentials.Passkeys;
using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.Organizations;
using IdP.Tests.PersonalTokens;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.AccountApi;

/// <summary>
/// Whatever changes something about an account leaves an entry in the audit log, by page and by API, and tells the person by mail where it should. Each endpoint that there is must say here what it writes, or why nothing.
/// </summary>
[OnOneDatabase(DatabaseKind.Sqlite)] // the operations themselves are tested on both
public sealed class AccountAuditTests(DatabaseKind database) : ServerTest(database)
{
    private const string Page = "account", Api = "account-api", NewPassword = "A-New-Sentence-For-Me-1";

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With(AccountApps.Configuration, PersonalTokenPeople.Configuration),
        More = new Dictionary<string, string> { ["Mail:Mailbox"] = "true", ["Mail:From"] = "id@provider.example", ["Organizations:MembersMayLeave"] = "true" },
    };

    /// <summary>What endpoints write that change something. One that writes nothing has the reason in place of the action.</summary>
    private static readonly Write[] Writes =
    [
        Form("/account/password", "user.password_changed", MailKinds.PasswordChanged, t => t.PostAsync("/account/password", new("current", People.Password), new("replacement", NewPassword))),
        Call("PUT", "/password", "user.password_changed", MailKinds.PasswordChanged, t => t.CallAsync(HttpMethod.Put, "/password", new { current = People.Password, replacement = NewPassword })),
        Form("/account/consents/revoke", "consent.revoked", null, async t => await t.PostAsync("/account/consents/revoke", new KeyValuePair<string, string>("clientId", await t.AddConsentAsync()))),
        Call("DELETE", "/consents/{clientId}", "consent.revoked", null, async t => await t.CallAsync(HttpMethod.Delete, "/consents/" + await t.AddConsentAsync())),
        Form("/account/email/confirm", "user.email_confirmation_asked", MailKinds.ConfirmEmail, async t => { await t.UnconfirmAsync(); await t.PostAsync("/account/email/confirm"); }),
        Call("POST", "/email/confirmation", "user.email_confirmation_asked", MailKinds.ConfirmEmail, async t => { await t.UnconfirmAsync(); await t.CallAsync(HttpMethod.Post, "/email/confirmation"); }),
        Form("/account/email", "user.email_confirmed", null, async t => { await t.UnconfirmAsync(); await t.PostAsync("/account/email", new KeyValuePair<string, string>("token", await t.LinkAsync(LinkPurposes.ConfirmEmail))); }),
        Form("/account/sessions/{id:guid}/end", "session.ended", null, async t => await t.PostAsync($"/account/sessions/{await t.OtherSessionAsync()}/end")),
        Call("DELETE", "/sessions/{id:guid}", "session.ended", null, async t => await t.CallAsync(HttpMethod.Delete, "/sessions/" + await t.OtherSessionAsync())),
        Form("/account/sessions/others/end", "user.signed_out_elsewhere", null, t => t.PostAsync("/account/sessions/others/end")),
        Call("POST", "/sessions/end-others", "user.signed_out_elsewhere", null, t => t.CallAsync(HttpMethod.Post, "/sessions/end-others")),
        Form("/account/sessions/all/end", "user.signed_out", null, t => t.PostAsync("/account/sessions/all/end")),
        Call("POST", "/sessions/end-all", "user.signed_out", null, t => t.CallAsync(HttpMethod.Post, "/sessions/end-all")),
        Form("/account/browsers/{id:guid}/remove", "user.browser_removed", null, async t => await t.PostAsync($"/account/browsers/{await t.BrowserAsync()}/remove")),
        Call("POST", "/browsers/{id:guid}/remove", "user.browser_removed", null, async t => await t.CallAsync(HttpMethod.Post, $"/browsers/{await t.BrowserAsync()}/remove")),
        Form("/account/security/browsers/{id:guid}/forget", "user.browser_forgotten", null, async t => await t.PostAsync($"/account/security/browsers/{await t.BrowserAsync()}/forget")),
        Call("DELETE", "/browsers/{id:guid}", "user.browser_forgotten", null, async t => await t.CallAsync(HttpMethod.Delete, $"/browsers/{await t.BrowserAsync()}")),
        Form("/account/security/app", "user.factor_added", MailKinds.AppAdded, async t => { var (state, code) = await t.OfferAsync(); await t.PostAsync("/account/security/app", new("secret", state), new("code", code)); }),
        Call("POST", "/factors/apps", "user.factor_added", MailKinds.AppAdded, async t => { var (state, code) = await t.OfferAsync(); await t.CallAsync(HttpMethod.Post, "/factors/apps", new { state, code }); }),
        Form("/account/security/app/{id:guid}/remove", "user.factor_removed", MailKinds.AppRemoved, async t => await t.PostAsync($"/account/security/app/{await t.AddAppAsync()}/remove")),
        Call("DELETE", "/factors/apps/{id:guid}", "user.factor_removed", MailKinds.AppRemoved, async t => await t.CallAsync(HttpMethod.Delete, "/factors/apps/" + await t.AddAppAsync())),
        Form("/account/security/passkeys", "user.factor_added", MailKinds.PasskeyAdded, t => t.AddPasskeyByPageAsync()),
        Call("POST", "/factors/passkeys", "user.factor_added", MailKinds.PasskeyAdded, t => t.AddPasskeyByApiAsync()),
        Form("/account/security/passkeys/{id}/rename", "user.passkey_renamed", null, async t => await t.PostAsync($"/account/security/passkeys/{await t.AddPasskeyAsync()}/rename", new KeyValuePair<string, string>("name", "Blue one"))),
        Call("PATCH", "/factors/passkeys/{id}", "user.passkey_renamed", null, async t => await t.CallAsync(HttpMethod.Patch, "/factors/passkeys/" + await t.AddPasskeyAsync(), new { name = "Blue one" })),
        Form("/account/security/passkeys/{id}/remove", "user.factor_removed", MailKinds.PasskeyRemoved, async t => await t.PostAsync($"/account/security/passkeys/{await t.AddPasskeyAsync()}/remove")),
        Call("DELETE", "/factors/passkeys/{id}", "user.factor_removed", MailKinds.PasskeyRemoved, async t => await t.CallAsync(HttpMethod.Delete, "/factors/passkeys/" + await t.AddPasskeyAsync())),
        Form("/account/security/recovery-codes", "user.recovery_codes_issued", null, async t => { await t.AddAppAsync(); await t.PostAsync("/account/security/recovery-codes"); }),
        Call("POST", "/factors/recovery-codes", "user.recovery_codes_issued", null, async t => { await t.AddAppAsync(); await t.CallAsync(HttpMethod.Post, "/factors/recovery-codes"); }),
        Form("/account/tokens/new", "user.token_made", MailKinds.TokenMade, t => t.PostAsync("/account/tokens/new", new("name", "Script"), new("scopes", "notes.read"), new("days", "7"))),
        Call("POST", "/tokens", "user.token_made", MailKinds.TokenMade, t => t.CallAsync(HttpMethod.Post, "/tokens", new { name = "Script", scopes = new[] { "notes.read" }, days = 7 })),
        Form("/account/tokens/{id:guid}/revoke", "user.token_revoked", null, async t => await t.PostAsync($"/account/tokens/{await t.AddTokenAsync()}/revoke")),
        Call("DELETE", "/tokens/{id:guid}", "user.token_revoked", null, async t => await t.CallAsync(HttpMethod.Delete, "/tokens/" + await t.AddTokenAsync())),
        Form("/account/data/export", "user.export_requested", null, t => t.PostAsync("/account/data/export")),
        Call("POST", "/export", "user.export_requested", null, t => t.CallAsync(HttpMethod.Post, "/export")),
        Form("/account/data/delete", "user.erasure_begun", MailKinds.ErasureBegun, t => t.PostAsync("/account/data/delete", new KeyValuePair<string, string>("confirm", "true"))),
        Call("POST", "/deletion", "user.erasure_begun", MailKinds.ErasureBegun, t => t.CallAsync(HttpMethod.Post, "/deletion", new { confirm = true })),
        Call("DELETE", "/deletion", "user.erasure_cancelled", null, t => t.CancelDeletionAsync()),
        Form("/account/profile", "user.profile_changed", null, async t => await t.PostAsync("/account/profile", new("version", (await t.ReadAsync()).ConcurrencyStamp!), new("name", "Another Name"))), // every row has one
        Call("PATCH", "", "user.profile_changed", null, async t => await t.PatchProfileAsync()),
        Form("/account/profile/email", "user.email_change_asked", MailKinds.ChangeEmail, t => t.PostAsync("/account/profile/email", new KeyValuePair<string, string>("email", $"new-{Guid.NewGuid():N}@mail.example"))),
        Call("POST", "/email", "user.email_change_asked", MailKinds.ChangeEmail, t => t.CallAsync(HttpMethod.Post, "/email", new { email = $"new-{Guid.NewGuid():N}@mail.example" })),
        Form("/account/profile/email/confirm", "user.email_changed", MailKinds.EmailChanged, async t => await t.PostAsync("/account/profile/email/confirm", new KeyValuePair<string, string>("token", await t.LinkAsync(LinkPurposes.ChangeEmail)))),
        Form("/account/connections/{provider}/unlink", "user.login_unlinked", MailKinds.LoginUnlinked, async t => await t.PostAsync($"/account/connections/{await t.AddLoginAsync()}/unlink")),
        Call("DELETE", "/logins/{provider}", "user.login_unlinked", MailKinds.LoginUnlinked, async t => await t.CallAsync(HttpMethod.Delete, "/logins/" + await t.AddLoginAsync())),
        Form("/account/connections/leave", "user.organization_left", null, async t => await t.PostAsync("/account/connections/leave", new KeyValuePair<string, string>("organization", await t.JoinAsync()))),
        Call("DELETE", "/organizations/{name}", "user.organization_left", null, async t => await t.CallAsync(HttpMethod.Delete, "/organizations/" + await t.JoinAsync())),
        Form("/account/freeze", "user.frozen", null, t => t.PostAsync("/account/freeze")),
        Call("POST", "/freeze", "user.frozen", null, t => t.CallAsync(HttpMethod.Post, "/freeze")),
        None("POST /account/security/passkeys/options", "It hands out a challenge, which changes nothing until it is answered."),
        None("POST /api/v1/me/factors/passkeys/options", "The same."),
        None("POST /api/v1/me/factors/apps/options", "It hands out a secret that counts for nothing until a code shows that somebody has it."),
        None("POST /account/connections/{provider}/link", "It sends to the other provider; what comes back is audited where a login is connected."),
    ];

    [Test]
    public void Every_endpoint_that_can_change_something_says_what_it_writes() =>
        Assert.That(Writes.Select(write => write.Endpoint), Is.EquivalentTo(Endpoints().Where(endpoint => endpoint.Method != "GET").Select(endpoint => $"{endpoint.Method} {endpoint.Path}")), "Say in Writes what it records, or why nothing.");

    /// <summary>But for the way back from another provider, which needs one (OwnLoginTests).</summary>
    [Test]
    public async Task What_is_only_shown_writes_nothing()
    {
        var trial = await Trial.BeginAsync(Server);
        await trial.CallAsync(HttpMethod.Get, "");
        var before = await EntriesAsync();

        foreach (var (_, path) in Endpoints().Where(endpoint => endpoint.Method == "GET"))
            if (path.StartsWith("/api/v1/me", StringComparison.Ordinal)) await trial.CallAsync(HttpMethod.Get, path["/api/v1/me".Length..]);
            else await trial.OpenAsync(path);

        Assert.That(await EntriesAsync(), Is.EqualTo(before));

        Task<int> EntriesAsync() => Server.WithDatabaseAsync(db => db.AuditEntries.CountAsync(a => a.ActorId == trial.Person.Id || a.TargetId == trial.Person.Id.ToString()));
    }

    [TestCaseSource(nameof(Audited))]
    public async Task It_leaves_an_entry_and_tells_the_person(Write write)
    {
        var trial = await Trial.BeginAsync(Server);
        var mails = await MailsAsync(write.Mail);

        await write.Do!(trial); // those without are not among the cases

        var entries = await Server.WithDatabaseAsync(db => db.AuditEntries.AsNoTracking().Where(a => a.Action == write.Action && a.ActorId == trial.Person.Id).ToListAsync());
        Assert.That(entries, Has.Count.EqualTo(1), $"{write.Endpoint} writes {write.Action}: {trial.LastAnswer}");
        Assert.That(entries[0].Source, Is.EqualTo(write.Source));
        if (write.Source == Api && write.Endpoint != "DELETE /api/v1/me/deletion") Assert.That(entries[0].Details, Does.Contain("\"app\":\"manager\"")); // by then there is no app any more
        if (write.Mail is not null) Assert.That(await MailsAsync(write.Mail) - mails, Is.EqualTo(1), write.Mail);
    }

    private static IEnumerable<TestCaseData> Audited => Writes.Where(write => write.Do is not null).Select(write => new TestCaseData(write).SetArgDisplayNames(write.Endpoint));

    private IEnumerable<(string Method, string Path)> Endpoints() => Server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .Where(e => e.RoutePattern.RawText is { } path && (path.StartsWith("/api/v1/me", StringComparison.Ordinal) || path.Split('/').ElementAtOrDefault(1) == "account"))
        .SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => (method, e.RoutePattern.RawText!.TrimEnd('/')))); // it was found by it

    private Task<int> MailsAsync(string? kind) => Server.WithDatabaseAsync(db => db.OutgoingMails.CountAsync(m => m.Kind == kind));

    private static Write Form(string path, string action, string? mail, Func<Trial, Task> act) => new("POST " + path, Page, action, mail, act);

    private static Write Call(string method, string path, string action, string? mail, Func<Trial, Task> act) => new($"{method} /api/v1/me{path}", Api, action, mail, act);

    private static Write None(string endpoint, string why) => new(endpoint, "", why, null, null);

    /// <param name="Action">Of the audit entry.</param>
    /// <param name="Mail">The kind of the mail that goes with it; null for none.</param>
    public sealed record Write(string Endpoint, string Source, string Action, string? Mail, Func<Trial, Task>? Do);

    /// <summary>Somebody who is signed in, in a browser and by an app, and what belongs to them.</summary>
    public sealed class Trial
    {
        private readonly ServerUnderTest _server;
        private readonly BrowserClient _browser;
        private string? _token;

        private Trial(ServerUnderTest server, User person, BrowserClient browser) => (_server, Person, _browser) = (server, person, browser);

        public User Person { get; }

        /// <summary>Shown when there is no entry.</summary>
        public string LastAnswer { get; private set; } = "";

        internal static async Task<Trial> BeginAsync(ServerUnderTest server)
        {
            var (person, browser) = (await server.AddPersonAsync(user => (user.Email, user.NormalizedEmail, user.EmailConfirmed) = (user.UserName + "@mail.example", (user.UserName + "@mail.example").ToUpperInvariant(), true)), server.NewBrowser());
            await browser.TrySignInAsync(person.UserName!, People.Password);
            return new(server, person, browser);
        }

        internal Task OpenAsync(string path) => _browser.GetAsync(path);

        internal Task<User> ReadAsync() => _server.ReadAsync(Person);

        internal async Task PostAsync(string path, params KeyValuePair<string, string>[] values)
        {
            var csrf = (await _browser.OpenAsync("/account/password")).FormWith("replacement").Fields.Single(field => field.Name == "csrf").Value;
            var answer = await _browser.PostAsync(path, [new("csrf", csrf), .. values]);
            LastAnswer = $"{(int)answer.Status} {answer.Location} {answer.Body}";
        }

        /// <summary>With a token from the browser's session as it is at the first call.</summary>
        internal async Task<JsonElement> CallAsync(HttpMethod method, string path, object? body = null, Action<HttpRequestMessage>? adapt = null, string? token = null)
        {
            var answer = await _server.CallAsync(token ?? (_token ??= await _server.AccountTokenAsync(Person, browser: _browser)), method, path, body, adapt);
            LastAnswer = $"{(int)answer.Status} {answer.Json}";
            return answer.Json;
        }

        internal async Task PatchProfileAsync()
        {
            var version = (await ReadAsync()).ConcurrencyStamp;
            await CallAsync(HttpMethod.Patch, "", new { name = "Another Name" }, request => request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\""));
        }

        internal async Task CancelDeletionAsync()
        {
            var begun = await CallAsync(HttpMethod.Post, "/deletion", new { confirm = true });
            await CallAsync(HttpMethod.Delete, "/deletion", token: begun.GetProperty("token").GetString());
        }

        internal async Task<string> AddConsentAsync()
        {
            await WriteAsync(db => db.Consents.Add(new() { UserId = Person.Id, ClientId = "consenting", GrantedAt = DateTimeOffset.UnixEpoch }));
            return "consenting";
        }

        internal Task UnconfirmAsync() => _server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == Person.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.EmailConfirmed, false)));

        /// <summary>The token of a link as a mail would have it.</summary>
        internal async Task<string> LinkAsync(string purpose)
        {
            await using var scope = _server.Services.CreateAsyncScope();
            var link = scope.ServiceProvider.GetRequiredService<OneTimeLinks>().Add(purpose, await ReadAsync(), TimeSpan.FromHours(1), "/", data: JsonSerializer.Serialize($"new-{Guid.NewGuid():N}@mail.example"));
            await scope.ServiceProvider.GetRequiredService<IdpDbContext>().SaveChangesAsync();
            return link.Split("token=")[1];
        }

        internal async Task<Guid> OtherSessionAsync()
        {
            var own = await SessionsAsync();
            await _server.NewBrowser().TrySignInAsync(Person.UserName!, People.Password);
            return (await SessionsAsync()).Except(own).Single();
        }

        internal async Task<Guid> BrowserAsync()
        {
            var until = _server.Clock.Time.GetUtcNow().AddDays(3);
            await _server.WithDatabaseAsync(db => db.KnownDevices.Where(d => d.UserId == Person.Id).ExecuteUpdateAsync(d => d.SetProperty(x => x.RememberedUntil, until)));
            return await _server.WithDatabaseAsync(db => db.KnownDevices.Where(d => d.UserId == Person.Id).Select(d => d.Id).FirstAsync());
        }

        /// <summary>What the first step of adding an app hands out, and the code that the app shows.</summary>
        internal async Task<(string State, string Code)> OfferAsync()
        {
            await using var scope = _server.Services.CreateAsyncScope();
            var session = (await SessionsAsync()).Single();
            var offer = scope.ServiceProvider.GetRequiredService<AddAuthenticatorApp>().Offer(new(Person.Id, session, "", "", default, [], "local", [], null), "x");
            return (offer.Sealed, Totp.CodeAt(Base32.Read(offer.Secret), _server.Clock.Time.GetUtcNow()));
        }

        /// <summary>An app that the person has had for long; the session has shown it.</summary>
        internal async Task<Guid> AddAppAsync()
        {
            await _server.AddAppAsync(Person);
            await ShownAsync();
            return await _server.WithDatabaseAsync(db => db.Credentials.Where(c => c.UserId == Person.Id && c.Kind == CredentialKinds.AuthenticatorApp).Select(c => c.Id).SingleAsync());
        }

        internal async Task AddPasskeyByPageAsync()
        {
            using var authenticator = new SoftwareAuthenticator(_server.Origin);
            LastAnswer = (await _browser.AddPasskeyAsync(authenticator)).Body;
        }

        internal async Task AddPasskeyByApiAsync()
        {
            using var authenticator = new SoftwareAuthenticator(_server.Origin);
            var challenge = await CallAsync(HttpMethod.Post, "/factors/passkeys/options");
            using var credential = JsonDocument.Parse(authenticator.Create(challenge.GetProperty("options")));
            await CallAsync(HttpMethod.Post, "/factors/passkeys", new { credential = credential.RootElement, state = challenge.GetProperty("state").GetString() });
        }

        internal async Task<string> AddPasskeyAsync()
        {
            byte[] id = [.. Guid.NewGuid().ToByteArray()];
            await WriteAsync(db => db.UserPasskeys.Add(new Passkey { UserId = Person.Id, CredentialId = id, Data = new IdentityPasskeyData { Name = "Red one", PublicKey = [1], CreatedAt = DateTimeOffset.UnixEpoch, AttestationObject = [1], ClientDataJson = [1] } }));
            await ShownAsync();
            return Base64Url.EncodeToString(id);
        }

        internal async Task<Guid> AddTokenAsync() => (await _server.AddTokenAsync(Person, "notes.read")).Id;

        internal async Task<string> AddLoginAsync()
        {
            await WriteAsync(db => db.UserLogins.Add(new() { UserId = Person.Id, LoginProvider = "google", ProviderKey = Person.UserName! }));
            return "google";
        }

        internal async Task<string> JoinAsync()
        {
            var name = "o" + Guid.NewGuid().ToString("N")[..10];
            await WriteAsync(db =>
            {
                var organization = new Organization { Name = name, CreatedAt = DateTimeOffset.UnixEpoch };
                db.Organizations.Add(organization);
                db.OrganizationMembers.Add(new OrganizationMember { OrganizationId = organization.Id, UserId = Person.Id, JoinedAt = DateTimeOffset.UnixEpoch });
            });
            return name;
        }

        private async Task ShownAsync()
        {
            List<string> methods = ["pwd", "otp", "mfa"];
            await _server.WithDatabaseAsync(db => db.Sessions.Where(s => s.UserId == Person.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.AuthenticationMethods, methods)));
        }

        private Task<int> WriteAsync(Action<IdpDbContext> write) => _server.WithDatabaseAsync(db =>
        {
            write(db);
            return db.SaveChangesAsync();
        });

        private Task<List<Guid>> SessionsAsync() => _server.WithDatabaseAsync(db => db.Sessions.Where(s => s.UserId == Person.Id && s.EndedAt == null).Select(s => s.Id).ToListAsync());
    }
}
