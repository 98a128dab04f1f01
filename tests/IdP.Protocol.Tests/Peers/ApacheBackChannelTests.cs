using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Peers;

/// <summary>OpenID Connect Back-Channel Logout 1.0, received by mod_auth_openidc.</summary>
public sealed partial class ApacheBackChannelTests(DatabaseKind database) : ApacheTest(database)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TestClient Manager = new("manager", "manager-secret", "https://manager.example.test/cb");

    protected override string MoreClients => """
        , { "clientId": "manager", "clientSecrets": [{ "value": "manager-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://manager.example.test/cb"], "allowedScopes": ["openid", "idp.account.read", "idp.account.write"] }
        """;

    protected override string MoreSettings(string redirectUri) => $""", "backChannelLogoutUri": "{redirectUri}?logout=backchannel", "backChannelLogoutSessionRequired": true""";

    [Test]
    public async Task Apache_serves_nothing_more_to_a_session_that_was_ended_here_and_goes_on_with_the_others()
    {
        using var desk = Server.NewBrowser();
        using var phone = Server.NewBrowser();
        Read(await desk.VisitAsync(Apache.Page, TestUsers.Alice));
        Read(await phone.VisitAsync(Apache.Page, TestUsers.Alice));
        Read(await desk.VisitAsync(Apache.Page));

        var signOut = await desk.OpenAsync("/signout");
        await desk.FollowAsync(await desk.SubmitAsync(signOut.Forms.Single(form => form.Action.AbsolutePath == "/signout"), []));
        var refused = await WaitUntilRefusedAsync(desk);

        Assert.That(refused.AsksToSignIn, Is.True, $"the person has to sign in here again; {Apache.Log}");
        Assert.That(Read(await phone.VisitAsync(Apache.Page))["name"], Is.EqualTo("Alice Example"), "the token named one session, not the person");
    }

    [Test]
    public async Task Every_way_to_end_a_session_reaches_Apache()
    {
        using var owner = await SignedInAsync(TestUsers.Root);
        var bob = await Server.WithDatabaseAsync(db => db.Users.Where(u => u.UserName == "bob").Select(u => u.Id).SingleAsync());
        using var here = await SignedInAsync(TestUsers.Bob);
        var token = (await Server.NewRelyingParty(Manager).SignInAsync(here, "openid idp.account.read idp.account.write", TestUsers.Bob)).AccessToken!;
        (string Name, Func<Guid, Task> End)[] ways =
        [
            ("one on the page of sessions", id => SubmitAsync(here, "/account/sessions", $"/account/sessions/{id}/end")),
            ("all others on the page of sessions", _ => SubmitAsync(here, "/account/sessions", "/account/sessions/others/end")),
            ("one by the API", id => CallAsync(token, HttpMethod.Delete, "/" + id)),
            ("all others by the API", _ => CallAsync(token, HttpMethod.Post, "/end-others")),
            ("one in the console", id => SubmitAsync(owner, "/console/sessions?user=" + bob, $"/console/sessions/{id}/end")),
            ("all of an app in the console", _ => SubmitAsync(owner, "/console/sessions?app=" + Client.ClientId, "/console/sessions/end")),
        ];

        foreach (var (name, end) in ways)
        {
            using var there = Server.NewBrowser();
            Read(await there.VisitAsync(Apache.Page, TestUsers.Bob));
            await end(await Server.WithDatabaseAsync(db => db.Sessions.Where(s => s.UserId == bob).OrderByDescending(s => s.CreatedAt).Select(s => s.Id).FirstAsync()));
            Assert.That((await WaitUntilRefusedAsync(there)).AsksToSignIn, Is.True, $"{name}: {Apache.Log}");
        }
    }

    [Test]
    public async Task A_session_that_ends_at_another_node_is_over_here_within_five_seconds_and_Apache_is_told_once_it_is_back()
    {
        await using var other = await StartOtherNodeAsync();
        using var there = Server.NewBrowser();
        var tokens = await Server.NewRelyingParty(TestClients.Web).SignInAsync(there, "openid api.read offline_access", TestUsers.Bob);
        Read(await there.VisitAsync(Apache.Page));
        using var elsewhere = new BrowserClient(other.Origin);
        elsewhere.Cookies.Add(other.Origin, there.Cookies.GetCookies(there.Origin)["idp.session"]!);
        await Apache.StopAsync();

        var page = await elsewhere.GetAsync("/account/sessions");
        var receipt = await elsewhere.FollowAsync(await elsewhere.SubmitAsync(page.Forms.Single(form => form.Action.AbsolutePath == "/account/sessions/all/end"), []));
        var ended = Stopwatch.StartNew();
        var web = Server.NewRelyingParty(TestClients.Web);
        while (!(await there.GetAsync("/account")).IsRedirect || (await web.UserInfoAsync(tokens.AccessToken!)).Error is null)
            Assert.That(ended.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)), "the session still opens something at the first node");
        var refused = (await web.RefreshAsync(tokens.RefreshToken!)).Error;
        var waiting = await StateAsync(elsewhere, receipt, "Being told");
        await Apache.StartAgainAsync();
        var seen = await WaitUntilRefusedAsync(there);
        var confirmed = await StateAsync(elsewhere, receipt, "No answer, trying again", "Being told");

        Assert.That(refused, Is.EqualTo("invalid_grant"));
        Assert.That(waiting, Is.EqualTo("No answer, trying again"));
        Assert.That(seen.AsksToSignIn, Is.True, Apache.Log);
        Assert.That(confirmed, Is.EqualTo("Signed out"));
    }

    /// <summary>What the receipt says of Apache, as soon as it is none of these.</summary>
    private static async Task<string?> StateAsync(BrowserClient browser, Page receipt, params string[] before)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            using var state = System.Text.Json.JsonDocument.Parse((await browser.GetAsync("/signedout/state?receipt=" + Receipt().Match(receipt.Url.Query).Groups[1].Value)).Body);
            var now = state.RootElement.GetProperty("apps").EnumerateArray().Single(app => app.GetProperty("id").GetString() == "apache").GetProperty("state").GetString();
            if (!before.Contains(now) || waited.Elapsed > Patience) return now;
            await Task.Delay(100);
        }
    }

    private async Task<BrowserClient> SignedInAsync(TestUser person)
    {
        var browser = Server.NewBrowser();
        await browser.SignInAsync(await browser.GetAsync("/signin"), person.UserName, person.Password);
        return browser;
    }

    private static async Task SubmitAsync(BrowserClient browser, string page, string action) =>
        await browser.FollowAsync(await browser.SubmitAsync((await browser.GetAsync(page)).Forms.Single(form => form.Action.AbsolutePath == action), []));

    private async Task CallAsync(string token, HttpMethod method, string path)
    {
        using var http = new HttpClient { BaseAddress = Server.Origin };
        using var request = new HttpRequestMessage(method, "/api/v1/me/sessions" + path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        using var answer = await http.SendAsync(request);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent).Or.EqualTo(HttpStatusCode.OK), await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Nothing but the message from here ends Apache's session: the page does not ask here again by itself.</summary>
    private async Task<Page> WaitUntilRefusedAsync(BrowserClient browser)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var page = await browser.VisitAsync(Apache.Page);
            if (page.Url.Authority != Apache.Page.Authority) return page;
            if (waited.Elapsed > Patience) throw new TimeoutException($"Apache still serves the page:{Environment.NewLine}{page.Body}{Environment.NewLine}{Apache.Log}");
            await Task.Delay(100);
        }
    }

    [GeneratedRegex("receipt=([^&]*)")]
    private static partial Regex Receipt();
}
