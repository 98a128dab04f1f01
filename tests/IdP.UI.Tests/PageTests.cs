using IdP.Testing;
using NUnit.Framework;

namespace IdP.UI.Tests;

/// <summary>What people do on the pages, with and without JavaScript.</summary>
[OnOneDatabase(DatabaseKind.Sqlite)]
public sealed class PageTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task Sign_in_needs_no_JavaScript_and_works_by_keyboard_alone()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, javaScript: false);
        var page = visitor.Page;

        await page.GotoAsync("/signin");
        await page.WaitForSelectorAsync("input:focus"); // the first field has it from the first rendering on, which may come after the load event
        await page.Keyboard.TypeAsync(TestUsers.Alice.UserName);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#password:focus");
        await page.Keyboard.TypeAsync(TestUsers.Alice.Password);
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAtAsync("*/account");

        Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo("/account"));
        Assert.That(await page.TextContentAsync("h1"), Does.Contain("Alice"));
    }

    [Test]
    public async Task A_wrong_password_is_said_in_words_that_do_not_tell_who_has_an_account()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        var texts = new List<string?>();
        foreach (var user in new[] { new TestUser("alice", "wrong-password"), new TestUser("nobody-at-all", "wrong-password"), TestUsers.Carol })
        {
            await visitor.Page.GotoAsync("/signin");
            await visitor.SignInAsync(user);
            texts.Add(await visitor.Page.TextContentAsync("#signin-error"));
        }

        Assert.That(texts.Distinct(), Has.Exactly(1).Items);
    }

    [Test]
    public async Task An_owner_creates_a_client_by_the_wizard_sees_its_secret_once_and_edits_it()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        var page = visitor.Page;
        await page.GotoAsync("/signin?returnUrl=/console/clients");
        await visitor.SignInAsync(TestUsers.Root);

        await page.ClickAsync("text=New client >> nth=0");
        await page.ClickAsync("text=Server-side web app");
        await page.FillAsync("#clientId", "made-in-console");
        await page.FillAsync("#clientName", "Made in the console");
        await page.FillAsync("#redirectUris", "https://made.example.test/*");
        await page.ClickAsync("text=Create client");
        Assert.That(await page.TextContentAsync(".field:has(#redirectUris)"), Does.Contain("*"), "a wildcard is refused beside its field");

        await page.FillAsync("#redirectUris", "https://made.example.test/cb");
        await page.ClickAsync("text=Create client");
        var secret = await page.InputValueAsync("#new-secret");
        await page.GotoAsync("/console/clients/made-in-console");
        Assert.That(await page.Locator("#new-secret").CountAsync(), Is.Zero);
        Assert.That(await page.ContentAsync(), Does.Not.Contain(secret));

        await page.FillAsync("#clientName", "Renamed");
        await page.ClickOnAsync("text=Save changes");
        await page.GotoAsync("/console/clients?q=Ren");
        Assert.That(await page.TextContentAsync("tbody"), Does.Contain("made-in-console"));

        using var party = new RelyingParty(Server.Origin, "made-in-console", secret);
        Assert.That((await party.TokenAsync([new("grant_type", "refresh_token"), new("refresh_token", "nonsense")])).Error, Is.Not.EqualTo("invalid_client"), "the shown secret is the client's");
    }

    [Test]
    public async Task An_owner_creates_a_user_who_must_change_the_one_time_password_and_can_be_disabled()
    {
        await using var owner = await Visitor.ArriveAsync(Server.Origin);
        await owner.Page.GotoAsync("/signin?returnUrl=/console/users/new");
        await owner.SignInAsync(TestUsers.Root);
        await owner.Page.FillAsync("#userName", "dana");
        await owner.Page.FillAsync("#name", "Dana New");
        await owner.Page.FillAsync("#email", "dana@example.test");
        await owner.Page.ClickAsync("text=Create user");
        var password = await owner.Page.InputValueAsync("#new-password");
        var address = owner.Page.Url;

        await using var dana = await Visitor.ArriveAsync(Server.Origin);
        await dana.Page.GotoAsync("/signin");
        await dana.SignInAsync(new TestUser("dana", password));
        Assert.That(new Uri(dana.Page.Url).AbsolutePath, Is.EqualTo("/account/password"));
        await dana.Page.FillAsync("#current", password);
        await dana.Page.FillAsync("#replacement", "A-Sentence-Of-My-Own-9");
        await dana.Page.ClickAsync("main button[type=submit]");
        Assert.That(await dana.Page.TextContentAsync("h1"), Does.Contain("Dana"));

        await owner.Page.GotoAsync("/console/users?q=dana");
        await owner.Page.ClickAsync("table a");
        await owner.Page.FillAsync("#reason", "left");
        await owner.Page.ClickOnAsync("text=Disable user");
        await dana.Page.GotoAsync("/account");
        Assert.That(new Uri(dana.Page.Url).AbsolutePath, Is.EqualTo("/signin"), "the session ends at once");
        Assert.That(address, Is.Not.Empty);
    }

    [Test]
    public async Task A_person_without_the_owner_role_does_not_get_into_the_console()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        await visitor.Page.GotoAsync("/signin");
        await visitor.SignInAsync(TestUsers.Alice);

        using var browser = Server.NewBrowser();
        await browser.SignInAsync(await browser.GetAsync("/signin"), TestUsers.Alice.UserName, TestUsers.Alice.Password);
        foreach (var url in new[] { "/console", "/console/clients", "/console/users/new", "/console/clients/web", "/console/registration", "/console/policies", "/console/policies/new", "/console/issuers", "/console/conformance" })
            Assert.That((int)(await browser.GetAsync(url)).Status, Is.EqualTo(403), url);
    }
}
