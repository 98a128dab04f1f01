using System.Net;
using IdP.PersonalTokens;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.PersonalTokens;

/// <summary>People make and take back tokens on the page, and administrators take them back in the console.</summary>
public sealed class PersonalTokenPageTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With(PersonalTokenPeople.Configuration),
        More = new Dictionary<string, string> { ["Mail:Mailbox"] = "true", ["PersonalAccessTokens:MaxPerPerson"] = "3", ["PersonalAccessTokens:MaxLifetime"] = "100.00:00:00" },
    };

    [Test]
    public async Task A_token_is_shown_once_told_by_mail_and_kept_as_a_hash()
    {
        var person = await Server.AddPersonAsync(user => (user.Email, user.NormalizedEmail, user.EmailConfirmed) = (user.UserName + "@mail.example", (user.UserName + "@mail.example").ToUpperInvariant(), true));
        using var browser = await Server.SignedInAsync(person);

        var home = await browser.GetAsync("/account");
        var made = await browser.MakeTokenAsync("  Nightly export ", ["notes.read", "notes.write"]);
        var list = await browser.GetAsync("/account/tokens");
        var activity = await browser.GetAsync("/account/activity");

        var value = made.TokenShown();
        Assert.That(home.Body, Does.Contain("href=\"/account/tokens\""));
        Assert.That((made.Status, made.Headers.CacheControl?.NoStore, made.Languages), Is.EqualTo((HttpStatusCode.OK, true, (HtmlForm?)null)));
        Assert.That(await Server.IsActiveAsync(value), Is.True);
        Assert.That(list.Body, Does.Contain("Nightly export").And.Contain("Read notes, Write notes").And.Contain("Active").And.Not.Contain(value));
        Assert.That(activity.Body, Does.Contain("Personal access token made").And.Not.Contain(value));
        var token = await TokenAsync(person);
        Assert.That((token.Name, token.Scopes, token.ExpiresAt - token.CreatedAt, token.RevokedAt), Is.EqualTo(("Nightly export", (List<string>)["notes.read", "notes.write"], TimeSpan.FromDays(30), (DateTimeOffset?)null)));
        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.AsNoTracking().SingleAsync(a => a.Action == "user.token_made" && a.TargetId == person.Id.ToString()));
        Assert.That((entry.ActorId, entry.Source), Is.EqualTo((person.Id, "account")));
        Assert.That(await Server.WithDatabaseAsync(db => db.OutgoingMails.CountAsync(m => m.Kind == "token-made")), Is.GreaterThanOrEqualTo(1));
        Assert.That(Server.Logs.Contain(value) || Server.Logs.Contain(value[8..38]), Is.False);
    }

    [Test]
    public async Task What_cannot_be_is_said_beside_its_field_and_makes_nothing()
    {
        var person = await Server.AddPersonAsync();
        using var browser = await Server.SignedInAsync(person);
        var form = (await browser.GetAsync("/account/tokens/new")).FormWith("days");
        Task<Page> TryAsync(string name, string days, params string[] scopes) =>
            browser.PostAsync(form.Action.AbsoluteUri, [new("csrf", form["csrf"].Value), new("request", Guid.NewGuid().ToString()), new("name", name), new("days", days), .. scopes.Select(scope => KeyValuePair.Create("scopes", scope))]);

        (string Name, string Days, string[] Scopes, string Sentence)[] wrong =
        [
            (" ", "30", ["notes.read"], "Give it a name."), (new string('x', 101), "30", ["notes.read"], "At most 100 characters"), ("‮evil", "30", ["notes.read"], "text direction"),
            ("a", "30", [], "Choose what it may do."), ("a", "30", ["notes.admin"], "Choose from the list."), ("a", "30", ["openid"], "Choose from the list."), ("a", "30", ["api.read"], "Choose from the list."),
            ("a", "30", ["nowhere.read"], "Choose from the list."), ("a", "30", ["notes.read", "notes.read"], "Choose from the list."), ("a", "30", ["notes.read", "no such"], "Choose from the list."),
            ("a", "30", ["notes.read", "idp.account.read"], "can open nothing else"), ("a", "30", ["notes.read", "vault.read"], "wants tokens for itself alone"), ("a", "30", ["idp.account.read", "vault.read"], "wants tokens for itself alone"),
            ("a", "101", ["notes.read"], "between 1 and 100 days"), ("a", "0", ["notes.read"], "between 1 and 100 days"), ("a", "-1", ["notes.read"], "between 1 and 100 days"), ("a", "99999999999", ["notes.read"], "between 1 and 100 days"), ("a", "", ["notes.read"], "between 1 and 100 days"),
        ];
        foreach (var (name, days, scopes, sentence) in wrong)
        {
            var page = await TryAsync(name, days, scopes);
            Assert.That((page.Status, page.Body.Contains(sentence, StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.BadRequest, true)), $"{name} {days} {string.Join(' ', scopes)}");
        }
        var kept = await TryAsync("Kept", "60", "notes.write", "idp.account.read");

        Assert.That(form.Has("scopes"), Is.True);
        Assert.That((await browser.GetAsync("/account/tokens/new")).Body, Does.Not.Contain("Administer notes").And.Not.Contain("Served by nobody").And.Contain("100 days").And.Not.Contain("180 days"));
        Assert.That((kept.FormWith("days")["name"].Value, kept.FormWith("days")["days"].Value, kept.FormWith("days").Fields.Where(f => f is { Name: "scopes", Sent: true }).Select(f => f.Value)), Is.EqualTo(("Kept", "60", (string[])["idp.account.read", "notes.write"])), "what was chosen is not lost");
        Assert.That(await Server.WithDatabaseAsync(db => db.PersonalTokens.AnyAsync(t => t.UserId == person.Id)), Is.False);
        Assert.That((await TryAsync("Vault", "30", "vault.read")).TokenShown(), Is.Not.Empty, "alone it may be");
    }

    [Test]
    public async Task A_form_that_is_sent_again_makes_no_second_token()
    {
        var person = await Server.AddPersonAsync();
        using var browser = await Server.SignedInAsync(person);
        var form = (await browser.GetAsync("/account/tokens/new")).FormWith("days");
        KeyValuePair<string, string>[] values = [new("name", "Once"), new("scopes", "notes.read")];

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => browser.SubmitAsync(form, values)));
        var late = await browser.SubmitAsync(form, values);

        Assert.That(answers.Select(a => a.Status).Order(), Is.EqualTo((HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.Conflict, HttpStatusCode.Conflict]));
        Assert.That((late.Status, late.TokenShown()), Is.EqualTo((HttpStatusCode.Conflict, "")));
        Assert.That(late.Body, Does.Contain("has made a token already"));
        Assert.That((await TokenAsync(person)).Name, Is.EqualTo("Once"));
        var other = await Server.AddPersonAsync();
        using var theirs = await Server.SignedInAsync(other);
        var own = (await theirs.GetAsync("/account/tokens/new")).FormWith("days");
        Assert.That((await theirs.SubmitAsync(own, [.. values, new("request", form["request"].Value)])).TokenShown(), Is.Not.Empty, "another person's form is another form");
    }

    [Test]
    public async Task Nobody_has_more_than_the_limit_at_a_time_also_not_by_many_forms_at_once()
    {
        var person = await Server.AddPersonAsync();
        using var browser = await Server.SignedInAsync(person);

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => browser.MakeTokenAsync("Token " + i, ["notes.read"])));
        var full = await browser.MakeTokenAsync("One more", ["notes.read"]);
        var list = await browser.GetAsync("/account/tokens");
        var revoked = await browser.FollowAsync(await browser.SubmitAsync(list.Forms[0], []));
        var again = await browser.MakeTokenAsync("One more", ["notes.read"]);

        Assert.That(answers.Count(a => a.TokenShown().Length > 0), Is.EqualTo(3));
        Assert.That((full.Status, full.Body.Contains("limit of 3", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.Conflict, true)));
        Assert.That(revoked.Body, Does.Contain("The token is revoked"));
        Assert.That(again.TokenShown(), Is.Not.Empty);
    }

    [Test]
    public async Task Taking_one_back_ends_it_at_once_and_nobody_takes_back_another_persons()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var (own, foreign) = (await Server.AddTokenAsync(person, "notes.read"), await Server.AddTokenAsync(other, "notes.read"));
        using var browser = await Server.SignedInAsync(person);
        var form = (await browser.GetAsync("/account/tokens")).Forms.Single();
        Server.Clock.Advance(TimeSpan.FromMinutes(16)); // no recent proof is needed for it

        var strange = await browser.PostAsync($"/account/tokens/{foreign.Id}/revoke", [new("csrf", form["csrf"].Value)]);
        var unknown = await browser.PostAsync($"/account/tokens/{Guid.NewGuid()}/revoke", [new("csrf", form["csrf"].Value)]);
        var forged = await browser.PostAsync(form.Action.AbsoluteUri, []);
        var before = await Server.IsActiveAsync(own.Value);
        var page = await browser.FollowAsync(await browser.SubmitAsync(form, []));
        var twice = await browser.SubmitAsync(form, []);

        Assert.That((strange.Status, unknown.Status, forged.Status), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.BadRequest)));
        Assert.That((before, await Server.IsActiveAsync(own.Value), await Server.IsActiveAsync(foreign.Value)), Is.EqualTo((true, false, true)));
        Assert.That(page.Body, Does.Contain("Revoked").And.Not.Contain("/revoke\""));
        Assert.That(twice.IsRedirect, Is.True);
        var entries = await Server.WithDatabaseAsync(db => db.AuditEntries.AsNoTracking().Where(a => a.Action == "user.token_revoked" && a.TargetId == person.Id.ToString()).ToListAsync());
        Assert.That(entries.Select(e => (e.ActorId, e.Source)), Is.EqualTo(new[] { ((Guid?)person.Id, "account") }));
    }

    [Test]
    public async Task Making_one_needs_a_recent_proof_with_a_factor_where_there_is_one()
    {
        var person = await Server.AddPersonAsync();
        using var browser = await Server.SignedInAsync(person);
        var form = (await browser.GetAsync("/account/tokens/new")).FormWith("days");
        KeyValuePair<string, string>[] values = [new("name", "Late"), new("scopes", "notes.read")];

        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var late = (await browser.OpenAsync("/account/tokens/new"), await browser.FollowAsync(await browser.SubmitAsync(form, values)));
        using var second = await Server.SignedInAsync(person);
        form = (await second.GetAsync("/account/tokens/new")).FormWith("days");
        await Server.AddAppAsync(person);
        var without = (await second.GetAsync("/account/tokens/new"), await second.SubmitAsync(form, values));

        Assert.That((late.Item1.AsksToSignIn, late.Item2.AsksToSignIn), Is.EqualTo((true, true)));
        Assert.That((without.Item1.IsRedirect, without.Item2.IsRedirect, without.Item2.TokenShown()), Is.EqualTo((true, true, "")));
        Assert.That(await Server.WithDatabaseAsync(db => db.PersonalTokens.AnyAsync(t => t.UserId == person.Id)), Is.False);
    }

    [Test]
    public async Task An_administrator_sees_a_persons_tokens_and_takes_back_one_or_all()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var (first, second, third, foreign) = (await Server.AddTokenAsync(person, "notes.read"), await Server.AddTokenAsync(person, "notes.write"), await Server.AddTokenAsync(person, "vault.read"), await Server.AddTokenAsync(other, "notes.read"));
        using var owner = Server.NewBrowser();
        await owner.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);
        var page = await owner.GetAsync("/console/users/" + person.Id);
        HtmlForm Form(string end) => page.Forms.Single(f => f.Action.AbsolutePath.EndsWith(end, StringComparison.Ordinal));

        var one = await owner.FollowAsync(await owner.SubmitAsync(Form($"/tokens/{first.Id}/revoke"), []));
        var afterOne = (await Server.IsActiveAsync(first.Value), await Server.IsActiveAsync(second.Value));
        var strange = await owner.PostAsync($"/console/users/{person.Id}/tokens/{foreign.Id}/revoke", [new("csrf", Form("/tokens/revoke")["csrf"].Value)]);
        var all = await owner.FollowAsync(await owner.SubmitAsync(Form("/tokens/revoke"), []));

        Assert.That(page.Body, Does.Contain("A script").And.Contain("Read notes").And.Contain("Open the vault").And.Contain("never"));
        Assert.That((one.Body.Contains("The token is revoked.", StringComparison.Ordinal), all.Body.Contains("All tokens are revoked.", StringComparison.Ordinal), all.Body.Contains("Revoke all tokens", StringComparison.Ordinal)), Is.EqualTo((true, true, false)));
        Assert.That((afterOne, strange.Status), Is.EqualTo(((false, true), HttpStatusCode.NotFound)));
        Assert.That((await Server.IsActiveAsync(second.Value), await Server.IsActiveAsync(third.Value, PersonalTokenPeople.Vault), await Server.IsActiveAsync(foreign.Value)), Is.EqualTo((false, false, true)));
        var root = await Server.WithDatabaseAsync(db => db.Users.Where(u => u.UserName == TestUsers.Root.UserName).Select(u => u.Id).SingleAsync());
        var entries = await Server.WithDatabaseAsync(db => db.AuditEntries.AsNoTracking().Where(a => a.TargetId == person.Id.ToString() && a.Action.StartsWith("user.token")).OrderBy(a => a.At).ToListAsync());
        Assert.That(entries.Select(e => (e.Action, e.ActorId, e.Source)), Is.EqualTo(new[] { ("user.token_revoked", (Guid?)root, "console"), ("user.tokens_revoked", (Guid?)root, "console") }));
        using var browser = await Server.SignedInAsync(person);
        Assert.That((await browser.GetAsync("/account/activity")).Body, Does.Contain("All personal access tokens revoked").And.Contain("administrator"));
        Assert.That((await browser.PostAsync($"/console/users/{other.Id}/tokens/revoke", [new("csrf", (await browser.GetAsync("/account/password")).FormWith("replacement")["csrf"].Value)])).Status, Is.EqualTo(HttpStatusCode.Forbidden).Or.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await Server.IsActiveAsync(foreign.Value), Is.True);
    }

    private Task<PersonalToken> TokenAsync(User person) => Server.WithDatabaseAsync(db => db.PersonalTokens.AsNoTracking().SingleAsync(t => t.UserId == person.Id));
}
