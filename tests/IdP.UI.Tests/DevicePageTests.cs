using IdP.Testing;
using NUnit.Framework;

namespace IdP.UI.Tests;

/// <summary>Connecting a device in a real browser: accessible in both themes and at both widths, without script, by keyboard alone.</summary>
[OnOneDatabase(DatabaseKind.PostgreSql)]
public sealed class DevicePageTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestClient Tv = new("tv");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "tv", "clientName": "Living-room TV", "clientUri": "https://tv.example.test", "applicationType": "device", "tokenEndpointAuthMethod": "none", "allowOfflineAccess": true,
                "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedScopes": ["openid", "profile", "api.read", "api.write"] }
            ] }
            """),
    };

    [Test]
    public async Task Every_page_of_the_journey_is_accessible_in_both_themes_and_at_both_widths([Values] bool dark)
    {
        var phone = Looks.IsPhone(Database, dark);
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark, phone);
        var page = visitor.Page;
        var started = await Server.NewRelyingParty(Tv).StartDeviceAsync("openid profile api.read api.write offline_access");

        await page.GotoAsync(started.VerificationUriComplete.AbsoluteUri);
        await visitor.AssertAccessibleAsync("enter the code");
        await visitor.KeepPictureAsync($"device-code-{Name(dark, phone)}");
        await page.FillAsync("#user_code", "1234");
        await page.ClickAsync("button[type=submit]");
        Assert.That(await page.TextContentAsync("#device-error"), Does.Contain("not a code"));
        await visitor.AssertAccessibleAsync("no code");
        await page.FillAsync("#user_code", started.UserCode);
        await page.ClickAsync("button[type=submit]");
        await visitor.SignInAsync(TestUsers.Alice);
        Assert.That(await page.TextContentAsync("#device-code"), Is.EqualTo(started.UserCode));
        await visitor.AssertAccessibleAsync("confirm");
        await visitor.KeepPictureAsync($"device-confirm-{Name(dark, phone)}");
        await page.ClickAsync("text=Allow");
        Assert.That(await page.TextContentAsync("h1"), Is.EqualTo("The device is connected"));
        await visitor.AssertAccessibleAsync("done");
        await visitor.KeepPictureAsync($"device-done-{Name(dark, phone)}");
    }

    [Test]
    public async Task A_device_is_connected_without_JavaScript_by_keyboard_alone()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, javaScript: false);
        var page = visitor.Page;
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid profile");

        await page.GotoAsync("/device");
        await page.WaitForSelectorAsync("#user_code:focus");
        await page.Keyboard.TypeAsync(started.UserCode.ToLowerInvariant().Replace("-", "", StringComparison.Ordinal));
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#username:focus");
        await page.Keyboard.TypeAsync(TestUsers.Alice.UserName);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#password:focus");
        await page.Keyboard.TypeAsync(TestUsers.Alice.Password);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#device-code");
        await page.WaitForLoadStateAsync(); // a tab in a half-read page goes round without its buttons
        for (var presses = 0; presses < 12 && await page.Locator("button[value=allow]:focus").CountAsync() == 0; presses++) await page.Keyboard.PressAsync("Tab");
        await page.Locator("button[value=allow]:focus").WaitForAsync();
        await page.Locator("button[value=allow]").PressAsync("Enter"); // waits until the button can be pressed
        await page.ArriveAtAsync("*/device/done*");

        Assert.That(await page.TextContentAsync("h1"), Is.EqualTo("The device is connected"));
        Assert.That((await tv.PollAsync(started)).Expected().AccessToken, Is.Not.Null);
    }

    private static string Name(bool dark, bool phone) => (dark ? "dark" : "light") + (phone ? "-phone" : "-desktop");
}
