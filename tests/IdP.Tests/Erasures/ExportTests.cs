using System.Net;
using System.Text;
using System.Text.Json;
using IdP.Access;
using IdP.Erasures;
using IdP.Exports;
using IdP.SignIn;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace IdP.Tests.Erasures;

/// <summary>People get everything that is kept about them, and nothing of others.</summary>
public sealed class ExportTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task A_copy_is_made_in_the_background_and_has_what_is_kept_without_secrets()
    {
        var person = await AddAsync();
        using var browser = await SignedInAsync(person);
        using (var admin = Server.NewBrowser())
        {
            await admin.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);
            var page = await admin.GetAsync("/console/users/" + person.Id);
            await admin.SubmitAsync(page.Forms.Single(f => f.Action.AbsolutePath.EndsWith("/disable", StringComparison.Ordinal)), [new("reason", "Elvira was away")]);
            await admin.SubmitAsync((await admin.GetAsync("/console/users/" + person.Id)).Forms.Single(f => f.Action.AbsolutePath.EndsWith("/enable", StringComparison.Ordinal)), []);
        }
        using var back = await SignedInAsync(person);
        var secrets = await Server.WithDatabaseAsync(async db => (await db.Users.Where(u => u.Id == person.Id).Select(u => u.PasswordHash!).ToListAsync()).Concat(await db.Sessions.Where(s => s.UserId == person.Id).Select(s => s.HandleHash).ToListAsync()).ToList());

        var asked = await back.FollowAsync(await back.SubmitAsync(ExportForm(await back.GetAsync("/account/data")), []));
        await FinishedAsync(person);
        var ready = await back.GetAsync("/account/data");
        var copy = await back.GetAsync("/account/data/export");
        var stored = await StoredAsync(person);

        Assert.That((asked.Status, asked.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, "/account/data")));
        Assert.That(ready.Body, Does.Contain("Your copy is ready"));
        Assert.That((copy.Status, copy.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, "application/json")));
        Assert.That(stored, Does.Not.Contain("Elvira").And.Not.Contain(person.UserName!));
        foreach (var secret in secrets) Assert.That(copy.Body, Does.Not.Contain(secret));
        using var json = JsonDocument.Parse(copy.Body);
        var tables = json.RootElement.GetProperty("tables");
        Assert.That(tables.GetProperty("Users")[0].GetProperty("name").GetString(), Is.EqualTo("Elvira Export"));
        Assert.That(tables.GetProperty("Users")[0].TryGetProperty("passwordHash", out _), Is.False);
        Assert.That(json.RootElement.GetProperty("leftOut").GetProperty("Users").GetString(), Does.Contain("PasswordHash"));
        var decision = tables.GetProperty("SignInDecisions").EnumerateArray().First();
        Assert.That((decision.GetProperty("outcome").GetString(), decision.GetProperty("remoteAddress").GetString()), Is.EqualTo((nameof(SignInOutcome.Success), decision.GetProperty("remoteAddress").GetString())));
        Assert.That(decision.GetProperty("remoteAddress").GetString(), Is.Not.Null);
        var closed = tables.GetProperty("AuditEntries").EnumerateArray().Single(e => e.GetProperty("action").GetString() == "user.disabled");
        Assert.That(closed.GetProperty("details").GetString(), Does.Contain("Elvira was away"));
        Assert.That((closed.GetProperty("actorId").ValueKind, closed.GetProperty("remoteAddress").ValueKind), Is.EqualTo((JsonValueKind.Null, JsonValueKind.Null)), "who did it is somebody else");
    }

    [Test]
    public async Task Nobody_gets_the_copy_of_another_nor_without_a_recent_proof_nor_after_its_time()
    {
        var (person, other) = (await AddAsync(), await AddAsync());
        using var browser = await SignedInAsync(person);
        using var stranger = await SignedInAsync(other);
        await browser.SubmitAsync(ExportForm(await browser.GetAsync("/account/data")), []);
        await FinishedAsync(person);

        var theirs = await stranger.GetAsync("/account/data/export");
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var late = await browser.OpenAsync("/account/data/export");
        Server.Clock.Advance(TimeSpan.FromDays(7));
        using var again = await SignedInAsync(person);
        var over = await again.GetAsync("/account/data/export");
        await Server.Services.GetRequiredService<ExportJob>().RunAsync(default);

        Assert.That((theirs.Status, late.AsksToSignIn, over.Status), Is.EqualTo((HttpStatusCode.NotFound, true, HttpStatusCode.NotFound)));
        Assert.That(await Server.WithDatabaseAsync(db => db.PersonalExportParts.CountAsync(p => p.Export!.UserId == person.Id)), Is.Zero);
    }

    [Test]
    public async Task A_large_copy_is_made_in_parts_goes_on_where_it_stopped_and_has_every_row_once()
    {
        var person = await AddAsync();
        var now = Server.Clock.Time.GetUtcNow();
        await Server.WithDatabaseAsync(async db =>
        {
            db.SignInDecisions.AddRange(Enumerable.Range(0, 450).Select(i => new SignInDecision { At = now, Day = DateOnly.FromDateTime(now.UtcDateTime), UserId = person.Id, RemoteAddress = "192.0.2." + i % 250, FailedCount = i }));
            // Claimed, so that the server's own turn leaves it alone.
            db.PersonalExports.Add(new PersonalExport { UserId = person.Id, RequestedAt = now, ExpiresAt = now.AddDays(7), ClaimedUntil = now.AddMinutes(30) });
            return await db.SaveChangesAsync();
        });
        var id = await Server.WithDatabaseAsync(db => db.PersonalExports.Where(e => e.UserId == person.Id).Select(e => e.Id).SingleAsync());

        for (var more = true; more;)
        {
            // Each part by another node.
            await using var scope = Server.Services.CreateAsyncScope();
            more = await scope.ServiceProvider.GetRequiredService<MakeExport>().OnePartAsync(id, default);
        }
        using var browser = await SignedInAsync(person);
        var copy = await browser.GetAsync("/account/data/export");

        using var json = JsonDocument.Parse(copy.Body);
        var numbers = json.RootElement.GetProperty("tables").GetProperty("SignInDecisions").EnumerateArray().Select(d => d.GetProperty("failedCount").GetInt32()).ToList();
        Assert.That(numbers, Is.EquivalentTo(Enumerable.Range(0, 450)));
        Assert.That(await Server.WithDatabaseAsync(db => db.PersonalExportParts.CountAsync(p => p.ExportId == id && p.Table == "SignInDecisions")), Is.EqualTo(3));
    }

    [Test]
    public async Task Every_table_that_refers_to_people_is_in_a_copy_or_left_out_with_a_reason()
    {
        await using var scope = Server.Services.CreateAsyncScope();
        var exported = scope.ServiceProvider.GetRequiredService<ExportedTables>().All;
        var personal = scope.ServiceProvider.GetRequiredService<PersonalTables>().All.Where(t => t.RefersToPeople).Select(t => t.Entity);
        var model = await Server.WithDatabaseAsync(db => Task.FromResult(db.Model));

        Assert.That(personal.Except(exported.Select(t => t.Entity)).Except(ExportedTables.LeftOut.Keys), Is.Empty, "Say in ExportedTables what a copy has of it.");
        var wrong = exported.SelectMany(t => t.Secrets.Where(secret => model.FindEntityType(t.Entity)!.FindProperty(secret) is null).Select(secret => $"{t.Entity.Name}.{secret}"));
        Assert.That(wrong, Is.Empty);
        var secret = exported.SelectMany(t => model.FindEntityType(t.Entity)!.GetProperties().Where(p => !t.Secrets.Contains(p.Name) && (p.Name.Contains("Hash", StringComparison.Ordinal) || p.Name.Contains("Secret", StringComparison.Ordinal) || p.Name.Contains("Stamp", StringComparison.Ordinal) || p.Name.Contains("Protected", StringComparison.Ordinal) || p.Name.Contains("Token", StringComparison.Ordinal))).Select(p => $"{t.Entity.Name}.{p.Name}"));
        Assert.That(secret, Is.Empty, "Secrets are left out by name.");
    }

    private static HtmlForm ExportForm(Page page) => page.Forms.Single(form => form.Action.AbsolutePath.EndsWith("/export", StringComparison.Ordinal));

    private Task<User> AddAsync() => Server.AddPersonAsync(user => user.Name = "Elvira Export");

    private async Task<BrowserClient> SignedInAsync(User person)
    {
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        return browser;
    }

    private async Task FinishedAsync(User person)
    {
        for (var i = 0; i < 300 && !await Server.WithDatabaseAsync(db => db.PersonalExports.AnyAsync(e => e.UserId == person.Id && e.State == ExportState.Ready)); i++)
        {
            await Server.Services.GetRequiredService<ExportJob>().RunAsync(default);
            await Task.Delay(50);
        }
    }

    private Task<string> StoredAsync(User person) => Server.WithDatabaseAsync(async db => string.Concat((await db.PersonalExportParts.AsNoTracking().Where(p => p.Export!.UserId == person.Id).ToListAsync()).Select(p => Encoding.Latin1.GetString(p.Content))));
}
