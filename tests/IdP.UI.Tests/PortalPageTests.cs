using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Tests;

/// <summary>The start page with apps, the page for whoever may not use one, and the page of sessions, by keyboard, in both themes and widths.</summary>
[OnOneDatabase(DatabaseKind.Sqlite)]
public sealed class PortalPageTests(DatabaseKind database) : ServerTest(database)
{
    private const string Long = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft";

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            { "clients": [
              { "clientId": "mail", "clientName": "Mail", "description": "Read and write mail, keep a calendar, find colleagues, and book one of the meeting rooms on any of the floors of the building", "clientUri": "https://mail.example.test/", "showInPortal": true, "clientSecrets": [{ "value": "mail-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://mail.example.test/cb"], "allowedScopes": ["openid"] },
              { "clientId": "wiki", "clientName": "Wiki", "description": "What everybody knows", "clientUri": "https://wiki.example.test/", "showInPortal": true, "clientSecrets": [{ "value": "wiki-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://wiki.example.test/cb"], "allowedScopes": ["openid"] },
              { "clientId": "long", "clientName": "{{Long}}", "clientUri": "https://long.example.test/", "showInPortal": true, "clientSecrets": [{ "value": "long-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://long.example.test/cb"], "allowedScopes": ["openid"] },
              { "clientId": "vault", "clientName": "Vault", "contacts": ["vault-desk@example.test", "Room 4.12"], "assignmentRequired": true, "assignedUsers": ["bob"], "clientSecrets": [{ "value": "vault-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://vault.example.test/cb"], "allowedScopes": ["openid"] }
            ] }
            """),
    };

    [Test]
    public async Task Apps_are_found_and_opened_by_keyboard_and_without_script([Values] bool dark)
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark, phone: dark, javaScript: dark, language: Looks.Language(dark));
        var page = visitor.Page;
        await page.GotoAsync("/");
        await visitor.SignInAsync(TestUsers.Alice);

        await page.WaitForSelectorAsync(".apps");
        if (dark) await visitor.AssertAccessibleAsync("portal");
        if (dark) await visitor.AssertFitsAsync("portal");
        await visitor.KeepPicturesAsync(dark ? "portal-dark" : "portal-light");
        await page.Locator("#q").FocusAsync();
        await page.Keyboard.TypeAsync("WIKI");
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAtAsync("*/?q=WIKI");
        Assert.That(await page.Locator(".apps .app strong").AllTextContentsAsync(), Is.EqualTo((string[])["Wiki"]));
        await page.Locator("#q").FocusAsync();
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        Assert.That(await page.Locator(".apps .app").First.EvaluateAsync<bool>("link => link === document.activeElement"), Is.True);
        await page.GotoAsync("/?q=nothing+like+that");
        if (dark) await visitor.AssertAccessibleAsync("nothing found");
        Assert.That(await page.Locator(".empty a").GetAttributeAsync("href"), Is.EqualTo("/"));
    }

    [Test]
    public async Task Whoever_may_not_use_an_app_reads_whom_to_ask_and_sessions_are_ended_by_keyboard([Values] bool dark)
    {
        var phone = Looks.IsPhone(Database, dark);
        await using (var elsewhere = await Visitor.ArriveAsync(Server.Origin))
        {
            await elsewhere.Page.GotoAsync("/");
            await elsewhere.SignInAsync(TestUsers.Alice);
            await elsewhere.Page.WaitForSelectorAsync(".apps");
        }
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark, phone, language: Looks.Language(dark));
        var page = visitor.Page;
        await page.GotoAsync(Server.NewRelyingParty(new TestClient("vault", "vault-secret", "https://vault.example.test/cb")).NewRequest("openid").Url);
        await visitor.SignInAsync(TestUsers.Alice);

        await page.WaitForSelectorAsync("#contacts");
        await visitor.AssertAccessibleAsync("not assigned");
        await visitor.AssertFitsAsync("not assigned");
        await visitor.KeepPicturesAsync(dark ? "unassigned-dark" : "unassigned-light");
        Assert.That(await page.Locator("a[href^='mailto:']").GetAttributeAsync("href"), Is.EqualTo("mailto:vault-desk@example.test"));
        await page.GotoAsync("/account/sessions");
        await visitor.AssertAccessibleAsync("sessions");
        await visitor.AssertFitsAsync("sessions");
        await visitor.KeepPicturesAsync(dark ? "sessions-dark" : "sessions-light");
        await page.Locator("form[action='/account/sessions/others/end'] button").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("[role=status]");
        var alice = await Server.WithDatabaseAsync(db => db.Users.Where(u => u.UserName == "alice").Select(u => u.Id).SingleAsync());
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.CountAsync(s => s.UserId == alice && s.EndedAt == null)), Is.EqualTo(1));
        _ = visitor.TakeProblems(); // the page for the refused is answered with 403
    }
}
