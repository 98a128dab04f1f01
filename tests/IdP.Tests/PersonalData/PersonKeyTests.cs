using System.Net;
using System.Text;
using IdP.Access;
using IdP.Audit;
using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.PersonalData;
using IdP.Policies;
using IdP.SignIn;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.PersonalData;

/// <summary>Personal values of audit entries and decisions, of which the database has nothing that can be read without the person's key.</summary>
public sealed class PersonKeyTests(DatabaseKind database) : OperationTest(database)
{
    private const string Agent = "Remarkable/7.1 (a browser nobody else has)", Address = "192.0.2.77";

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.Default, More = new Dictionary<string, string>(base.Settings.More) { ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1" },
    };

    [Test]
    public async Task What_was_known_of_a_sign_in_is_read_with_the_key_and_never_again_without_it()
    {
        var person = await Server.AddPersonAsync();
        using (var browser = NewBrowser()) await browser.TrySignInAsync(person.UserName!, People.Password);
        using (var browser = NewBrowser()) await browser.TrySignInAsync(person.UserName!, "wrong");
        var traces = await Server.WithDatabaseAsync(db => db.SignInDecisions.Where(d => d.UserId == person.Id).OrderBy(d => d.At).Select(d => d.TraceId!).ToListAsync());
        using var owner = await OwnerAsync();

        var stored = await RawAsync("SELECT * FROM \"SignInDecisions\" WHERE \"TraceId\" IN ('" + string.Join("','", traces) + "')");
        var before = await PagesAsync();
        await DestroyKeyAsync(person.Id);
        var after = await PagesAsync();
        var user = await owner.GetAsync("/console/users/" + person.Id);
        var dashboard = await owner.GetAsync("/console");

        Assert.That(stored, Does.Contain(traces[0]).And.Not.Contain(Agent).And.Not.Contain(Address));
        Assert.That(before, Has.All.Contains(Agent).And.All.Contains(Address).And.None.Contains("erased"));
        Assert.That(before[0], Does.Contain("Factors of the account"));
        Assert.That(after, Has.All.Contains("The personal data of this person were erased").And.None.Contains(Agent).And.None.Contains(Address).And.None.Contains("Factors of the account"));
        Assert.That(user.Body, Does.Contain("<td data-label=\"Address\">erased</td>").And.Not.Contain(Address));
        Assert.That((dashboard.Status, dashboard.Body), Is.EqualTo((HttpStatusCode.OK, dashboard.Body)));
        Assert.That(dashboard.Body, Does.Contain("<td data-label=\"Address\">erased</td>"));

        async Task<List<string>> PagesAsync()
        {
            List<string> pages = [];
            foreach (var trace in traces) pages.Add(WebUtility.HtmlDecode((await owner.GetAsync("/console/decisions?trace=" + trace)).Body));
            return pages;
        }
    }

    [Test]
    public async Task A_what_if_passes_over_decisions_of_people_whose_key_is_gone_and_says_how_many()
    {
        var person = await Server.AddPersonAsync();
        using (var browser = NewBrowser()) await browser.TrySignInAsync(person.UserName!, People.Password);
        var before = await RunAsync((PolicyReplay replay) => replay.RunAsync(new("tried", new() { Factors = FactorDemand.Mfa }), default));

        await DestroyKeyAsync(person.Id);
        var after = await RunAsync((PolicyReplay replay) => replay.RunAsync(new("tried", new() { Factors = FactorDemand.Mfa }), default));

        Assert.That((after.LookedAt, after.Erased), Is.EqualTo((before.LookedAt - 1, before.Erased + 1)));
    }

    [Test]
    public async Task An_audit_entry_about_a_person_is_under_their_key_and_the_address_under_that_of_whoever_did_it()
    {
        var (owner, name) = (await OwnerIdAsync(), NewName("audited"));
        var created = await SucceedAsync((CreateUser create) => create.ExecuteAsync(new UserSettings { UserName = name }, new InitialPassword.None(), true, default));
        using (var browser = await OwnerAsync())
        {
            var page = await browser.GetAsync("/console/users/" + created.User.Id);
            await browser.SubmitAsync(page.Forms.Single(form => form.Action.AbsolutePath.EndsWith("/disable", StringComparison.Ordinal)), [new("reason", "moved to Remarkable Ltd")]);
            var role = await browser.PostAsync("/console/users/" + Guid.NewGuid() + "/disable", []);
            Assert.That(role.Status, Is.Not.EqualTo(HttpStatusCode.OK));
        }
        var id = created.User.Id.ToString();

        var stored = await RawAsync($"SELECT * FROM \"AuditEntries\" WHERE \"TargetId\" = '{id}'");
        var before = await AuditAsync(id);
        await DestroyKeyAsync(created.User.Id);
        var after = await AuditAsync(id);

        Assert.That(stored, Does.Contain("user.disabled").And.Not.Contain(name).And.Not.Contain("Remarkable").And.Not.Contain(Address));
        Assert.That(before.Select(e => e.Action), Is.EqualTo((string[])["user.created", "user.disabled"]));
        Assert.That(before[0].Details, Does.Contain(name));
        Assert.That((before[1].ActorId, before[1].RemoteAddress), Is.EqualTo(((Guid?)owner, Address)));
        Assert.That(before[1].Details, Does.Contain("Remarkable"));
        Assert.That(after.Select(e => (e.IsErased, e.Details)), Is.All.EqualTo((true, (string?)null)));
        Assert.That(after[1].RemoteAddress, Is.EqualTo(Address), "it is the administrator's");
    }

    [Test]
    public async Task What_administrators_do_to_things_stays_readable_when_they_are_erased()
    {
        var (entry, admin) = (NewName("thing"), await Server.AddPersonAsync());
        await WriteEntriesAsync(new AuditEntry { Action = "client.updated", ActorId = admin.Id, Source = ActorSources.Console, TargetType = "client", TargetId = entry, Details = """{"changes":1}""", RemoteAddress = Address },
            new AuditEntry { Action = "consent.granted", ActorId = admin.Id, Source = ActorSources.Account, TargetType = "client", TargetId = entry, Details = """{"scopes":["health"]}""", RemoteAddress = Address });
        await DestroyKeyAsync(admin.Id);

        var entries = (await AuditAsync(entry)).ToDictionary(e => e.Action);

        Assert.That((entries["client.updated"].Details, entries["client.updated"].RemoteAddress), Is.EqualTo(("""{"changes":1}""", (string?)null)));
        Assert.That((entries["consent.granted"].Details, entries["consent.granted"].RemoteAddress), Is.EqualTo(((string?)null, (string?)null)));
    }

    [Test]
    public async Task People_of_before_get_one_key_however_many_write_about_them_at_once()
    {
        var person = await Server.AddPersonAsync();
        await DestroyKeyAsync(person.Id);

        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => WriteEntriesAsync(Entry(person.Id, $$"""{"i":{{i}}}"""))));

        var entries = await AuditAsync(person.Id.ToString());
        Assert.That(entries.Select(e => e.Details), Is.EquivalentTo(Enumerable.Range(0, 12).Select(i => $$"""{"i":{{i}}}""")));
        Assert.That(await RawAsync($"SELECT * FROM \"AuditEntries\" WHERE \"TargetId\" = '{person.Id}'"), Does.Not.Contain("{\"i\""));
    }

    [Test]
    public async Task A_key_that_was_made_in_a_change_that_failed_is_used_for_nothing_afterwards()
    {
        var person = await Server.AddPersonAsync();
        await DestroyKeyAsync(person.Id);
        await Server.WithDatabaseAsync(async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            for (var i = 0; i < 2; i++)
            {
                db.AuditEntries.Add(Entry(person.Id, """{"lost":1}"""));
                await db.SaveChangesAsync();
            }
            return 0; // undone
        });

        await WriteEntriesAsync(Entry(person.Id, """{"kept":1}"""));

        Assert.That((await AuditAsync(person.Id.ToString())).Select(e => e.Details), Is.EqualTo((string[])["""{"kept":1}"""]));
    }

    [Test]
    public async Task Nothing_is_kept_about_somebody_who_is_not_there_any_more()
    {
        var gone = Guid.NewGuid();

        await WriteEntriesAsync(Entry(gone, """{"userName":"late"}"""));

        var entry = (await AuditAsync(gone.ToString())).Single();
        Assert.That((entry.Details, entry.SealedDetails, entry.RemoteAddress, entry.SealedAddress), Is.EqualTo(((string?)null, (byte[]?)null, (string?)null, (byte[]?)null)));
        Assert.That(await ReadAsync(db => db.PersonKeys.AnyAsync(k => k.Id == gone)), Is.False);
    }

    [Test]
    public async Task Rows_of_before_are_read_as_they_are()
    {
        var person = await Server.AddPersonAsync();
        await WriteEntriesAsync(Entry(person.Id, """{"old":1}"""));
        await Server.WithDatabaseAsync(db => db.AuditEntries.Where(e => e.TargetId == person.Id.ToString()).ExecuteUpdateAsync(e => e.SetProperty(x => x.Details, """{"older":1}""").SetProperty(x => x.SealedDetails, (byte[]?)null)));

        var entry = (await AuditAsync(person.Id.ToString())).Single();

        Assert.That((entry.Details, entry.RemoteAddress, entry.IsErased), Is.EqualTo(("""{"older":1}""", Address, false)));
    }

    [Test]
    public void What_is_encrypted_for_one_row_and_purpose_is_nothing_in_another()
    {
        var (key, id, row) = (new byte[32], Guid.NewGuid(), Guid.NewGuid());
        var stored = PersonalCipher.Seal(key, id, "audit details", row, ["a", null]);
        var changed = (byte[])stored.Clone();
        changed[^1] ^= 1;

        Assert.That(PersonalCipher.Open(key, "audit details", row, stored), Is.EqualTo((string?[])["a", null]));
        Assert.That(PersonalCipher.KeyIdOf(stored), Is.EqualTo(id));
        Assert.That((PersonalCipher.Open(key, "audit address", row, stored), PersonalCipher.Open(key, "audit details", id, stored), PersonalCipher.Open(key, "audit details", row, changed), PersonalCipher.Open(key, "audit details", row, stored[..20])), Is.EqualTo(((string?[]?)null, (string?[]?)null, (string?[]?)null, (string?[]?)null)));
    }

    [Test]
    public async Task A_key_that_was_put_in_the_place_of_another_is_noticed()
    {
        var (one, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var theirs = await ReadAsync(db => db.PersonKeys.AsNoTracking().SingleAsync(k => k.Id == other.Id));

        Assert.That(() => Server.Services.GetRequiredService<PersonKeys>().Unprotect(one.Id, theirs.ProtectedKey), Throws.InstanceOf<System.Security.Cryptography.CryptographicException>());
    }

    private BrowserClient NewBrowser()
    {
        var browser = Server.NewBrowser();
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", Address);
        browser.Http.DefaultRequestHeaders.UserAgent.Clear();
        browser.Http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", Agent);
        return browser;
    }

    private static AuditEntry Entry(Guid person, string details) => new() { At = DateTimeOffset.UnixEpoch, Action = "user.tested", Source = ActorSources.System, TargetType = "user", TargetId = person.ToString(), Details = details, RemoteAddress = Address };

    private async Task WriteEntriesAsync(params AuditEntry[] entries) => await WriteAsync(db => db.AuditEntries.AddRange(entries));

    private Task<int> DestroyKeyAsync(Guid id)
    {
        Server.Services.GetRequiredService<PersonKeys>().Forget(id);
        return Server.WithDatabaseAsync(db => db.PersonKeys.Where(k => k.Id == id).ExecuteDeleteAsync());
    }

    private Task<Guid> OwnerIdAsync() => ReadAsync(db => db.Users.Where(u => u.UserName == TestUsers.Root.UserName).Select(u => u.Id).SingleAsync());

    private async Task<BrowserClient> OwnerAsync()
    {
        var browser = NewBrowser();
        await browser.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);
        return browser;
    }

    /// <summary>All that the database has of some rows.</summary>
    private Task<string> RawAsync(string sql) => Server.WithDatabaseAsync(async db =>
    {
        await db.Database.OpenConnectionAsync();
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var text = new StringBuilder();
        while (await reader.ReadAsync())
            for (var i = 0; i < reader.FieldCount; i++) text.Append(reader.GetValue(i) is byte[] bytes ? Encoding.Latin1.GetString(bytes) : reader.GetValue(i)).Append('|');
        return text.ToString();
    });
}
