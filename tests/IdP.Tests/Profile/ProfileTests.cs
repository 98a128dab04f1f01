using System.Net;
using IdP.Tests.AccountApi;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Profile;

/// <summary>People say how they are called, on the page and by their apps.</summary>
public sealed class ProfileTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.With(AccountApps.Configuration) };

    [Test]
    public async Task The_page_saves_what_a_person_is_called_and_nothing_else()
    {
        var person = await Server.AddPersonAsync();
        var browser = await SignedInAsync(person);
        var form = (await browser.GetAsync("/account/profile")).FormWith("givenName");

        var saved = await browser.SubmitAsync(form, [new("name", "  Ada Lovelace "), new("givenName", "Ada"), new("familyName", "Lovelace"), new("locale", "fr")]);
        var page = await browser.FollowAsync(saved);

        var row = await Server.ReadAsync(person);
        Assert.That((row.Name, row.GivenName, row.FamilyName, row.Locale), Is.EqualTo(("Ada Lovelace", "Ada", "Lovelace", "fr")));
        Assert.That((row.UserName, row.Email, row.EmailConfirmed), Is.EqualTo((person.UserName, person.Email, person.EmailConfirmed)));
        Assert.That(page.Body, Does.Contain("Your profile is saved").And.Contain("Ada Lovelace"));
        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.SingleAsync(a => a.Action == "user.profile_changed" && a.TargetId == person.Id.ToString()));
        Assert.That((entry.ActorId, entry.Source, entry.Details), Is.EqualTo((person.Id, "account", """{"changed":["name","givenName","familyName","locale"]}""")));
    }

    [Test]
    public async Task A_form_that_was_filled_in_before_somebody_else_saved_overwrites_nothing()
    {
        var person = await Server.AddPersonAsync();
        var browser = await SignedInAsync(person);
        var (first, second) = ((await browser.GetAsync("/account/profile")).FormWith("givenName"), (await browser.GetAsync("/account/profile")).FormWith("givenName"));
        await browser.SubmitAsync(first, [new("name", "First")]);

        var late = await browser.SubmitAsync(second, [new("name", "Second")]);

        Assert.That(late.Body, Does.Contain("changed in the meantime").And.Contain("Second"), "what was typed is not lost");
        Assert.That((await Server.ReadAsync(person)).Name, Is.EqualTo("First"));
    }

    [TestCase("name", "‮evil", "text direction")]
    [TestCase("locale", "not a tag", "Choose a language")]
    public async Task What_cannot_be_is_said_beside_its_field(string field, string value, string sentence)
    {
        var person = await Server.AddPersonAsync();
        var browser = await SignedInAsync(person);

        var page = await browser.SubmitAsync((await browser.GetAsync("/account/profile")).FormWith("givenName"), [new(field, value)]);

        Assert.That(page.Body, Does.Contain(sentence));
        Assert.That((await Server.ReadAsync(person)).ConcurrencyStamp, Is.EqualTo(person.ConcurrencyStamp));
    }

    [Test]
    public async Task Apps_change_single_members_with_the_version_they_have_read()
    {
        var person = await Server.AddPersonAsync(user => (user.GivenName, user.FamilyName) = ("Grace", "Hopper"));
        var token = await Server.AccountTokenAsync(person);
        var version = (await Server.CallAsync(token, HttpMethod.Get, "")).Headers.ETag!.Tag; // every answer has it
        Task<ApiAnswer> PatchAsync(string? tag, object body) => Server.CallAsync(token, HttpMethod.Patch, "", body, request => { if (tag is not null) request.Headers.TryAddWithoutValidation("If-Match", tag); });

        var without = await PatchAsync(null, new { givenName = "G." });
        var changed = await PatchAsync(version, """{"givenName":"G.","name":null}""");
        var stale = await PatchAsync(version, new { givenName = "Again" });
        var wrong = await PatchAsync(changed.Headers.ETag?.Tag, new { locale = "!", name = new string('x', 201) });
        var forbidden = await PatchAsync(changed.Headers.ETag?.Tag, """{"email":"me@evil.example","emailVerified":true}""");

        Assert.That(without.Refusal, Is.EqualTo((HttpStatusCode.PreconditionRequired, "version_required")));
        Assert.That((changed.Status, changed.Text("givenName"), changed.Text("familyName"), changed.Text("name")), Is.EqualTo((HttpStatusCode.OK, "G.", "Hopper", (string?)null)));
        Assert.That(stale.Refusal, Is.EqualTo((HttpStatusCode.PreconditionFailed, "stale_version")));
        Assert.That(wrong.List("errors").Select(e => (e.GetProperty("field").GetString(), e.GetProperty("code").GetString())), Is.EquivalentTo(new[] { ("locale", "bad_locale"), ("name", "too_long") }));
        Assert.That(forbidden.Refusal, Is.EqualTo((HttpStatusCode.BadRequest, "unknown_member")));
        var row = await Server.ReadAsync(person);
        Assert.That((row.Name, row.GivenName, row.FamilyName, row.Email), Is.EqualTo(((string?)null, "G.", "Hopper", person.Email)));
    }

    private async Task<BrowserClient> SignedInAsync(User person)
    {
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        return browser;
    }
}
