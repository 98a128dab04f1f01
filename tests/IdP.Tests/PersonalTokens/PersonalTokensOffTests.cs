using System.Net;
using IdP.Tests.AccountApi;
using IdP.Tests.SignIn;

namespace IdP.Tests.PersonalTokens;

/// <summary>A provider whose operator wants no personal access tokens.</summary>
[OnOneDatabase(DatabaseKind.Sqlite)]
public sealed class PersonalTokensOffTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With(PersonalTokenPeople.Configuration, AccountApps.Configuration), More = new Dictionary<string, string> { ["PersonalAccessTokens:Enabled"] = "false" },
    };

    [Test]
    public async Task There_is_no_page_no_call_and_those_that_were_made_open_nothing()
    {
        var person = await Server.AddPersonAsync();
        var (id, value) = await Server.AddTokenAsync(person, "idp.account.read");
        var (_, notes) = await Server.AddTokenAsync(person, "notes.read");
        using var browser = await Server.SignedInAsync(person);
        var app = await Server.AccountTokenAsync(person);
        var csrf = (await browser.GetAsync("/account/password")).FormWith("replacement")["csrf"].Value;

        Assert.That((await browser.GetAsync("/account")).Body, Does.Not.Contain("/account/tokens"));
        Assert.That(((await browser.GetAsync("/account/tokens")).Status, (await browser.GetAsync("/account/tokens/new")).Status), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound)));
        Assert.That((await browser.PostAsync("/account/tokens/new", [new("csrf", csrf), new("name", "x"), new("scopes", "notes.read"), new("days", "30")])).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(((await Server.CallAsync(app, HttpMethod.Get, "/tokens")).Refusal, (await Server.CallAsync(app, HttpMethod.Post, "/tokens", new { name = "x", scopes = (string[])["notes.read"], days = 7 })).Refusal),
            Is.EqualTo(((HttpStatusCode.NotFound, "not_found"), (HttpStatusCode.NotFound, "not_found"))));
        Assert.That(((await Server.CallAsync(value, HttpMethod.Get, "")).Refusal, await Server.IsActiveAsync(notes)), Is.EqualTo(((HttpStatusCode.Unauthorized, "invalid_token"), false)));
        Assert.That((await Server.CallAsync(app, HttpMethod.Delete, "/tokens/" + id)).Status, Is.EqualTo(HttpStatusCode.NoContent), "to take one back is never wrong");
    }
}
