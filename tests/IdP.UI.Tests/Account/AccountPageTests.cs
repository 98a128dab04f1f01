using IdP.Testing;
using NUnit.Framework;

namespace IdP.UI.Tests.Account;

/// <summary>The pages about a person's own account in a real browser, by keyboard, with the mailbox of a development server.</summary>
[OnOneDatabase(DatabaseKind.Sqlite)]
public sealed class AccountPageTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.With(Scopes), More = new Dictionary<string, string> { ["Mail:Mailbox"] = "true" } };

    /// <summary>What people may give to tokens.</summary>
    private const string Scopes = """
        {
          "apiScopes": [
            { "name": "notes.read", "displayName": "Read notes", "description": "All notes that you can see yourself", "allowPersonalAccessTokens": true },
            { "name": "notes.write", "displayName": "Write notes", "emphasize": true, "allowPersonalAccessTokens": true }
          ],
          "apiResources": [{ "name": "urn:test:notes", "scopes": ["notes.read", "notes.write"] }]
        }
        """;

    [Test]
    public async Task A_profile_is_edited_and_an_address_changed_by_keyboard_and_every_page_is_accessible([Values] bool dark)
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark, phone: dark, language: Looks.Language(dark));
        var (page, name, address) = (visitor.Page, dark ? "dark" : "light", $"{(dark ? "bob" : "alice")}.new@example.test");
        async Task LookAsync(string what)
        {
            await visitor.AssertAccessibleAsync(what);
            await visitor.KeepPicturesAsync($"account-{what}-{name}");
        }

        await page.GotoAsync("/signin?returnUrl=%2Faccount%2Fprofile");
        await visitor.SignInAsync(dark ? TestUsers.Bob : TestUsers.Alice);
        await page.ArriveAtAsync("*/account/profile");
        await LookAsync("profile");
        await page.FocusAsync("#name");
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.TypeAsync("Ada Lovelace");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync(".alert.ok[role=status]");
        Assert.That(await page.InputValueAsync("#name"), Is.EqualTo("Ada Lovelace"));

        await page.FocusAsync("a[href='/account/profile/email']");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#email:focus");
        await LookAsync("email");
        await page.Keyboard.TypeAsync(address);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync(".alert.ok[role=status]");
        var links = page.Locator("a[href*='profile/email/confirm']");
        for (var tries = 0; tries < 100 && await links.CountAsync() == 0; tries++) await page.GotoAsync("/dev/mailbox"); // the mail is on its way
        await links.First.ClickAsync();
        await page.ArriveAtAsync("*/account/profile/email/confirm*");
        await LookAsync("email-confirm");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync(".alert.ok[role=status]");
        Assert.That(await page.Locator("section[aria-labelledby=email]").InnerTextAsync(), Does.Contain(address));
        await LookAsync("changed");

        foreach (var (url, what) in new[] { ("/account", "home"), ("/account/activity", "activity"), ("/account/connections", "connections"), ("/account/security", "security"), ("/account/freeze", "freeze") })
        {
            await page.GotoAsync(url);
            Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo(url));
            await LookAsync(what);
        }

        // A token: made, shown once, taken back.
        await page.GotoAsync("/account");
        await page.FocusAsync("nav a[href='/account/tokens']");
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAtAsync("*/account/tokens");
        await page.FocusAsync("a[href='/account/tokens/new']");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#name:focus");
        await page.Keyboard.TypeAsync("Nightly export");
        await page.Keyboard.PressAsync("Enter"); // without a scope
        await page.WaitForSelectorAsync("#scopes-error");
        await LookAsync("token-new");
        await page.FocusAsync("#name");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#token");
        Assert.That(await page.InputValueAsync("#token"), Does.Match("^idp_pat_[0-9A-Za-z]{36}$"));
        await LookAsync("token-made");
        await page.FocusAsync("main a.primary");
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAtAsync("*/account/tokens");
        Assert.That(await page.Locator("tbody").InnerTextAsync(), Does.Contain("Nightly export").And.Contain("Read notes"));
        await LookAsync("tokens");
        await page.FocusAsync("form[action$='/revoke'] button");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync(".alert.ok[role=status]");
        Assert.That(await page.Locator("form[action$='/revoke']").CountAsync(), Is.Zero);
        await LookAsync("token-revoked");
    }
}
