using IdP.Credentials.AuthenticatorApps;
using IdP.Testing;
using NUnit.Framework;

namespace IdP.UI.Tests.Languages;

/// <summary>
/// Every page for people in a language with long words and in one without spaces: axe in both themes, and nothing wider than the window, at desktop and phone width, written to the right and to
/// the left. On one database, as <see cref="PageLookTests"/>.
/// </summary>
[TestFixture]
public sealed class LanguageLookTests
{
    private static readonly TestClient Tv = new("tv");

    private ServerUnderTest? server;

    private ServerUnderTest Server => server ?? throw new InvalidOperationException("The server runs from the fixture's set-up to its tear-down.");

    [OneTimeSetUp]
    public async Task StartServerAsync() => server = await ServerUnderTest.StartAsync(new ServerSettings(DatabaseKind.Sqlite)
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "tv", "clientName": "Living-room TV", "applicationType": "device", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedScopes": ["openid", "profile", "api.read"] }
            ],
            "users": [
              { "userName": "de-light", "name": "Maximiliane Freifrau von und zu Hohenlohe-Waldenburg", "email": "maximiliane@example.test", "emailVerified": true, "password": "Correct-Horse-7-Battery" },
              { "userName": "de-dark", "name": "Jörg Müller", "password": "Correct-Horse-7-Battery" },
              { "userName": "ja-light", "name": "山田 太郎", "password": "Correct-Horse-7-Battery" }
            ] }
            """),
    });

    [OneTimeTearDown]
    public async Task StopServerAsync()
    {
        if (server is not null) await server.DisposeAsync();
    }

    [TearDown]
    public void NoErrorWasLogged() => Assert.That(Server.Logs.TakeErrors(), Is.Empty, "The server logged errors.");

    [TestCase("de", false)]
    [TestCase("de", true)]
    [TestCase("ja", false)]
    public async Task Every_page_fits_and_is_accessible_in_another_language(string language, bool dark)
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark, language: language);
        var page = visitor.Page;
        var theme = dark ? "dark" : "light";
        var user = new TestUser($"{language}-{theme}", "Correct-Horse-7-Battery");
        async Task LookAsync(string name)
        {
            Assert.That(await page.EvaluateAsync<string>("document.documentElement.lang"), Is.EqualTo(language), name);
            await visitor.AssertAccessibleAsync($"{name} in {language}, {theme}");
            await visitor.AssertFitsAsync(name);
            await visitor.KeepPicturesAsync($"{language}-{theme}-{name}");
        }

        foreach (var (name, url) in new[] { ("signin", "/signin"), ("error", "/no/such/page"), ("device-code", "/device?user_code=BCDF-GHJK"), ("device-done", "/device/done?outcome=allowed&client_id=tv"), ("device-refused", "/device/done?client_id=tv") })
        {
            await page.GotoAsync(url);
            await LookAsync(name);
        }

        await page.GotoAsync("/signin?returnUrl=/account/security/app");
        await page.ClickAsync("summary");
        await LookAsync("menu");
        Assert.That(await page.EvaluateAsync<int>("[...document.querySelectorAll('.languages button')].filter(button => button.scrollWidth > button.clientWidth).length"), Is.Zero, "names of languages fit into their buttons");
        await page.FillAsync("#username", user.UserName);
        await page.ClickAsync("button.primary");
        await page.FillAsync("#password", "not-the-password");
        await page.ClickAsync("button.primary");
        await page.WaitForSelectorAsync("#signin-error");
        await LookAsync("password");
        await page.FillAsync("#password", user.Password);
        await page.ClickAsync("button.primary");
        await page.ArriveAtAsync("*/account/security/app");
        await LookAsync("app");

        await page.ClickAsync("details:not(.languages) summary");
        var secret = Base32.Decode((await page.TextContentAsync("#secret"))!); // shown by the details
        await page.FillAsync("#code", Totp.CodeAt(secret, Server.Clock.Time.GetUtcNow()));
        await page.ClickAsync("button.primary");
        await page.WaitForSelectorAsync(".codes");
        await LookAsync("codes");
        foreach (var (name, url) in new[]
        {
            ("portal", "/"), ("account", "/account?done=password"), ("profile", "/account/profile"), ("sessions", "/account/sessions"), ("activity", "/account/activity"), ("connections", "/account/connections"),
            ("data", "/account/data"), ("freeze", "/account/freeze"), ("security", "/account/security"), ("change-password", "/account/password"), ("accounts", "/signin/accounts"), ("signout", "/signout"),
        })
        {
            await page.GotoAsync(url);
            await LookAsync(name);
        }
        await page.ClickAsync("button.primary");
        await page.ArriveAtAsync("*/signedout*");
        await LookAsync("signedout");

        await page.GotoAsync(Server.NewRelyingParty(TestClients.Consenting).NewRequest("openid profile email api.read api.write offline_access").Url);
        await visitor.SignInAsync(user);
        await page.ArriveAtAsync("*/signin/factor?*");
        await LookAsync("factor");
        await page.FillAsync("#code", Totp.CodeAt(secret, Server.Clock.Time.GetUtcNow() + TimeSpan.FromSeconds(30)));
        await page.ClickAsync("button.primary");
        await page.ArriveAtAsync("*/consent?*");
        await LookAsync("consent");

        await page.GotoAsync((await Server.NewRelyingParty(Tv).StartDeviceAsync("openid profile api.read")).VerificationUriComplete.AbsoluteUri);
        await page.ClickAsync("button.primary");
        await page.WaitForSelectorAsync("#device-code");
        await LookAsync("device-confirm");
    }

    [Test]
    public async Task The_language_is_chosen_by_keyboard_alone_without_JavaScript()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, javaScript: false);
        var page = visitor.Page;
        await page.GotoAsync("/signin");
        await page.Locator("summary").PressAsync("Enter");
        for (var presses = 0; presses < 3; presses++) await page.Keyboard.PressAsync("Tab");
        var chosen = await page.Locator("button:focus").TextContentAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("html:not([lang=en])");

        Assert.That((await page.TextContentAsync("summary"))!, Does.Contain(chosen!)); // one was focused, and the menu is there
    }
}
