using IdP.Testing;
using NUnit.Framework;

namespace IdP.UI.Tests;

[OnOneDatabase(DatabaseKind.Sqlite)]
public sealed class PlaygroundTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with { More = new Dictionary<string, string> { ["Playground"] = "true" } };

    [Test]
    public async Task The_playground_shows_sign_in_tokens_userinfo_refresh_and_logout()
    {
        await RegisterAsync();
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        var page = visitor.Page;

        await page.GotoAsync("/playground");
        await page.ClickAsync("main button[type=submit]");
        await visitor.SignInAsync(TestUsers.Alice);
        await page.ClickAsync("button[value=allow]");

        Assert.That(await page.TextContentAsync("#id-token"), Does.Contain("\"aud\": \"playground\""));
        Assert.That(await page.TextContentAsync("#userinfo"), Does.Contain("Alice"));
        await visitor.AssertAccessibleAsync("playground");
        await page.ClickAsync("button:has-text('Refresh the tokens')");
        Assert.That(await page.TextContentAsync("#signed-in"), Does.Contain("Refreshed 1 time"));
        await page.ClickOnAsync("text=Sign out at the provider");
        Assert.That(page.Url, Does.StartWith(Server.Origin + "playground"));
        await page.ClickAsync("button:has-text('Refresh the tokens')");
        Assert.That(await page.TextContentAsync("[role=alert]"), Does.Contain("invalid_grant"), "the refresh token ended with the session");
    }

    /// <summary>The demo data knows the playground at port 5000; this server listens elsewhere.</summary>
    private Task<int> RegisterAsync() => Server.WithDatabaseAsync(async db =>
    {
        db.Clients.Add(new()
        {
            ClientId = "playground", ClientName = "Playground", TokenEndpointAuthMethod = "none", AllowedGrantTypes = ["authorization_code"], AllowOfflineAccess = true, RequireConsent = true,
            RedirectUris = [Server.Origin + "playground/callback"], PostLogoutRedirectUris = [Server.Origin + "playground"], AllowedScopes = ["openid", "profile", "email", "api.read"],
        });
        return await db.SaveChangesAsync();
    });
}
