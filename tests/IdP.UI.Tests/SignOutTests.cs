using System.Text.RegularExpressions;
using IdP.Protocol.Logout;
using IdP.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using NUnit.Framework;

namespace IdP.UI.Tests;

/// <summary>Signing out in a browser: frames, receipt, the way back, and the frame that tells apps of a changed session.</summary>
[OnOneDatabase(DatabaseKind.PostgreSql)]
public sealed class SignOutTests(DatabaseKind database) : ServerTest(database)
{
    private const string AppPage = """
        <!DOCTYPE html><html lang="en"><head><title>App</title></head><body><iframe id="op" title="provider"></iframe>
        <script>
          const waiting = [];
          addEventListener('message', event => waiting.shift()?.([event.data, event.origin]));
          window.load = url => new Promise(done => { const frame = document.getElementById('op'); frame.onload = () => done(); frame.src = url; });
          window.ask = message => new Promise(done => { waiting.push(done); document.getElementById('op').contentWindow.postMessage(message, '*'); });
        </script></body></html>
        """;

    private readonly LogoutReceiver apps = new();

    /// <summary>On this machine under the name that the provider has too: another origin of the same site, as browsers see it.</summary>
    private string App => apps.UrlOf("").Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            { "clients": [
              { "clientId": "shop app", "clientName": "Shop", "clientSecrets": [{ "value": "shop-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["{{App}}/cb"], "postLogoutRedirectUris": ["{{App}}/out"],
                "frontChannelLogoutUri": "{{App}}/front", "backChannelLogoutUri": "{{apps.UrlOf("/back")}}", "allowedScopes": ["openid"] },
              { "clientId": "wiki", "clientName": "Wiki", "clientSecrets": [{ "value": "wiki-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["{{App}}/wiki"],
                "backChannelLogoutUri": "{{apps.UrlOf("/wiki-back")}}", "allowedScopes": ["openid"] },
              { "clientId": "old", "clientName": "An old app with a long name that takes no sign-outs", "clientSecrets": [{ "value": "old-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["{{App}}/old"], "allowedScopes": ["openid"] }
            ] }
            """),
    };

    [OneTimeSetUp]
    public async Task StartAppsAsync()
    {
        await apps.StartAsync();
        foreach (var path in new[] { "/cb", "/out", "/front", "/page", "/wiki", "/old", "/favicon.ico" })
            apps.Answer(path, http =>
            {
                http.Response.ContentType = "text/html; charset=utf-8";
                return http.Response.WriteAsync(path == "/page" ? AppPage : $"<!DOCTYPE html><html lang=\"en\"><title>{path}</title><p>{path}</p></html>");
            });
    }

    [OneTimeTearDown]
    public async Task StopAppsAsync() => await apps.DisposeAsync();

    [SetUp]
    public void TheWikiAnswers() => apps.Answer("/wiki-back", 200);

    [Test]
    public async Task The_frames_are_loaded_and_the_browser_goes_back_by_itself()
    {
        await using var visitor = await ArriveAsync();
        var idToken = await SignInAsync(visitor, "shop app", "/cb");
        apps.Unread("/front");

        await visitor.Page.GotoAsync($"/connect/endsession?id_token_hint={idToken}&post_logout_redirect_uri={Uri.EscapeDataString(App + "/out")}&state=s1");
        await visitor.Page.ArriveAtAsync(App + "/out?state=s1");

        var frame = await apps.NextAsync("/front");
        Assert.That((frame.Query["iss"], frame.Query["sid"]), Is.EqualTo((Server.Origin.GetLeftPart(UriPartial.Authority), Jwt.Parse(idToken).Text("sid"))));
    }

    [Test]
    public async Task Without_JavaScript_a_link_leads_back()
    {
        await using var visitor = await ArriveAsync(javaScript: false);
        var idToken = await SignInAsync(visitor, "shop app", "/cb");

        await visitor.Page.GotoAsync($"/connect/endsession?id_token_hint={idToken}&post_logout_redirect_uri={Uri.EscapeDataString(App + "/out")}&state=s2");
        await visitor.Page.Locator("#continue").PressAsync("Enter");

        await visitor.Page.ArriveAtAsync(App + "/out?state=s2");
    }

    [Test]
    public async Task The_receipt_is_kept_fresh_and_is_accessible_in_both_themes_and_at_both_widths([Values] bool dark)
    {
        var phone = Looks.IsPhone(Database, dark);
        apps.Answer("/wiki-back", 503);
        await using var visitor = await ArriveAsync(dark, phone);
        await SignInAsync(visitor, "shop app", "/cb");
        await SignInAsync(visitor, "wiki", "/wiki");
        await SignInAsync(visitor, "old", "/old");

        await visitor.Page.GotoAsync("/signout");
        await visitor.Page.ClickAsync("main button[type=submit]");
        await visitor.Page.WaitForSelectorAsync("[data-app='shop app']:has-text('Signed out')");
        await visitor.Page.WaitForSelectorAsync("[data-app='wiki']:has-text('trying again')");
        await visitor.AssertAccessibleAsync("signed out, with a receipt");
        await ShowAsync(visitor, $"signed-out-{(dark ? "dark" : "light")}-{(phone ? "phone" : "desktop")}");
        apps.Answer("/wiki-back", 200);
        Server.Clock.Advance(TimeSpan.FromSeconds(6));

        await visitor.Page.WaitForSelectorAsync("[data-app='wiki']:has-text('Signed out')");
        Assert.That(await visitor.Page.TextContentAsync("[data-app='old']"), Is.EqualTo("Takes no sign-outs"));
    }

    [Test]
    public async Task An_owner_sees_which_app_did_not_confirm_and_tells_it_again([Values] bool dark)
    {
        var phone = Looks.IsPhone(Database, dark);
        apps.Answer("/wiki-back", 400);
        await using (var person = await ArriveAsync())
        {
            await SignInAsync(person, "wiki", "/wiki");
            await person.Page.GotoAsync("/signout");
            await person.Page.ClickAsync("main button[type=submit]");
            await person.Page.WaitForSelectorAsync("[data-app='wiki']:has-text('trying again')");
        }
        // Only the button may make the next attempt.
        var later = Server.Clock.Time.GetUtcNow().AddHours(1);
        await Server.WithDatabaseAsync(db => db.LogoutDeliveries.Where(d => d.Status == LogoutDeliveryStatus.Pending).ExecuteUpdateAsync(d => d.SetProperty(x => x.NextAttemptAt, later)));
        await using var owner = await ArriveAsync(dark, phone);
        await owner.Page.GotoAsync("/signin?returnUrl=/console/signouts?state=pending");
        await owner.SignInAsync(TestUsers.Root);
        await owner.Page.WaitForSelectorAsync("td:has-text('The app refused the sign-out (status 400).')");
        await owner.AssertAccessibleAsync("sign-outs");
        await ShowAsync(owner, $"console-signouts-{(dark ? "dark" : "light")}-{(phone ? "phone" : "desktop")}");

        apps.Answer("/wiki-back", 200);
        await owner.Page.Locator("button:has-text('Retry now')").First.FocusAsync();
        await owner.Page.Keyboard.PressAsync("Enter");
        await owner.Page.WaitForSelectorAsync("[role=status]:has-text('told again')");
        for (var look = 0; look < 50 && await owner.Page.Locator("tr:has-text('Wiki')").CountAsync() > 0; look++) await owner.Page.ReloadAsync();

        Assert.That(await owner.Page.Locator("tr:has-text('Wiki')").CountAsync(), Is.Zero, "none waits any more");
    }

    [Test]
    public async Task The_session_frame_answers_unchanged_before_and_changed_after_the_sign_out()
    {
        await using var visitor = await ArriveAsync();
        var page = visitor.Page;
        var (_, answer) = await AuthorizeAsync(visitor, "shop app", "/cb");
        var state = answer["session_state"];

        await page.GotoAsync(App + "/page");
        await page.EvaluateAsync("url => load(url)", Server.Origin + "connect/checksession");
        var before = await AskAsync(page, $"shop app {state}");
        var foreign = await AskAsync(page, $"wiki {state}");
        string[] malformed = [await AskAsync(page, ""), await AskAsync(page, "shop"), await AskAsync(page, "shop app nodot"), await AskAsync(page, $"shop app {state[..state.IndexOf('.', StringComparison.Ordinal)]}.")];
        var tab = await page.Context.NewPageAsync();
        await tab.GotoAsync("/signout");
        await tab.ClickAsync("main button[type=submit]");
        await tab.ArriveAtAsync("*/signedout?*");
        var after = await AskAsync(page, $"shop app {state}");

        Assert.That((before, foreign, after), Is.EqualTo(("unchanged", "changed", "changed")));
        Assert.That(malformed, Is.All.EqualTo("error"));
    }

    [Test]
    public async Task The_session_frame_answers_changed_when_somebody_else_has_signed_in()
    {
        await using var visitor = await ArriveAsync();
        var (_, answer) = await AuthorizeAsync(visitor, "shop app", "/cb");
        await visitor.Page.GotoAsync("/signin");
        await visitor.SignInAsync(TestUsers.Bob);
        await visitor.Page.ArriveAtAsync("*/account");

        await visitor.Page.GotoAsync(App + "/page");
        await visitor.Page.EvaluateAsync("url => load(url)", Server.Origin + "connect/checksession");

        Assert.That(await AskAsync(visitor.Page, $"shop app {answer["session_state"]}"), Is.EqualTo("changed"));
    }

    private Task<Visitor> ArriveAsync(bool dark = false, bool phone = false, bool javaScript = true) => Visitor.ArriveAsync(Server.Origin, dark, phone, javaScript, hosts: new Uri(App).Authority);

    private static async Task<string> AskAsync(IPage page, string message)
    {
        var answer = await page.EvaluateAsync<string[]>("message => ask(message)", message);
        return answer[0];
    }

    /// <summary>Goes to the app by the provider, signing in when needed, and exchanges the code.</summary>
    private async Task<string> SignInAsync(Visitor visitor, string client, string path)
    {
        var (party, answer) = await AuthorizeAsync(visitor, client, path);
        var tokens = await party.TokenAsync([new("grant_type", "authorization_code"), new("code", answer["code"]), new("redirect_uri", App + path), new("code_verifier", answer["verifier"])]);
        return tokens.Expected().IdToken!;
    }

    private async Task<(RelyingParty Party, Dictionary<string, string> Answer)> AuthorizeAsync(Visitor visitor, string client, string path)
    {
        var party = Server.NewRelyingParty(new TestClient(client, client.Split(' ')[0] + "-secret", App + path));
        var request = party.NewRequest("openid");
        await visitor.Page.GotoAsync(request.Url);
        if (new Uri(visitor.Page.Url).AbsolutePath == "/signin") await visitor.SignInAsync(TestUsers.Alice);
        await visitor.Page.ArriveAtAsync(App + path + "*");
        var answer = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(new Uri(visitor.Page.Url).Query).ToDictionary(p => p.Key, p => p.Value.ToString());
        answer["verifier"] = request.Verifier;
        return (party, answer);
    }

    /// <summary>Keeps a picture for whoever looks at the run.</summary>
    private static async Task ShowAsync(Visitor visitor, string name)
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, name + ".png");
        await visitor.Page.ScreenshotAsync(new() { Path = path, FullPage = true });
        TestContext.AddTestAttachment(path);
    }
}
