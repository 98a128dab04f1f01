using System.Net;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.AccountApi;

/// <summary>What apps do for a person by the account API is what the pages do.</summary>
public sealed class AccountOperationsTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.With(AccountApps.Configuration) };

    [Test]
    public async Task Sessions_are_listed_and_ended_one_by_one_or_all_but_the_app_s_own()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var (first, second, stranger) = (Server.NewBrowser(), Server.NewBrowser(), Server.NewBrowser());
        await first.TrySignInAsync(person.UserName!, People.Password);
        await second.TrySignInAsync(person.UserName!, People.Password);
        await stranger.TrySignInAsync(other.UserName!, People.Password);
        var token = await Server.AccountTokenAsync(person);
        var foreign = await Server.WithDatabaseAsync(db => db.Sessions.Where(s => s.UserId == other.Id).Select(s => s.Id).SingleAsync());

        var listed = (await Server.CallAsync(token, HttpMethod.Get, "/sessions")).List("sessions");
        var refused = await Server.CallAsync(token, HttpMethod.Delete, "/sessions/" + foreign);
        var oldest = listed.OrderBy(s => s.GetProperty("signedInAt").GetDateTimeOffset()).First().GetProperty("id").GetString();
        var ended = await Server.CallAsync(token, HttpMethod.Delete, "/sessions/" + oldest);
        var firstAfter = await first.GetAsync("/account");
        var again = await Server.CallAsync(token, HttpMethod.Delete, "/sessions/" + oldest);
        var others = await Server.CallAsync(token, HttpMethod.Post, "/sessions/end-others");

        Assert.That(listed.Select(s => s.GetProperty("isCurrent").GetBoolean()), Is.EquivalentTo(new[] { true, false, false }));
        Assert.That((refused.Refusal, again.Refusal), Is.EqualTo(((HttpStatusCode.NotFound, "not_found"), (HttpStatusCode.NotFound, "not_found"))));
        Assert.That((ended.Status, others.Status, firstAfter.IsRedirect), Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.NoContent, true)));
        Assert.That((await second.GetAsync("/account")).IsRedirect, Is.True);
        Assert.That((await stranger.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Server.CallAsync(token, HttpMethod.Get, "/sessions")).List("sessions"), Has.Count.EqualTo(1));
        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.SingleAsync(a => a.Action == "user.signed_out_elsewhere" && a.ActorId == person.Id));
        Assert.That((entry.Source, entry.Details), Is.EqualTo(("account-api", """{"app":"manager"}""")));
    }

    [Test]
    public async Task All_sessions_end_with_every_token_that_apps_hold()
    {
        var person = await Server.AddPersonAsync();
        var (browser, other) = (Server.NewBrowser(), Server.NewBrowser());
        await other.TrySignInAsync(person.UserName!, People.Password);
        var web = Server.NewRelyingParty(TestClients.Web);
        var granted = await web.SignInAsync(other, "openid offline_access", new(person.UserName!, People.Password));
        var token = await Server.AccountTokenAsync(person, browser: browser);

        var ended = await Server.CallAsync(token, HttpMethod.Post, "/sessions/end-all");

        Assert.That(ended.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await Server.CallAsync(token, HttpMethod.Get, "")).Refusal, Is.EqualTo((HttpStatusCode.Unauthorized, "invalid_token")));
        Assert.That(((await browser.GetAsync("/account")).IsRedirect, (await other.GetAsync("/account")).IsRedirect, (await web.RefreshAsync(granted.RefreshToken!)).Error), Is.EqualTo((true, true, "invalid_grant")));
        Assert.That(await Server.WithDatabaseAsync(db => db.AuditEntries.CountAsync(a => a.Action == "user.signed_out" && a.ActorId == person.Id && a.Source == "account-api")), Is.EqualTo(1));
    }

    [Test]
    public async Task Whoever_must_choose_a_new_password_does_that_before_anything_else()
    {
        var person = await Server.AddPersonAsync();
        var tokens = new[] { await Server.AccountTokenAsync(person), await Server.AccountTokenAsync(person, client: AccountApps.Opaque) };
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == person.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.MustChangePassword, true)));
        var required = (HttpStatusCode.Forbidden, "password_change_required");

        foreach (var token in tokens)
        {
            Assert.That((await Server.CallAsync(token, HttpMethod.Get, "")).Refusal, Is.EqualTo(required));
            Assert.That((await Server.CallAsync(token, HttpMethod.Post, "/sessions/end-others")).Refusal, Is.EqualTo(required));
        }
        var changed = await Server.CallAsync(tokens[0], HttpMethod.Put, "/password", new { current = People.Password, replacement = "A-New-Sentence-For-Me-1" });

        Assert.That((changed.Status, (await Server.CallAsync(tokens[0], HttpMethod.Get, "")).Status), Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.OK)));
    }

    [Test]
    public async Task Permissions_of_apps_are_listed_and_taken_back_with_their_tokens()
    {
        var person = await Server.AddPersonAsync();
        var app = Server.NewRelyingParty(TestClients.Consenting);
        var browser = Server.NewBrowser();
        var page = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(app.NewRequest("openid profile offline_access").Url), person.UserName!, People.Password));
        await browser.ConsentAsync(page, remember: true);
        var granted = await app.SignInAsync(browser, "openid profile offline_access", new(person.UserName!, People.Password));
        var token = await Server.AccountTokenAsync(person);

        var listed = (await Server.CallAsync(token, HttpMethod.Get, "/consents")).List("consents");
        var unknown = await Server.CallAsync(token, HttpMethod.Delete, "/consents/web");
        var revoked = await Server.CallAsync(token, HttpMethod.Delete, "/consents/consenting");

        Assert.That(listed.Select(c => (c.GetProperty("clientId").GetString(), c.GetProperty("clientName").GetString())), Is.EqualTo(new[] { ("consenting", "Partner app") }));
        Assert.That((unknown.Refusal, revoked.Status), Is.EqualTo(((HttpStatusCode.NotFound, "not_found"), HttpStatusCode.NoContent)));
        Assert.That((await app.RefreshAsync(granted.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await Server.CallAsync(token, HttpMethod.Get, "/consents")).List("consents"), Is.Empty);
    }

    [Test]
    public async Task A_password_is_changed_by_the_rules_of_the_page_and_ends_the_other_sessions()
    {
        var person = await Server.AddPersonAsync();
        var other = Server.NewBrowser();
        await other.TrySignInAsync(person.UserName!, People.Password);
        var token = await Server.AccountTokenAsync(person);
        Task<ApiAnswer> ChangeAsync(string current, string replacement) => Server.CallAsync(token, HttpMethod.Put, "/password", new { current, replacement });

        var wrong = await ChangeAsync("not it", "A-New-Sentence-For-Me-1");
        var common = await ChangeAsync(People.Password, "password1234");
        var done = await ChangeAsync(People.Password, "A-New-Sentence-For-Me-1");

        Assert.That((wrong.Refusal, wrong.List("errors")[0].GetProperty("field").GetString()), Is.EqualTo(((HttpStatusCode.BadRequest, "wrong_password"), "current")));
        Assert.That((common.Status, common.Code), Is.EqualTo((HttpStatusCode.BadRequest, "password_common")));
        Assert.That(done.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await other.GetAsync("/account")).IsRedirect, Is.True);
        Assert.That((await Server.CallAsync(token, HttpMethod.Get, "")).Status, Is.EqualTo(HttpStatusCode.OK), "the app's own session goes on");
        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, "A-New-Sentence-For-Me-1")).IsRedirect, Is.True);
    }

    [Test]
    public async Task How_somebody_signs_in_changes_only_shortly_after_a_proof_and_the_challenge_says_what_to_ask_for()
    {
        var person = await Server.AddPersonAsync();
        var (browser, manager) = (Server.NewBrowser(), Server.NewRelyingParty(AccountApps.Manager));
        var token = await Server.AccountTokenAsync(person, browser: browser);

        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var late = await Server.CallAsync(token, HttpMethod.Put, "/password", new { current = People.Password, replacement = "A-New-Sentence-For-Me-1" });
        var harmless = await Server.CallAsync(token, HttpMethod.Post, "/sessions/end-others");
        var request = manager.NewRequest(AccountApps.Write, new KeyValuePair<string, string?>("max_age", late.Challenge.Split("max_age=\"")[1].Split('"')[0]));
        var fresh = (await manager.ExchangeCodeAsync(await manager.AuthorizeAsync(browser, request, new(person.UserName!, People.Password)))).Expected();
        var done = await Server.CallAsync(fresh.AccessToken, HttpMethod.Put, "/password", new { current = People.Password, replacement = "A-New-Sentence-For-Me-1" });

        Assert.That(late.Refusal, Is.EqualTo((HttpStatusCode.Unauthorized, "insufficient_user_authentication")));
        Assert.That(late.Challenge, Does.Contain("error=\"insufficient_user_authentication\"").And.Contain("max_age=\"900\""));
        Assert.That((harmless.Status, done.Status), Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.NoContent)));
    }

    [Test]
    public async Task Who_has_a_factor_must_have_shown_one()
    {
        var person = await Server.AddPersonAsync();
        var token = await Server.AccountTokenAsync(person);
        await Server.WithDatabaseAsync(async db =>
        {
            db.Credentials.Add(new() { UserId = person.Id, Kind = IdP.Credentials.CredentialKinds.AuthenticatorApp, Name = "Phone", ProtectedData = "x", CreatedAt = DateTimeOffset.UnixEpoch });
            return await db.SaveChangesAsync();
        });
        var app = (await Server.CallAsync(token, HttpMethod.Get, "/factors")).List("apps").Single();

        var refused = await Server.CallAsync(token, HttpMethod.Delete, "/factors/apps/" + app.GetProperty("id").GetString());

        Assert.That(app.GetProperty("name").GetString(), Is.EqualTo("Phone"));
        Assert.That(refused.Refusal, Is.EqualTo((HttpStatusCode.Unauthorized, "insufficient_user_authentication")));
        Assert.That(refused.Challenge, Does.Contain("acr_values=\"http://schemas.openid.net/pape/policies/2007/06/multi-factor\", max_age=\"900\""));
        Assert.That((await Server.CallAsync(token, HttpMethod.Get, "/factors")).List("apps"), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Known_browsers_are_listed_and_forgotten()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var token = await Server.AccountTokenAsync(person);
        await Server.AccountTokenAsync(other);
        var until = Server.Clock.Time.GetUtcNow().AddDays(3);
        await Server.WithDatabaseAsync(db => db.KnownDevices.Where(d => d.UserId == person.Id || d.UserId == other.Id).ExecuteUpdateAsync(d => d.SetProperty(x => x.RememberedUntil, until)));
        var foreign = await Server.WithDatabaseAsync(db => db.KnownDevices.Where(d => d.UserId == other.Id).Select(d => d.Id).SingleAsync());

        var listed = (await Server.CallAsync(token, HttpMethod.Get, "/browsers")).List("browsers").Single();
        var stranger = await Server.CallAsync(token, HttpMethod.Delete, "/browsers/" + foreign);
        var forgotten = await Server.CallAsync(token, HttpMethod.Delete, "/browsers/" + listed.GetProperty("id").GetString());

        Assert.That(listed.GetProperty("rememberedUntil").GetDateTimeOffset(), Is.EqualTo(until).Within(TimeSpan.FromSeconds(1)));
        Assert.That((stranger.Refusal, forgotten.Status), Is.EqualTo(((HttpStatusCode.NotFound, "not_found"), HttpStatusCode.NoContent)));
        Assert.That((await Server.CallAsync(token, HttpMethod.Get, "/browsers")).List("browsers").Single().GetProperty("rememberedUntil").ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));

        var notMine = await Server.CallAsync(token, HttpMethod.Post, $"/browsers/{foreign}/remove");
        var removed = await Server.CallAsync(token, HttpMethod.Post, $"/browsers/{listed.GetProperty("id").GetString()}/remove");
        Assert.That((notMine.Refusal, removed.Status, (await Server.CallAsync(token, HttpMethod.Get, "/browsers")).List("browsers").Count), Is.EqualTo(((HttpStatusCode.NotFound, "not_found"), HttpStatusCode.NoContent, 0)));
    }

    [Test]
    public async Task Recovery_codes_need_a_factor_that_they_can_stand_in_for()
    {
        var token = await Server.AccountTokenAsync(await Server.AddPersonAsync());

        Assert.That((await Server.CallAsync(token, HttpMethod.Post, "/factors/recovery-codes")).Refusal, Is.EqualTo((HttpStatusCode.BadRequest, "no_factor")));
        Assert.That((await Server.CallAsync(token, HttpMethod.Patch, "/factors/passkeys/AAAA", new { name = "Key" })).Refusal, Is.EqualTo((HttpStatusCode.NotFound, "not_found")));
        Assert.That((await Server.CallAsync(token, HttpMethod.Delete, "/factors/passkeys/no%20id")).Refusal, Is.EqualTo((HttpStatusCode.NotFound, "not_found")));
    }
}
