using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace IdP.UI.Tests.Peers;

/// <summary>npm's oidc-client-ts in Chromium, in a page of another origin.</summary>
[OnOneDatabase(DatabaseKind.PostgreSql)]
public sealed class OidcClientTsTests(DatabaseKind database) : ServerTest(database)
{
    private readonly Uri frames = NewOrigin();
    private readonly Uri tokens = NewOrigin();
    private readonly Uri watching = NewOrigin();

    private readonly List<BrowserApp> apps = [];

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""{ "clients": [{{Registration("ts-frames", frames, accessTokenLifetime: 62)}}, {{Registration("ts-tokens", tokens, accessTokenLifetime: 600)}}, {{Registration("ts-watching", watching, accessTokenLifetime: 600)}}] }"""),
    };

    [OneTimeSetUp]
    public async Task StartAppsAsync()
    {
        apps.Add(await BrowserApp.StartAsync(frames, new { authority = Issuer, clientId = "ts-frames", scope = "openid profile api.read", monitorSession = false }));
        apps.Add(await BrowserApp.StartAsync(tokens, new { authority = Issuer, clientId = "ts-tokens", scope = "openid profile api.read offline_access", monitorSession = false }));
        apps.Add(await BrowserApp.StartAsync(watching, new { authority = Issuer, clientId = "ts-watching", scope = "openid profile api.read", monitorSession = true }));
    }

    [OneTimeTearDown]
    public async Task StopAppsAsync()
    {
        foreach (var app in apps) await app.DisposeAsync();
    }

    [Test]
    public async Task A_browser_app_signs_in_with_PKCE_reads_the_profile_and_signs_out()
    {
        await using var visitor = await SignInAsync(tokens);
        var user = await UserAsync(visitor, "app.user()");

        await visitor.Page.EvaluateAsync("void app.signOut()");
        await WaitForAsync(visitor, "signed out");
        var atTheApp = visitor.Page.Url;
        await visitor.Page.GotoAsync(new Uri(Server.Origin, "/account").AbsoluteUri);

        Assert.That(user.Name, Is.EqualTo("Alice Example"), "from the userinfo endpoint, which the app's origin may read");
        Assert.That(user.Sub, Is.EqualTo(Jwt.Parse(user.AccessToken!).Text("sub")));
        Assert.That(atTheApp, Is.EqualTo(tokens.AbsoluteUri));
        Assert.That(new Uri(visitor.Page.Url).AbsolutePath, Is.EqualTo("/signin"), "the session here is over too");
    }

    [Test]
    public async Task Before_the_access_token_expires_the_app_renews_it_in_a_hidden_frame()
    {
        await using var visitor = await SignInAsync(frames);
        var before = await UserAsync(visitor, "app.user()");

        await visitor.Page.EvaluateAsync("app.renewAutomatically()");
        await visitor.Page.WaitForFunctionAsync("async token => (await app.user()).accessToken !== token", before.AccessToken);
        var after = await UserAsync(visitor, "app.user()");

        Assert.That(before.RefreshToken, Is.Null, "so only the session at the provider can renew");
        Assert.That(after.Sub, Is.EqualTo(before.Sub));
        Assert.That(await EventsAsync(visitor), Is.Empty);
    }

    [Test]
    public async Task A_hidden_frame_is_told_that_a_sign_in_is_needed_once_the_session_has_ended()
    {
        await using var visitor = await SignInAsync(frames);
        var renewed = await UserAsync(visitor, "app.renew()");

        await SignOutHereAsync(visitor);
        var refused = await UserAsync(visitor, "app.renew()");

        Assert.That(renewed.Error, Is.Null);
        Assert.That(refused.Error, Is.EqualTo("login_required"));
    }

    [Test]
    public async Task A_refresh_token_in_the_browser_rotates_and_ends_with_the_session()
    {
        await using var visitor = await SignInAsync(tokens);
        var before = await UserAsync(visitor, "app.user()");

        var after = await UserAsync(visitor, "app.renew()");
        await SignOutHereAsync(visitor);
        var refused = await UserAsync(visitor, "app.renew()");

        Assert.That(after.AccessToken, Is.Not.EqualTo(before.AccessToken));
        Assert.That(after.RefreshToken, Is.Not.Null.And.Not.EqualTo(before.RefreshToken));
        Assert.That(refused.Error, Is.EqualTo("invalid_grant"));
        Assert.That(visitor.TakeProblems(), Has.One.Items.And.All.Contains("400"), "the browser reports the refusal");
    }

    [Test]
    public async Task An_app_that_watches_the_session_frame_learns_of_a_sign_out_in_another_tab()
    {
        await using var visitor = await SignInAsync(watching);
        var user = await UserAsync(visitor, "app.user()");
        await visitor.Page.WaitForFunctionAsync("seconds => performance.now() > seconds * 1000", 4); // several rounds of the watch
        var before = await EventsAsync(visitor);

        await SignOutHereAsync(visitor);
        await visitor.Page.WaitForFunctionAsync("() => app.events.includes('userSignedOut')");

        Assert.That(user.SessionState, Is.Not.Null.And.Contains("."));
        Assert.That(visitor.Page.Frames.Select(frame => new Uri(frame.Url, UriKind.RelativeOrAbsolute)).Where(url => url.IsAbsoluteUri).Select(url => url.AbsolutePath), Has.Member("/connect/checksession"));
        Assert.That(before, Is.Empty, "nothing changed while the session went on");
        Assert.That(await EventsAsync(visitor), Has.Member("userSignedOut"));
    }

    private string Issuer => Server.Origin.AbsoluteUri.TrimEnd('/');

    private static Uri NewOrigin() => new(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{LoopbackPort.Free()}"));

    private static string Registration(string clientId, Uri app, int accessTokenLifetime) => $$"""
        { "clientId": "{{clientId}}", "clientName": "Browser app", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["authorization_code"], "requirePkce": true,
          "allowOfflineAccess": true, "requireConsent": false, "accessTokenLifetime": {{accessTokenLifetime}}, "redirectUris": ["{{app}}callback", "{{app}}silent"],
          "postLogoutRedirectUris": ["{{app}}"], "allowedCorsOrigins": ["{{app.GetLeftPart(UriPartial.Authority)}}"], "allowedScopes": ["openid", "profile", "api.read"] }
        """;

    private async Task<Visitor> SignInAsync(Uri app)
    {
        var visitor = await Visitor.ArriveAsync(app, hosts: Server.Origin.Authority);
        await visitor.Page.GotoAsync("/");
        await WaitForAsync(visitor, "signed out");
        await visitor.Page.EvaluateAsync("void app.signIn()");
        await visitor.Page.WaitForSelectorAsync("#username");
        await visitor.SignInAsync(TestUsers.Alice);
        await WaitForAsync(visitor, "signed in");
        return visitor;
    }

    /// <summary>In another tab of the same browser, as the person does it.</summary>
    private async Task SignOutHereAsync(Visitor visitor)
    {
        var tab = await visitor.Page.Context.NewPageAsync();
        await tab.GotoAsync(new Uri(Server.Origin, "/signout").AbsoluteUri);
        await tab.ClickAsync("main form[action='/signout'] button");
        await tab.ArriveAtAsync("*/signedout*");
        await tab.CloseAsync();
    }

    private static async Task WaitForAsync(Visitor visitor, string state) => await visitor.Page.WaitForSelectorAsync($"#state:text-is('{state}')");

    private static async Task<AppUser> UserAsync(Visitor visitor, string expression) =>
        JsonSerializer.Deserialize<AppUser>(await visitor.Page.EvaluateAsync<string>($"(async () => JSON.stringify(await {expression}))()"), JsonSerializerOptions.Web)
        ?? throw new InvalidOperationException("The app has no user.");

    private static Task<string[]> EventsAsync(Visitor visitor) => visitor.Page.EvaluateAsync<string[]>("app.events");

    private sealed record AppUser(string? Sub, string? Name, string? AccessToken, string? RefreshToken, string? SessionState, string? Error);
}
