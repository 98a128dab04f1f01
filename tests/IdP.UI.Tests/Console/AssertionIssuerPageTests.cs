using IdP.Protocol.Token;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Tests.Console;

/// <summary>Assertion issuers in the console, from the first to the removal.</summary>
[OnOneDatabase(DatabaseKind.Sqlite)]
public sealed class AssertionIssuerPageTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestKey Key = TestKey.Elliptic("k");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            { "clients": [{ "clientId": "warehouse", "clientSecrets": [{ "value": "warehouse-secret" }], "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:jwt-bearer"], "allowedScopes": ["api.read"] }],
              "assertionIssuers": [{ "issuer": "https://of-the-file.example.test", "jwks": {{TestKey.Set(Key)}}, "allowedClients": ["warehouse"] }] }
            """),
    };

    [Test]
    public async Task An_owner_creates_an_issuer_is_told_what_is_wrong_beside_each_field_changes_it_and_removes_it()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        var page = visitor.Page;
        await page.GotoAsync("/signin?returnUrl=/console");
        await visitor.SignInAsync(TestUsers.Root);
        await page.ClickAsync("nav >> text=Issuers");
        await visitor.AssertAccessibleAsync("the list");

        await page.ClickAsync("text=New issuer");
        await page.FillAsync("#issuer", "with space");
        await page.FillAsync("#jwks", "{}");
        await page.FillAsync("#allowedClients", "warehouse\nnobody-knows-it");
        await page.ClickAsync("text=Create issuer");
        Assert.That(await page.TextContentAsync("#issuer-error"), Does.Contain("without spaces"));
        Assert.That(await page.TextContentAsync("#jwks-error"), Does.Contain("no JWK set"));
        Assert.That(await page.TextContentAsync("#allowedClients-error"), Does.Contain("nobody-knows-it"));
        Assert.That(await page.InputValueAsync("#allowedClients"), Is.EqualTo("warehouse\nnobody-knows-it"), "nothing typed is lost");
        await visitor.AssertAccessibleAsync("with errors");

        var issuer = "https://portal.example.test/" + new string('p', 300);
        await page.FillAsync("#issuer", issuer);
        await page.FillAsync("#jwks", TestKey.Set(Key));
        await page.FillAsync("#allowedClients", "warehouse");
        await page.SelectOptionAsync("#subject", "sub");
        await page.ClickAsync("text=Create issuer");
        Assert.That(await page.TextContentAsync("[role=status]"), Does.Contain("created"));
        await visitor.AssertAccessibleAsync("the issuer");
        var created = await FindAsync(issuer);
        Assert.That((created?.Enabled, created?.Subject), Is.EqualTo(((bool?)true, "sub")));
        Assert.That(await page.Locator("#in-file").CountAsync(), Is.Zero);

        await page.UncheckAsync("[name=enabled]");
        await page.FillAsync("#allowedClients", "");
        await page.ClickAsync("text=Save changes");
        Assert.That(await page.TextContentAsync("[role=status]"), Does.Contain("saved"));
        Assert.That((await FindAsync(issuer))?.Enabled, Is.False);
        await page.FillAsync("#jwks", "");
        await page.ClickAsync("text=Save changes");
        Assert.That(await page.TextContentAsync("#jwks-error"), Does.Contain("public keys"));
        await page.ReloadAsync();

        await page.FillAsync("#confirm", "https://portal.example.test");
        await page.ClickAsync("text=Remove issuer");
        Assert.That(await page.TextContentAsync("#confirm-error"), Does.Contain("exactly"));
        await page.FillAsync("#confirm", issuer);
        await page.ClickAsync("text=Remove issuer");
        Assert.That(await page.TextContentAsync("[role=status]"), Does.Contain("removed"));
        Assert.That(await FindAsync(issuer), Is.Null);
        var audit = await Server.WithDatabaseAsync(db => db.AuditEntries.Where(e => e.TargetId == issuer).OrderBy(e => e.At).Select(e => e.Action + " by " + e.Source).ToListAsync());
        Assert.That(audit, Is.EqualTo((string[])["assertion_issuer.created by console", "assertion_issuer.updated by console", "assertion_issuer.deleted by console"]));
    }

    [Test]
    public async Task An_issuer_of_the_configuration_file_says_so_and_is_saved_by_keyboard_alone()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, javaScript: false);
        var page = visitor.Page;
        await page.GotoAsync("/signin?returnUrl=/console/issuers");
        await visitor.SignInAsync(TestUsers.Root);

        await page.FocusAsync("text=https://of-the-file.example.test");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#in-file");
        await page.FocusAsync("[name=enabled]");
        await page.Keyboard.PressAsync("Space");
        for (var presses = 0; presses < 6 && await page.Locator("button:focus:has-text('Save changes')").CountAsync() == 0; presses++) await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("[role=status]");

        Assert.That((await FindAsync("https://of-the-file.example.test"))?.Enabled, Is.False);
    }

    [Test]
    public async Task Two_owners_who_change_the_same_issuer_do_not_overwrite_each_other()
    {
        using var browser = Server.NewBrowser();
        await browser.SignInAsync(await browser.GetAsync("/signin"), TestUsers.Root.UserName, TestUsers.Root.Password);
        var made = await browser.SubmitAsync((await browser.GetAsync("/console/issuers/new")).FormWith("issuer"), [new("issuer", "https://raced.example.test"), new("jwks", TestKey.Set(Key))]);
        var form = (await browser.FollowAsync(made)).FormWith("jwks");

        var first = await browser.SubmitAsync(form, [new("allowedClients", "warehouse")]);
        var second = await browser.SubmitAsync(form, [new("allowedClients", "web")]);

        Assert.That(((int)first.Status, (int)second.Status), Is.EqualTo((303, 409)));
        Assert.That(second.Body, Does.Contain("Somebody else changed"));
        Assert.That((int)(await browser.GetAsync("/console/issuers/" + Guid.NewGuid())).Status, Is.EqualTo(404));
    }

    private Task<AssertionIssuer?> FindAsync(string issuer) => Server.WithDatabaseAsync(db => db.AssertionIssuers.AsNoTracking().SingleOrDefaultAsync(i => i.Issuer == issuer));
}
