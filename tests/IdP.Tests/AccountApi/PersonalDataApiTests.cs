using System.Net;
using IdP.Erasures;
using IdP.Exports;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.AccountApi;

/// <summary>Apps ask for a copy of what is kept about a person, and for their deletion.</summary>
public sealed class PersonalDataApiTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With(AccountApps.Configuration), More = new Dictionary<string, string> { ["Mail:Mailbox"] = "true", ["Mail:From"] = "id@provider.example" },
    };

    [Test]
    public async Task A_copy_is_asked_for_watched_and_fetched_by_its_person_alone()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var (token, stranger) = (await Server.AccountTokenAsync(person), await Server.AccountTokenAsync(other));

        var none = await Server.CallAsync(token, HttpMethod.Get, "/export");
        var asked = await Server.CallAsync(token, HttpMethod.Post, "/export");
        for (var i = 0; i < 300 && (await Server.CallAsync(token, HttpMethod.Get, "/export")).Text("state") != "ready"; i++)
        {
            await Server.Services.GetRequiredService<ExportJob>().RunAsync(default);
            await Task.Delay(20);
        }
        var ready = await Server.CallAsync(token, HttpMethod.Get, "/export");
        var file = await Server.CallAsync(token, HttpMethod.Get, "/export/file");
        var theirs = (await Server.CallAsync(stranger, HttpMethod.Get, "/export"), await Server.CallAsync(stranger, HttpMethod.Get, "/export/file"));
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var late = new[] { await Server.CallAsync(token, HttpMethod.Post, "/export"), await Server.CallAsync(token, HttpMethod.Get, "/export"), await Server.CallAsync(token, HttpMethod.Get, "/export/file") };

        Assert.That((none.Refusal, asked.Status, asked.Text("state")), Is.EqualTo(((HttpStatusCode.NotFound, "not_found"), HttpStatusCode.Accepted, "running")));
        Assert.That(asked.Json.GetProperty("progress").GetProperty("of").GetInt32(), Is.GreaterThan(10));
        Assert.That((ready.Text("state"), ready.Json.GetProperty("progress").GetProperty("done").GetInt32()), Is.EqualTo(("ready", asked.Json.GetProperty("progress").GetProperty("of").GetInt32())));
        Assert.That((file.Status, file.Json.GetProperty("tables").GetProperty("Users")[0].GetProperty("userName").GetString()), Is.EqualTo((HttpStatusCode.OK, person.UserName)));
        Assert.That((theirs.Item1.Refusal, theirs.Item2.Refusal), Is.EqualTo(((HttpStatusCode.NotFound, "not_found"), (HttpStatusCode.NotFound, "not_found"))));
        Assert.That(late.Select(answer => answer.Refusal), Has.All.EqualTo((HttpStatusCode.Unauthorized, "insufficient_user_authentication")));
    }

    [Test]
    public async Task A_deletion_closes_the_account_at_once_and_its_token_shows_it_and_cancels_it_once()
    {
        var person = await Server.AddPersonAsync();
        var token = await Server.AccountTokenAsync(person);
        Task<ApiAnswer> AskAsync(object body) => Server.CallAsync(token, HttpMethod.Post, "/deletion", body);

        var unmeant = new[] { await AskAsync(new { }), await AskAsync(new { confirm = false }) };
        var open = await Server.CallAsync(token, HttpMethod.Get, "/deletion");
        var asked = await AskAsync(new { confirm = true });
        var closed = await Server.CallAsync(token, HttpMethod.Get, "");
        var key = asked.Text("token");
        var waiting = await Server.CallAsync(key, HttpMethod.Get, "/deletion");
        var elsewhere = await Server.CallAsync(key, HttpMethod.Get, "");
        var page = await Server.NewBrowser().GetAsync(asked.Text("cancelUrl")!);
        var cancelled = await Server.CallAsync(key, HttpMethod.Delete, "/deletion");
        var again = (await Server.CallAsync(key, HttpMethod.Delete, "/deletion"), await Server.CallAsync(key, HttpMethod.Get, "/deletion"));
        var back = await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);

        Assert.That(unmeant.Select(answer => answer.Refusal), Has.All.EqualTo((HttpStatusCode.BadRequest, "confirmation_missing")));
        Assert.That(open.Refusal, Is.EqualTo((HttpStatusCode.Unauthorized, "invalid_token")), "an access token is of no deletion");
        Assert.That((asked.Status, closed.Refusal, elsewhere.Refusal), Is.EqualTo((HttpStatusCode.Accepted, (HttpStatusCode.Unauthorized, "invalid_token"), (HttpStatusCode.Unauthorized, "invalid_token"))));
        Assert.That((waiting.Status, waiting.Text("state")), Is.EqualTo((HttpStatusCode.OK, "waiting")));
        Assert.That(waiting.Json.GetProperty("dueAt").GetDateTimeOffset(), Is.EqualTo(asked.Json.GetProperty("dueAt").GetDateTimeOffset()).Within(TimeSpan.FromMilliseconds(1)));
        Assert.That(page.Body, Does.Contain(person.UserName), "the link of the mail is the same");
        Assert.That((cancelled.Status, again.Item1.Refusal, again.Item2.Refusal), Is.EqualTo((HttpStatusCode.NoContent, (HttpStatusCode.Unauthorized, "invalid_token"), (HttpStatusCode.Unauthorized, "invalid_token"))));
        Assert.That(back.IsRedirect, Is.True);
        var entries = await Server.WithDatabaseAsync(db => db.AuditEntries.Where(a => a.TargetId == person.Id.ToString() && a.Action.StartsWith("user.erasure")).OrderBy(a => a.At).Select(a => new { a.Action, a.Source, a.ActorId }).ToListAsync());
        Assert.That(entries.Select(e => (e.Action, e.Source, e.ActorId)), Is.EqualTo(new[] { ("user.erasure_begun", "account-api", (Guid?)person.Id), ("user.erasure_cancelled", "account-api", person.Id) }));
    }

    [Test]
    public async Task A_deletion_needs_a_recent_proof_and_the_last_owner_stays()
    {
        var token = await Server.AccountTokenAsync(await Server.AddPersonAsync());
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var owner = (await Server.NewRelyingParty(AccountApps.Manager).SignInAsync(Server.NewBrowser(), AccountApps.Write, TestUsers.Root)).AccessToken;

        var late = await Server.CallAsync(token, HttpMethod.Post, "/deletion", new { confirm = true });
        var last = await Server.CallAsync(owner, HttpMethod.Post, "/deletion", new { confirm = true });

        Assert.That((late.Refusal, last.Refusal), Is.EqualTo(((HttpStatusCode.Unauthorized, "insufficient_user_authentication"), (HttpStatusCode.Conflict, "last_owner"))));
    }

    [Test]
    public async Task The_present_address_is_confirmed_by_a_link_that_an_app_asks_for()
    {
        var person = await Server.AddPersonAsync(user => (user.Email, user.NormalizedEmail) = (user.UserName + "@mail.example", (user.UserName + "@mail.example").ToUpperInvariant()));
        var token = await Server.AccountTokenAsync(person);

        var asked = await Server.CallAsync(token, HttpMethod.Post, "/email/confirmation");
        var links = await Server.WithDatabaseAsync(db => db.OneTimeLinks.CountAsync(l => l.UserId == person.Id && l.Purpose == IdP.Links.LinkPurposes.ConfirmEmail));
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == person.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.EmailConfirmed, true)));
        var needless = await Server.CallAsync(token, HttpMethod.Post, "/email/confirmation");

        Assert.That((asked.Status, links, needless.Refusal), Is.EqualTo((HttpStatusCode.Accepted, 1, (HttpStatusCode.NotFound, "not_found"))));
    }
}
