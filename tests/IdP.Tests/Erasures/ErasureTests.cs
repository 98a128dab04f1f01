using System.Net;
using System.Text;
using System.Text.Json;
using IdP.Access;
using IdP.Audit;
using IdP.Consents;
using IdP.Credentials.Passwords.History;
using IdP.Data;
using IdP.Erasures;
using IdP.Links;
using IdP.Mail;
using IdP.PersonalData;
using IdP.PersonalTokens;
using IdP.Protocol.Grants;
using IdP.Protocol.Logout;
using IdP.Recovery.Supervised;
using IdP.Sessions;
using IdP.SignIn;
using IdP.Tests.Mail;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace IdP.Tests.Erasures;

/// <summary>People who go: closed at once, deleted later, without a trace that names them.</summary>
public sealed class ErasureTests(DatabaseKind database) : MailTest(database)
{
    private const string Agent = "Quixotic/9.9 (only Zyta has it)", Address = "198.51.100.231", Mark = "zyxomark";

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.Default, More = new Dictionary<string, string>(base.Settings.More) { ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1", ["Audit:SealInterval"] = "01:00:00" },
    };

    [Test]
    public async Task Whoever_asks_is_out_at_once_everywhere_and_comes_back_with_the_link_of_the_mail()
    {
        var person = await AddMailPersonAsync();
        using var browser = await SignedInAsync(person);
        using var other = await SignedInAsync(person);
        await Mail.NextAsync(person.Email!); // of the second browser
        var page = await browser.GetAsync("/account/data");

        var unmeant = await browser.SubmitAsync(page.FormWith("confirm"), []);
        var stillIn = await other.GetAsync("/account");
        var closed = await browser.FollowAsync(await browser.SubmitAsync(page.FormWith("confirm"), [new("confirm", "true")]));
        var mail = await Mail.NextAsync(person.Email!);
        var refused = await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);
        using var reader = Server.NewBrowser();
        var asked = await reader.GetAsync(mail.Link(CancelErasure.Path));
        var kept = await reader.FollowAsync(await reader.SubmitAsync(asked.FormWith("token"), []));
        var again = await reader.GetAsync(mail.Link(CancelErasure.Path));
        var back = await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);

        Assert.That((unmeant.Status, stillIn.Status), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.OK)));
        Assert.That(closed.Body, Does.Contain("Your account is closed").And.Contain(person.UserName));
        Assert.That((await other.OpenAsync("/account")).AsksToSignIn, Is.True);
        Assert.That((refused.IsRedirect, back.IsRedirect), Is.EqualTo((false, true)));
        Assert.That((kept.Status, again.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Gone)));
        Assert.That(kept.Body, Does.Contain("Your account is open again"));
        Assert.That(await ActionsAsync(person.Id), Is.SupersetOf((string[])["user.erasure_begun", "user.erasure_cancelled"]));
        Assert.That(await RunJobAsync(), Is.Zero);
    }

    [Test]
    public async Task An_old_session_does_not_ask_for_a_deletion()
    {
        var person = await AddMailPersonAsync();
        using var browser = await SignedInAsync(person);
        var form = (await browser.GetAsync("/account/data")).FormWith("confirm");

        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var page = await browser.OpenAsync("/account/data");
        var answer = await browser.FollowAsync(await browser.SubmitAsync(form, [new("confirm", "true")]));

        Assert.That((page.AsksToSignIn, answer.AsksToSignIn), Is.EqualTo((true, true)));
        Assert.That((await Server.ReadAsync(person)).Enabled, Is.True);
    }

    [Test]
    public async Task An_administrator_begins_and_cancels_it_and_nobody_opens_the_account_in_between()
    {
        var person = await AddMailPersonAsync();
        using var owner = await OwnerAsync();
        var page = await owner.GetAsync("/console/users/" + person.Id);

        await owner.SubmitAsync(Form(page, "/erasure"), [new("confirm", "true")]);
        var list = await owner.GetAsync("/console/erasures");
        var closed = await owner.GetAsync("/console/users/" + person.Id);
        var enabled = await RunAsync((EnableUser enable) => enable.ExecuteAsync(person.Id, default));
        var twice = await RunAsync((BeginErasure begin) => begin.OfAsync(person.Id, default));
        var forbidden = await RunAsync((BeginErasure begin) => begin.OfAsync(person.Id, default), ActorSources.Console);
        var forbiddenToo = await RunAsync((CancelErasure cancel) => cancel.OfAsync(person.Id, default), ActorSources.Console);
        await owner.SubmitAsync(Form(closed, "/erasure/cancel"), []);
        var after = await Server.ReadAsync(person);

        Assert.That(list.Body, Does.Contain(person.Name).And.Contain("an administrator"));
        Assert.That(closed.Body, Does.Contain("Cancel the deletion").And.Not.Contain("Enable user"));
        Assert.That((enabled.Failure?.Code, twice.Failure?.Code), Is.EqualTo(("erasure_pending", "erasure_pending")));
        Assert.That((forbidden.Failure?.Kind, forbiddenToo.Failure?.Kind), Is.EqualTo((FailureKind.Forbidden, FailureKind.Forbidden)));
        Assert.That((after.Enabled, after.DisabledReason), Is.EqualTo((true, (string?)null)));
    }

    [Test]
    public async Task An_account_that_was_closed_before_stays_closed_when_the_deletion_is_cancelled()
    {
        var person = await AddMailPersonAsync(user => user.Enabled = false);

        await RunAsync((BeginErasure begin) => begin.OfAsync(person.Id, default));
        var cancelled = await RunAsync((CancelErasure cancel) => cancel.OfAsync(person.Id, default));

        Assert.That((cancelled.Failure, (await Server.ReadAsync(person)).Enabled), Is.EqualTo(((Failure?)null, false)));
    }

    [Test]
    public async Task The_last_owner_stays()
    {
        using var owner = await OwnerAsync();
        var form = (await owner.GetAsync("/account/data")).FormWith("confirm");

        var answer = await owner.SubmitAsync(form, [new("confirm", "true")]);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(answer.Body, Does.Contain("You are the last person who may administer this provider"));
        Assert.That((await owner.GetAsync("/console")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task After_a_deletion_nothing_anywhere_names_the_person_and_the_trail_holds()
    {
        var (person, personal) = await LiveAsync();
        using var owner = await OwnerAsync();
        var before = await ScanAsync(personal);
        await RunAsync((BeginErasure begin) => begin.OfAsync(person.Id, default));
        var early = await RunJobAsync();

        Server.Clock.Advance(TimeSpan.FromDays(14) + TimeSpan.FromMinutes(1));
        await FinishedAsync(person.Id);
        await Sealing.SealAsync(default);
        var mail = await NextWithAsync(person.Email!, "Certificate:");
        await Server.WithDatabaseAsync(db => db.OutgoingMails.Where(m => m.Status == MailStatus.Sent).ExecuteDeleteAsync());
        var after = await ScanAsync(personal);
        var erasure = await Server.WithDatabaseAsync(db => db.Erasures.AsNoTracking().SingleAsync(e => e.UserId == person.Id));
        var verdict = await RunAsync((VerifyAudit verify) => verify.ExecuteAsync(default));

        Assert.That(personal.Except(before.Select(found => found.Value)), Is.Empty, "what is looked for was there");
        Assert.That(before.Select(found => found.Table).Distinct().Count(), Is.GreaterThan(10));
        Assert.That(early, Is.Zero);
        Assert.That(after, Is.Empty);
        Assert.That((verdict.Broken, erasure.State), Is.EqualTo(((string?)null, ErasureState.Done)));

        using var key = await KeyAsync();
        var certificate = key.Read(ErasePerson.CertificateType, erasure.Certificate!)!.Value;
        Assert.That(key.Read("audit-checkpoint+jwt", erasure.Certificate!), Is.Null, "it is a certificate and nothing else");
        Assert.That(certificate.GetProperty("person").GetGuid(), Is.EqualTo(person.Id));
        Assert.That(certificate.GetProperty("deleted").GetProperty("Users").GetInt32(), Is.EqualTo(1));
        Assert.That(certificate.GetProperty("deleted").GetProperty("PersonKeys").GetInt32(), Is.EqualTo(2), "the invitation had one, too");
        // Not of one table: the clean-up may have been faster with what had ended.
        Assert.That(certificate.GetProperty("deleted").EnumerateObject().Count(table => table.Value.GetInt32() > 0), Is.GreaterThan(5));
        Assert.That(certificate.GetProperty("emptied").GetProperty("SignInDecisions").GetInt32(), Is.GreaterThan(0));
        Assert.That(certificate.GetProperty("auditChain").GetProperty("number").GetInt64(), Is.GreaterThan(0));
        Assert.That(string.Concat(mail.Text.Where(c => !char.IsWhiteSpace(c))), Does.Contain(erasure.Certificate));
        using var signedIn = await OwnerAsync();
        Assert.That((await signedIn.GetAsync($"/console/erasures/{erasure.Id}/certificate")).Body, Is.EqualTo(erasure.Certificate));
        Assert.That((await signedIn.GetAsync("/console/erasures")).Body, Does.Contain(person.Id.ToString()).And.Contain("Certificate"));
        Assert.That((await signedIn.GetAsync("/console/users/" + person.Id)).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task What_stopped_in_the_middle_goes_on_when_its_claim_is_over_and_counts_nothing_twice()
    {
        var person = await AddMailPersonAsync();
        using var browser = await SignedInAsync(person);
        var begun = await RunAsync((BeginErasure begin) => begin.OfAsync(person.Id, default));
        var id = begun.Value!.Erasure.Id;
        var now = Server.Clock.Time.GetUtcNow();
        // A node that has deleted the sessions and died.
        await Server.WithDatabaseAsync(async db =>
        {
            await db.Sessions.Where(s => s.UserId == person.Id).ExecuteDeleteAsync();
            return await db.Erasures.Where(e => e.Id == id).ExecuteUpdateAsync(e => e.SetProperty(x => x.State, ErasureState.Running).SetProperty(x => x.StartedAt, now).SetProperty(x => x.ClaimedUntil, now + TimeSpan.FromMinutes(5)).SetProperty(x => x.Counts, """{"Sessions":1}"""));
        });

        var claimed = await RunJobAsync();
        var late = await RunAsync((CancelErasure cancel) => cancel.OfAsync(person.Id, default));
        Server.Clock.Advance(TimeSpan.FromMinutes(6));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunJobAsync()));
        await FinishedAsync(person.Id);

        var counts = JsonSerializer.Deserialize<Dictionary<string, int>>((await Server.WithDatabaseAsync(db => db.Erasures.AsNoTracking().SingleAsync(e => e.Id == id))).Counts!)!;
        Assert.That((claimed, late.Failure?.Code), Is.EqualTo((0, "erasure_running")));
        Assert.That((counts["Sessions"], counts["Users"], counts["PersonKeys"]), Is.EqualTo((1, 1, 1)));
        Assert.That(await Server.WithDatabaseAsync(db => db.AuditEntries.CountAsync(e => e.Action == "person.erased" && e.TargetId == id.ToString())), Is.EqualTo(1));
    }

    [Test]
    public async Task Every_table_of_the_model_is_named_and_one_that_refers_to_people_is_not_said_to_be_nobodys()
    {
        var (tables, model) = await RunAsync(async (PersonalTables all) => (all.All, await Server.WithDatabaseAsync(db => Task.FromResult(db.Model))));
        var entities = model.GetEntityTypes().Where(e => !e.IsOwned()).ToList();

        var unnamed = entities.Select(e => e.ClrType).Except(tables.Select(t => t.Entity));
        var strays = tables.Select(t => t.Entity).Except(entities.Select(e => e.ClrType));
        var referring = entities.Where(e => e.GetForeignKeys().Any(key => key.PrincipalEntityType.ClrType == typeof(User))
            || e.GetProperties().Any(p => p.Name is "UserId" or "Subject" or "ActorId" or "SessionId" or "UserAgent" or "RemoteAddress" or "Address" or "Email")).Select(e => e.ClrType);

        Assert.That(unnamed, Is.Empty, "Say in PersonalTables what a deletion does to it.");
        Assert.That(strays, Is.Empty);
        Assert.That(referring.Intersect(tables.Where(t => !t.RefersToPeople).Select(t => t.Entity)).Except([typeof(Protocol.Token.AssertionIssuer)]), Is.Empty);
        Assert.That(tables.Where(t => t.RefersToPeople && t.Erase is null && string.IsNullOrEmpty(t.Why)), Is.Empty);
    }

    /// <summary>Somebody who was invited, signed up, signed in, was helped and left something in every table there is.</summary>
    private async Task<(User Person, IReadOnlyList<string> Personal)> LiveAsync()
    {
        var email = $"zyta.{Guid.NewGuid():N}@zyta-mail.example";
        using (var owner = await OwnerAsync()) await owner.SubmitAsync((await owner.GetAsync("/console/invitations")).FormWith("email"), [new("email", email)]);
        using var browser = NewBrowser();
        var form = (await browser.GetAsync((await Mail.NextAsync(email)).Link("/signup/finish"))).FormWith("password");
        await browser.SubmitAsync(form, [new("name", "Zyta Quixandrova"), new("password", "An-Unusual-Pelican-42")]);
        var person = await Server.WithDatabaseAsync(db => db.Users.SingleAsync(u => u.Email == email));
        await NewBrowser().TrySignInAsync(email, "wrong");
        await NewBrowser().TrySignInAsync(email, "An-Unusual-Pelican-42");
        await Server.AddAppAsync(person);
        await RunAsync((DisableUser disable) => disable.ExecuteAsync(person.Id, "Zyta Quixandrova is away", default));
        await RunAsync((EnableUser enable) => enable.ExecuteAsync(person.Id, default));
        var (id, now, client) = (person.Id, Server.Clock.Time.GetUtcNow(), await Server.WithDatabaseAsync(db => db.Clients.FirstAsync()));
        await Server.WithDatabaseAsync(async db =>
        {
            await db.Users.Where(u => u.Id == id).ExecuteUpdateAsync(u => u.SetProperty(x => x.GivenName, "Zyta").SetProperty(x => x.FamilyName, "Quixandrova").SetProperty(x => x.PhoneNumber, "+99 555 0147 231"));
            db.UserClaims.Add(new() { UserId = id, ClaimType = "nickname", ClaimValue = Mark });
            db.UserLogins.Add(new() { UserId = id, LoginProvider = "google", ProviderKey = Mark + id, ProviderDisplayName = Mark });
            db.UserTokens.Add(new() { UserId = id, LoginProvider = "x", Name = Mark, Value = Mark });
            db.FormerPasswords.Add(new FormerPassword { UserId = id, PasswordHash = Mark, ReplacedAt = now });
            db.PersonalTokens.Add(new PersonalToken { UserId = id, Name = Mark, ValueHash = id.ToString("N"), Scopes = ["x"], CreatedAt = now, ExpiresAt = now.AddDays(60) });
            db.Consents.Add(new Consent { UserId = id, ClientId = client.ClientId, GrantedAt = now });
            db.PendingLogins.Add(new PendingLogin { UserId = id, HandleHash = id.ToString("N"), BrowserHash = Mark, IdentityProvider = "local", ReturnUrl = "/" + Mark, SecurityStamp = "", CreatedAt = now, ExpiresAt = now.AddDays(60) });
            db.RecoveryRequests.Add(new RecoveryRequest { UserId = id, Number = "99999999", HandleHash = id.ToString("N"), BrowserHash = Mark, ProtectedName = Mark, ReturnUrl = "/", RemoteAddress = Address, UserAgent = Agent, CreatedAt = now, ExpiresAt = now.AddDays(60) });
            var grant = new Grant { ClientKey = client.Id, Subject = id.ToString(), Status = "valid", Type = "permanent", CreatedAt = now };
            db.Grants.Add(grant);
            db.Tokens.Add(new GrantToken { GrantId = grant.Id, ClientKey = client.Id, Subject = id.ToString(), Payload = Mark, Status = "valid", Type = "refresh_token", CreatedAt = now, ExpiresAt = now.AddDays(60) });
            db.LogoutDeliveries.Add(new LogoutDelivery { ClientKey = client.Id, Subject = id.ToString(), LastError = Mark, Status = LogoutDeliveryStatus.Failed, CreatedAt = now, NextAttemptAt = now, ExpiresAt = now.AddDays(60) });
            // As an older version kept them: in clear.
            db.AuditEntries.Add(new AuditEntry { At = now, Action = "user.older", Source = ActorSources.System, TargetType = "user", TargetId = id.ToString(), Details = "{}" });
            db.SignInDecisions.Add(new SignInDecision { At = now, Day = DateOnly.FromDateTime(now.UtcDateTime), UserId = id, TraceId = "older" });
            return await db.SaveChangesAsync();
        });
        await Server.WithDatabaseAsync(db => db.AuditEntries.Where(e => e.Action == "user.older" && e.Number == null).ExecuteUpdateAsync(e => e.SetProperty(x => x.Details, Mark).SetProperty(x => x.SealedDetails, (byte[]?)null).SetProperty(x => x.RemoteAddress, Address)));
        await Server.WithDatabaseAsync(db => db.SignInDecisions.Where(d => d.TraceId == "older").ExecuteUpdateAsync(d => d.SetProperty(x => x.RemoteAddress, Address).SetProperty(x => x.UserAgent, Agent).SetProperty(x => x.Inputs, """{"userId":"00000000-0000-0000-0000-000000000000"}""")));
        // A mail that nobody could send yet.
        await RunAsync(async (MailQueue mail) =>
        {
            mail.Add(MailKinds.NoPassword, email, "Zyta", null, new Dictionary<string, object> { ["link"] = "https://x.example", ["provider"] = "x" }, TimeSpan.FromDays(60));
            return 0;
        });
        return (person, [email, email.ToUpperInvariant(), "Zyta", "Quixandrova", "0147 231", Address, "198.51.100.0/24", Agent, Mark]);
    }

    /// <summary>Everything that the database has, whether or not the model knows of it.</summary>
    private Task<List<(string Table, string Value)>> ScanAsync(IReadOnlyList<string> personal) => Server.WithDatabaseAsync(async db =>
    {
        await db.Database.OpenConnectionAsync();
        var tables = new List<string>();
        await using (var list = db.Database.GetDbConnection().CreateCommand())
        {
            list.CommandText = Database is DatabaseKind.Sqlite ? "SELECT name FROM sqlite_master WHERE type = 'table'" : "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
            await using var names = await list.ExecuteReaderAsync();
            while (await names.ReadAsync()) tables.Add(names.GetString(0));
        }
        Assert.That(tables, Has.Count.GreaterThan(30));
        List<(string, string)> found = [];
        foreach (var table in tables)
        {
            await using var command = db.Database.GetDbConnection().CreateCommand();
            command.CommandText = $"SELECT * FROM \"{table}\"";
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                for (var i = 0; i < rows.FieldCount; i++)
                {
                    var value = rows.GetValue(i) switch { byte[] bytes => Encoding.UTF8.GetString(bytes), string[] texts => string.Join(' ', texts), var other => other.ToString() ?? "" };
                    found.AddRange(personal.Where(one => value.Contains(one, StringComparison.Ordinal)).Select(one => ($"{table}.{rows.GetName(i)}", one)));
                }
        }
        return found;
    });

    private AuditSealing Sealing => Server.Services.GetRequiredService<AuditSealing>();

    private Task<int> RunJobAsync() => Server.Services.GetRequiredService<ErasureJob>().RunAsync(default);

    /// <summary>The server's own turn may have come first.</summary>
    private async Task FinishedAsync(Guid person)
    {
        for (var i = 0; i < 300 && !await Server.WithDatabaseAsync(db => db.Erasures.AnyAsync(e => e.UserId == person && e.State == ErasureState.Done)); i++)
        {
            await RunJobAsync();
            await Task.Delay(50);
        }
    }

    private Task<AuditKey> KeyAsync() => Server.WithDatabaseAsync(async db => Server.Services.GetRequiredService<AuditKeys>().Open(await db.AuditChains.AsNoTracking().SingleAsync()));

    private Task<List<string>> ActionsAsync(Guid user) => Server.WithDatabaseAsync(db => db.AuditEntries.Where(e => e.TargetId == user.ToString()).Select(e => e.Action).ToListAsync());

    private static HtmlForm Form(Page page, string end) => page.Forms.Single(form => form.Action.AbsolutePath.EndsWith(end, StringComparison.Ordinal));

    private BrowserClient NewBrowser()
    {
        var browser = Server.NewBrowser();
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", Address);
        browser.Http.DefaultRequestHeaders.UserAgent.Clear();
        browser.Http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", Agent);
        return browser;
    }

    private async Task<BrowserClient> SignedInAsync(User person)
    {
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        return browser;
    }

    private async Task<BrowserClient> OwnerAsync()
    {
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);
        return browser;
    }

    private async Task<ReceivedMail> NextWithAsync(string to, string text)
    {
        while (true)
            if (await Mail.NextAsync(to) is var mail && mail.Text.Contains(text, StringComparison.Ordinal)) return mail;
    }

    private async Task<T> RunAsync<TOperation, T>(Func<TOperation, Task<T>> act, string source = ActorSources.System) where TOperation : notnull
    {
        await using var scope = Server.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Actor>().Become(source);
        return await act(scope.ServiceProvider.GetRequiredService<TOperation>());
    }
}
