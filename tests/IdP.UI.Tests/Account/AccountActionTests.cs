using System.Text.RegularExpressions;
using IdP.Credentials.AuthenticatorApps;
using IdP.Exports;
using IdP.Organizations;
using IdP.UI.Tests.SignIn;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.UI.Tests.Account;

/// <summary>Everything a person can do about the own account, done in a browser by keyboard; the list of forms is the server's own, so that a new one is missed here.</summary>
[OnOneDatabase(DatabaseKind.PostgreSql)]
public sealed partial class AccountActionTests(DatabaseKind database) : ServerTest(database)
{
    private const string Password = "Correct-Horse-7-Battery", Replacement = "Another-Sentence-Of-Mine-8";

    private static readonly UpstreamAccount Elsewhere = new("300", "elsewhere@google.test", false), Bob = new("301", "bob@example.test", true), Alice = new("302", "alice@example.test", true);

    private readonly UpstreamProvider upstream = new();

    protected override ServerSettings Settings => base.Settings with
    {
        More = new Dictionary<string, string>(upstream.Settings) { ["Mail:Mailbox"] = "true", ["Organizations:MembersMayLeave"] = "true" },
        Configuration = TestConfiguration.With($$"""
            { "apiScopes": [{ "name": "notes.read", "displayName": "Read notes", "allowPersonalAccessTokens": true }], "apiResources": [{ "name": "urn:test:notes", "scopes": ["notes.read"] }],
              "users": [{ "userName": "ada", "name": "Ada", "email": "ada@example.test", "emailVerified": false, "password": "{{Password}}" }] }
            """),
    };

    [OneTimeSetUp]
    public Task StartUpstreamAsync() => upstream.StartAsync(Server.Origin, [Elsewhere, Bob, Alice]);

    [OneTimeTearDown]
    public async Task StopUpstreamAsync() => await upstream.DisposeAsync();

    [Test]
    public async Task Every_action_is_done_by_keyboard_alone_and_leaves_its_entry_in_the_audit_log()
    {
        var ada = new TestUser("ada", Password);
        var id = await Server.WithDatabaseAsync(db => db.Users.Where(u => u.UserName == "ada").Select(u => u.Id).SingleAsync());
        await Server.WithDatabaseAsync(db =>
        {
            var club = new Organization { Name = "club", DisplayName = "The club", CreatedAt = Server.Clock.Time.GetUtcNow() };
            db.AddRange(club, new OrganizationMember { OrganizationId = club.Id, UserId = id, JoinedAt = club.CreatedAt });
            return db.SaveChangesAsync();
        });
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, hosts: [upstream.Origin.Authority]);
        var page = visitor.Page;
        var authenticator = await VirtualAuthenticator.PlugInAsync(page, answers: false);
        await page.GotoAsync("/signin?returnUrl=/account");
        await visitor.SignInAsync(ada);

        // The address she has, the profile, another address.
        await page.PressOnAsync("form[action='/account/email/confirm'] button");
        await SaysAsync("/account");
        await OpenMailedAsync("/account/email?token=");
        await visitor.AssertAccessibleAsync("confirmation of the address");
        await page.PressOnAsync("main form button");
        await SaysAsync("/account");
        await page.PressOnAsync("nav a[href='/account/profile']");
        await TypeAsync("#givenName", "Ada");
        await page.PressOnAsync("#familyName");
        await SaysAsync("/account/profile");
        await page.PressOnAsync("a[href='/account/profile/email']");
        await TypeAsync("#email", "ada.new@example.test");
        await page.PressOnAsync("#email");
        await SaysAsync("/account/profile");
        await OpenMailedAsync("profile/email/confirm");
        await page.PressOnAsync("main form button");
        await SaysAsync("/account/profile");

        // What she signs in with.
        await page.GotoAsync("/account/password");
        await TypeAsync("#current", Password);
        await TypeAsync("#replacement", Replacement);
        await page.PressOnAsync("#replacement");
        await SaysAsync("/account");
        ada = ada with { Password = Replacement };
        await page.GotoAsync("/account/security");
        await authenticator.AnswerAsync(true);
        await TypeAsync("#name", "Laptop");
        await page.PressOnAsync("form[action='/account/security/passkeys'] button");
        var codes = await page.Locator(".codes code").AllTextContentsAsync();
        await authenticator.AnswerAsync(false);
        await page.PressOnAsync("a.primary");
        await page.Locator("details.inline summary").PressAsync("Enter");
        await TypeAsync("form[action$='/rename'] input[name=name]", "Old laptop");
        await page.PressOnAsync("form[action$='/rename'] button");
        await SaysAsync("/account/security");
        Assert.That(await page.TextContentAsync("section:has(#passkeys) td.name"), Does.Contain("Old laptop"));
        await page.PressOnAsync("a[href='/account/security/app']");
        await page.Locator("details:not(.languages) summary").PressAsync("Enter");
        var secret = Base32.Decode((await page.TextContentAsync("#secret"))!);
        await TypeAsync("#code", Totp.CodeAt(secret, Server.Clock.Time.GetUtcNow()));
        await page.PressOnAsync("#code");
        await SaysAsync("/account/security");
        await page.PressOnAsync("form[action='/account/security/recovery-codes'] button");
        Assert.That(await page.Locator(".codes code").AllTextContentsAsync(), Has.Count.EqualTo(codes.Count).And.Not.EquivalentTo(codes));
        await page.PressOnAsync("a.primary");

        // A second browser, which is remembered, forgotten and removed; a third session; all of them end.
        await using (var phone = await RememberedAsync(ada, secret))
        {
            await page.GotoAsync("/account/security");
            await page.PressOnAsync("form[action$='/forget'] button");
            await SaysAsync("/account/security");
            await page.GotoAsync("/account/sessions");
            await page.PressOnAsync("tr:has(form[action$='/end']):not(:has(.badge)) form button");
            await SaysAsync("/account/sessions");
            Assert.That(await page.Locator("form[action^='/account/sessions/'][action$='/end']").CountAsync(), Is.EqualTo(2), "this one, and the form for all");
            await page.PressOnAsync("tr:has(form[action$='/remove']):not(:has(.badge)) form button");
            await SaysAsync("/account/sessions");
            await phone.Page.GotoAsync("/account");
            Assert.That(new Uri(phone.Page.Url).AbsolutePath, Is.EqualTo("/signin"));
        }

        await page.GotoAsync("/account/security");
        await page.PressOnAsync("form[action*='/passkeys/'][action$='/remove'] button");
        await SaysAsync("/account/security");
        await page.PressOnAsync("form[action*='/app/'][action$='/remove'] button");
        await SaysAsync("/account/security");
        await using (var another = await Visitor.ArriveAsync(Server.Origin))
        {
            await another.Page.GotoAsync("/signin");
            await another.SignInAsync(ada);
            await another.Page.ArriveAtAsync("*/account");
            await page.GotoAsync("/account/sessions");
            await page.PressOnAsync("form[action='/account/sessions/others/end'] button");
            await SaysAsync("/account/sessions");
            await another.Page.ReloadAsync();
            Assert.That(new Uri(another.Page.Url).AbsolutePath, Is.EqualTo("/signin"));
        }

        // A token for her programs.
        await page.PressOnAsync("nav a[href='/account/tokens']");
        await page.PressOnAsync("a[href='/account/tokens/new']");
        await TypeAsync("#name", "Backup");
        await page.Locator("input[name=scopes]").PressAsync("Space");
        await page.PressOnAsync("#name");
        Assert.That(await page.InputValueAsync("#token"), Does.StartWith("idp_pat_"));
        await page.PressOnAsync("main a.primary");
        await page.PressOnAsync("form[action$='/revoke'] button");
        await SaysAsync("/account/tokens");

        // What she is connected with.
        await page.GotoAsync(Server.NewRelyingParty(TestClients.Consenting).NewRequest("openid profile").Url);
        await page.RouteAsync("https://consenting.example.test/**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<!DOCTYPE html><html lang=en><title>App</title><p>App" }));
        await page.PressOnAsync("button[value=allow]");
        _ = visitor.TakeProblems(); // the app is another host
        await page.GotoAsync("/account");
        await page.PressOnAsync("form[action='/account/consents/revoke'] button");
        await SaysAsync("/account");
        await page.GotoAsync("/account/connections");
        await page.PressOnAsync("form[action='/account/connections/google/link'] button");
        await TypeAsync("input[name=email]", Elsewhere.Email);
        await TypeAsync("input[name=password]", UpstreamAccount.Password);
        await page.PressOnAsync("input[name=password]");
        await SaysAsync("/account/connections");
        await page.PressOnAsync("form[action='/account/connections/google/unlink'] button");
        await SaysAsync("/account/connections");
        await page.PressOnAsync("form[action='/account/connections/leave'] button");
        await SaysAsync("/account/connections");

        // What is kept of her, and the ends.
        await page.GotoAsync("/account/data");
        await page.PressOnAsync("form[action='/account/data/export'] button");
        await Server.Services.GetRequiredService<ExportJob>().RunAsync(default);
        for (var i = 0; i < 100 && await page.QuerySelectorAsync("a[href='/account/data/export']") is null; i++) await page.ReloadAsync();
        Assert.That((await page.Context.APIRequest.GetAsync("/account/data/export")).Status, Is.EqualTo(200));
        await page.Locator("input[name=confirm]").PressAsync("Space");
        await page.PressOnAsync("form[action='/account/data/delete'] button");
        await page.ArriveAtAsync("*/account-deletion*");
        await page.PressOnAsync("form[action='/account-deletion'] button");
        await SignInAgainAsync("/account/sessions");
        await page.PressOnAsync("form[action='/account/sessions/all/end'] button");
        await page.ArriveAtAsync("*/signedout*");
        await SignInAgainAsync("/account/freeze");
        await page.PressOnAsync("form[action='/account/freeze'] button");
        await page.GotoAsync("/account");
        Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo("/signin"));

        var forms = Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.TrimStart('/') is var path && (path.StartsWith("account/", StringComparison.Ordinal) || path == "account-deletion") && e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("POST"))
            .Select(e => "/" + e.RoutePattern.RawText!.Trim('/')).ToList();
        Assert.That(forms, Has.Count.GreaterThan(20));
        Assert.That(forms.Where(form => !visitor.Sent.Any(sent => Matches(form, sent))), Is.Empty, "forms that nobody sent");
        var entries = await Server.WithDatabaseAsync(db => db.AuditEntries.Where(a => a.ActorId == id).Select(a => a.Action).Distinct().ToListAsync());
        Assert.That(entries, Is.SupersetOf((string[])[
            "user.email_confirmed", "user.profile_changed", "user.email_change_asked", "user.email_changed", "user.password_changed", "user.factor_added", "user.factor_removed", "user.passkey_renamed", "user.recovery_codes_issued",
            "user.browser_forgotten", "user.browser_removed", "session.ended", "user.signed_out_elsewhere", "user.signed_out", "consent.granted", "consent.revoked", "user.login_linked", "user.login_unlinked",
            "user.organization_left", "user.token_made", "user.token_revoked", "user.export_requested", "user.erasure_begun", "user.erasure_cancelled", "user.frozen"]));

        async Task TypeAsync(string selector, string text)
        {
            await page.FocusAsync(selector);
            await page.Keyboard.PressAsync("Control+A");
            await page.Keyboard.TypeAsync(text);
        }

        async Task SaysAsync(string path)
        {
            await page.WaitForSelectorAsync(".alert.ok[role=status]");
            Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo(path));
        }

        async Task OpenMailedAsync(string link)
        {
            var links = page.Locator($"a[href*='{link}']");
            for (var tries = 0; tries < 100 && await links.CountAsync() == 0; tries++) await page.GotoAsync("/dev/mailbox"); // the mail is on its way
            await page.PressOnAsync($"a[href*='{link}'] >> nth=0");
        }

        async Task SignInAgainAsync(string returnUrl)
        {
            await page.GotoAsync("/signin?returnUrl=" + returnUrl);
            await visitor.SignInAsync(ada);
            await page.ArriveAtAsync("*" + returnUrl);
        }
    }

    [Test]
    public async Task A_login_of_somebody_who_has_an_account_asks_for_its_password_by_keyboard([Values] bool dark)
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark, phone: dark, language: Looks.Language(dark), hosts: [upstream.Origin.Authority]);
        var page = visitor.Page;
        await page.GotoAsync("/signin");
        await page.PressOnAsync("form[action='/signin/external/google'] button");
        await page.FillAsync("input[name=email]", dark ? Bob.Email : Alice.Email);
        await page.FillAsync("input[name=password]", UpstreamAccount.Password);
        await page.PressOnAsync("input[name=password]");
        await page.ArriveAtAsync("*/signin/link");
        await visitor.AssertAccessibleAsync("link");
        await visitor.AssertFitsAsync("link");
        await visitor.KeepPicturesAsync("link-" + (dark ? "dark" : "light"));
        await page.FillAsync("#password", dark ? TestUsers.Bob.Password : TestUsers.Alice.Password);
        await page.PressOnAsync("#password");
        await page.ArriveAtAsync("*/account");
        Assert.That(await page.TextContentAsync("h1"), Does.Contain(dark ? "Bob" : "Alice"));
    }

    /// <summary>A browser in which the second factor is not asked for again.</summary>
    private async Task<Visitor> RememberedAsync(TestUser person, byte[] secret)
    {
        var visitor = await Visitor.ArriveAsync(Server.Origin, phone: true);
        await visitor.Page.GotoAsync("/signin");
        await visitor.SignInAsync(person);
        await visitor.Page.ArriveAtAsync("*/signin/factor?*");
        if (await visitor.Page.Locator("#code").CountAsync() == 0) await visitor.Page.PressOnAsync("a[href*='way=app']");
        await visitor.Page.FillAsync("#code", Totp.CodeAt(secret, Server.Clock.Time.GetUtcNow() + TimeSpan.FromSeconds(30))); // the one of now was used
        await visitor.Page.Locator("input[name=remember]").PressAsync("Space");
        await visitor.Page.PressOnAsync("#code");
        await visitor.Page.ArriveAtAsync("*/account");
        return visitor;
    }

    private static bool Matches(string pattern, string path) => Regex.IsMatch(path, "^" + Placeholder().Replace(Regex.Escape(pattern), "[^/]+") + "$");

    [GeneratedRegex(@"\\\{[^}]*\}")]
    private static partial Regex Placeholder();
}
