using System.Net;
using System.Text.RegularExpressions;
using IdP.Users;
using IdP.Credentials.AuthenticatorApps;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.SignIn;

/// <summary>People change how they sign in.</summary>
public sealed partial class SecurityPageTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task An_app_counts_once_a_code_proves_that_it_has_the_key_and_ten_recovery_codes_come_with_it()
    {
        var person = await Server.AddPersonAsync();
        using var browser = await SignedInAsync(person);
        var page = await browser.OpenAsync("/account/security/app");
        var secret = Base32.Read(SecretShown().Match(page.Body).Groups["key"].Value.Replace(" ", "", StringComparison.Ordinal));

        var wrong = await browser.SubmitAsync(page.FormWith("code"), [new("code", "000000"), new("name", "Phone")]);
        var before = await Server.WithDatabaseAsync(db => db.Credentials.CountAsync(c => c.UserId == person.Id));
        var right = await browser.SubmitAsync(wrong.FormWith("code"), [new("code", Totp.CodeAt(secret, Server.Clock.Time.GetUtcNow())), new("name", "Phone")]);
        var codes = CodeShown().Matches(right.Body).Select(m => m.Groups["code"].Value).ToList();
        var security = await browser.OpenAsync("/account/security");

        Assert.That((wrong.Body.Contains("not the code your app shows", StringComparison.Ordinal), before), Is.EqualTo((true, 0)));
        Assert.That(codes, Has.Count.EqualTo(10).And.Unique);
        Assert.That(security.Body, Does.Contain("Phone").And.Contain("Recovery codes left: 10").And.Not.Contain(codes[0]));
        using var other = Server.NewBrowser();
        Assert.That((await other.TypeRecoveryCodeAsync(await other.BeginAsync(person), codes[9].ToLowerInvariant())).IsRedirect, Is.True);
        Assert.That(await Server.WithDatabaseAsync(db => db.Credentials.AnyAsync(c => c.UserId == person.Id && (c.ProtectedData.Contains(codes[0]) || c.ProtectedData.Contains(Convert.ToBase64String(secret))))), Is.False, "neither stands in the table");
    }

    [Test]
    public async Task Removing_a_factor_ends_the_other_sessions_and_what_they_led_to_and_keeps_this_one()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var here = Server.NewBrowser();
        using var there = Server.NewBrowser();
        await here.TypeCodeAsync(await here.BeginAsync(person), Server.Code(), remember: true);
        Server.Clock.Advance(TimeSpan.FromMinutes(1));
        await there.TypeCodeAsync(await there.BeginAsync(person), Server.Code());
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(there, "openid offline_access api.read", new TestUser(person.UserName!, People.Password));

        var security = await here.OpenAsync("/account/security");
        await here.SubmitAsync(security.Forms.Single(f => f.Action.AbsolutePath.Contains("/app/", StringComparison.Ordinal)), []);

        Assert.That((await here.OpenAsync("/account/security")).Body, Does.Not.Contain("Recovery codes left"), "they stood in for it");
        Assert.That((await there.OpenAsync("/account")).AsksToSignIn, Is.True);
        Assert.That((await web.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await web.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        using var again = Server.NewBrowser();
        Assert.That((await again.BeginAsync(person)).Url.AbsolutePath, Is.EqualTo("/account"), "the password is enough again");
    }

    [Test]
    public async Task New_recovery_codes_replace_the_old_ones()
    {
        var (person, old) = await Server.AddPersonWithAppAsync();
        using var browser = Server.NewBrowser();
        await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code());

        var security = await browser.OpenAsync("/account/security");
        var page = await browser.SubmitAsync(security.Forms.Single(f => f.Action.AbsolutePath.EndsWith("/recovery-codes", StringComparison.Ordinal)), []);
        var codes = CodeShown().Matches(page.Body).Select(m => m.Groups["code"].Value).ToList();
        var file = Uri.UnescapeDataString(page.Body.Split("href=\"data:text/plain;charset=utf-8,")[1].Split('"')[0]);

        Assert.That(file.Split("\r\n", StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(codes), "the file that the page offers");
        using var other = Server.NewBrowser();
        var asked = await other.BeginAsync(person);
        Assert.That((await other.TypeRecoveryCodeAsync(asked, old[0])).IsRedirect, Is.False);
        Assert.That((await other.TypeRecoveryCodeAsync(asked, codes[0])).IsRedirect, Is.True);
    }

    [Test]
    public async Task A_passkey_is_named_renamed_used_and_removed()
    {
        var person = await Server.AddPersonAsync();
        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        using var browser = await SignedInAsync(person);
        await browser.AddPasskeyAsync(authenticator, "Laptop");
        using var other = Server.NewBrowser();
        await other.AnswerPasskeyAsync(await other.OpenAsync("/signin"), authenticator);

        var security = await browser.OpenAsync("/account/security");
        var renamed = await browser.FollowAsync(await browser.SubmitAsync(security.Forms.Single(f => f.Action.AbsolutePath.EndsWith("/rename", StringComparison.Ordinal)), [new("name", "Old laptop")]));
        var twice = await browser.AddPasskeyAsync(authenticator);
        var removed = await browser.FollowAsync(await browser.SubmitAsync(renamed.Forms.Single(f => f.Action.AbsolutePath.EndsWith("/remove", StringComparison.Ordinal)), []));

        Assert.That(security.Body, Does.Contain("Laptop").And.Not.Contain("Never</td>"), "it has been used");
        Assert.That(renamed.Body, Does.Contain("Old laptop"));
        Assert.That(twice.Body, Does.Contain("was not added"));
        Assert.That(removed.Body, Does.Contain("It is removed").And.Not.Contain("Old laptop"));
        using var after = Server.NewBrowser();
        Assert.That((await after.AnswerPasskeyAsync(await after.OpenAsync("/signin"), authenticator)).IsRedirect, Is.False);
        Assert.That((await other.OpenAsync("/account")).AsksToSignIn, Is.True, "what it opened is closed");
    }

    [Test]
    public async Task Nobody_touches_the_factors_of_somebody_else()
    {
        var (victim, _) = await Server.AddPersonWithAppAsync();
        var id = await Server.WithDatabaseAsync(db => db.Credentials.Where(c => c.UserId == victim.Id && c.Kind == "totp").Select(c => c.Id).SingleAsync());
        using var browser = await SignedInAsync(await Server.AddPersonAsync());
        var csrf = (await browser.OpenAsync("/account/password")).FormWith("current")["csrf"].Value;

        var answer = await browser.PostAsync($"/account/security/app/{id}/remove", [new("csrf", csrf)]);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await Server.WithDatabaseAsync(db => db.Credentials.AnyAsync(c => c.Id == id)), Is.True);
    }

    [Test]
    public async Task A_session_left_open_is_not_enough_to_change_how_one_signs_in()
    {
        var person = await Server.AddPersonAsync();
        using var browser = await SignedInAsync(person);
        var csrf = (await browser.OpenAsync("/account/password")).FormWith("current")["csrf"].Value;
        Server.Clock.Advance(TimeSpan.FromMinutes(16));

        var asked = await browser.OpenAsync("/account/security");
        var posted = await browser.PostAsync("/account/security/passkeys/options", [new("csrf", csrf)]);
        var shown = await browser.FollowAsync(await browser.SignInAsync(asked, person.UserName!, People.Password));

        Assert.That((asked.Url.AbsolutePath, asked.FormWith("password")["username"].Value), Is.EqualTo(("/signin/password", person.UserName)));
        Assert.That(posted.Location?.AbsolutePath, Is.EqualTo("/signin/password"));
        Assert.That(shown.Url.AbsolutePath, Is.EqualTo("/account/security"));
    }

    [Test]
    public async Task The_password_of_a_remembered_browser_is_not_enough_either()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var browser = Server.NewBrowser();
        await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code(), remember: true);
        Assert.That((await browser.BeginAsync(person)).Url.AbsolutePath, Is.EqualTo("/account"));
        Server.Clock.Advance(TimeSpan.FromMinutes(1));

        var asked = await browser.OpenAsync("/account/security");
        var shown = await browser.FollowAsync(await browser.TypeCodeAsync(asked, Server.Code()));

        Assert.That(asked.Url.AbsolutePath, Is.EqualTo("/signin/factor"));
        Assert.That(shown.Url.AbsolutePath, Is.EqualTo("/account/security"));
    }

    [Test]
    public async Task The_first_factor_ends_the_sessions_that_the_password_alone_began()
    {
        var person = await Server.AddPersonAsync();
        using var other = await SignedInAsync(person);
        using var browser = await SignedInAsync(person);
        using var authenticator = new SoftwareAuthenticator(Server.Origin);

        await browser.AddPasskeyAsync(authenticator);

        Assert.That((await other.OpenAsync("/account")).AsksToSignIn, Is.True);
        Assert.That((await browser.OpenAsync("/account/security")).Url.AbsolutePath, Is.EqualTo("/account/security"), "it was just shown here");
    }

    [Test]
    public async Task A_key_that_is_confirmed_twice_is_connected_once()
    {
        var person = await Server.AddPersonAsync();
        using var browser = await SignedInAsync(person);
        var page = await browser.OpenAsync("/account/security/app");
        var secret = Base32.Read(SecretShown().Match(page.Body).Groups["key"].Value.Replace(" ", "", StringComparison.Ordinal));
        KeyValuePair<string, string>[] code = [new("code", Totp.CodeAt(secret, Server.Clock.Time.GetUtcNow()))];

        await browser.SubmitAsync(page.FormWith("code"), code);
        var again = await browser.SubmitAsync(page.FormWith("code"), code);

        Assert.That(again.Body, Does.Contain("connected already"));
        Assert.That(await Server.WithDatabaseAsync(db => db.Credentials.CountAsync(c => c.UserId == person.Id && c.Kind == "totp")), Is.EqualTo(1));
    }

    [Test]
    public async Task An_owner_helps_somebody_who_has_lost_every_factor()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var theirs = Server.NewBrowser();
        await theirs.TypeCodeAsync(await theirs.BeginAsync(person), Server.Code());
        using var owner = Server.NewBrowser();
        await owner.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);
        var page = await owner.OpenAsync($"/console/users/{person.Id}");

        var done = await owner.FollowAsync(await owner.SubmitAsync(page.Forms.Single(f => f.Action.AbsolutePath.EndsWith("/factors/reset", StringComparison.Ordinal)), []));

        Assert.That(done.Body, Does.Contain("All second factors are removed"));
        Assert.That((await theirs.OpenAsync("/account")).AsksToSignIn, Is.True);
        using var again = Server.NewBrowser();
        Assert.That((await again.BeginAsync(person)).Url.AbsolutePath, Is.EqualTo("/account"));
        Assert.That(await Server.WithDatabaseAsync(db => db.AuditEntries.CountAsync(a => a.Action == "user.factor_removed" && a.TargetId == person.Id.ToString() && a.Source == "console")), Is.EqualTo(1));
    }

    [Test]
    public async Task Only_allowed_models_of_authenticators_are_registered()
    {
        var (allowed, other) = (Guid.NewGuid(), Guid.NewGuid());
        await using var server = await ServerUnderTest.StartAsync(Settings with { More = new Dictionary<string, string>(Settings.More) { ["Passkeys:AllowedModels:0"] = allowed.ToString() } });
        var person = await server.AddPersonAsync();
        using var browser = server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        using var bought = new SoftwareAuthenticator(server.Origin) { Model = allowed };
        using var foreign = new SoftwareAuthenticator(server.Origin) { Model = other };
        using var silent = new SoftwareAuthenticator(server.Origin);

        foreach (var refused in new[] { foreign, silent })
            Assert.That((await browser.AddPasskeyAsync(refused)).Body, Does.Contain("does not allow this kind of passkey"));
        Assert.That((await browser.AddPasskeyAsync(bought)).Body, Does.Contain("Save your recovery codes"));
    }

    private async Task<BrowserClient> SignedInAsync(User person)
    {
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        return browser;
    }

    [GeneratedRegex("<code id=\"secret\">(?<key>[A-Z2-7 ]+)</code>")]
    private static partial Regex SecretShown();

    [GeneratedRegex("<code>(?<code>[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>")]
    private static partial Regex CodeShown();
}
