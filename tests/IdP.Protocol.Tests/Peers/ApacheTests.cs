using System.Net;

namespace IdP.Protocol.Tests.Peers;

/// <summary>Debian's Apache with mod_auth_openidc, which knows nothing of us but the standards and the address of our metadata.</summary>
public sealed class ApacheTests(DatabaseKind database) : ServerTest(database)
{
    private const string Scope = "openid profile email api.read offline_access";

    private readonly int port = LoopbackPort.Free();
    private Apache? apache;

    private Apache Apache => apache ?? throw new InvalidOperationException("Apache runs from the fixture's set-up to its tear-down.");

    private TestClient Client => new("apache", "apache-secret-0123456789", Apache.RedirectUriAt(port), Apache.LoggedOutUriAt(port));

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            { "clients": [{
              "clientId": "{{Client.ClientId}}", "clientName": "App behind Apache", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "{{Client.Secret}}" }],
              "allowedGrantTypes": ["authorization_code"], "requirePkce": true, "allowOfflineAccess": true, "requireConsent": false,
              "redirectUris": ["{{Client.RedirectUri}}"], "postLogoutRedirectUris": ["{{Client.PostLogoutRedirectUri}}"], "allowedScopes": ["openid", "profile", "email", "api.read"]
            }] }
            """),
    };

    [OneTimeSetUp]
    public async Task StartApacheAsync() => apache = await Apache.StartAsync(port, Server.Origin, Client, Scope);

    [OneTimeTearDown]
    public async Task StopApacheAsync()
    {
        if (apache is not null) await apache.DisposeAsync();
    }

    [Test]
    public async Task Apache_lets_in_who_signed_in_here_and_the_app_behind_it_sees_the_claims()
    {
        using var browser = Server.NewBrowser();

        var stranger = await browser.VisitAsync(Apache.Page);
        var page = await browser.VisitAsync(Apache.Page, TestUsers.Alice);
        var app = Read(page);

        Assert.That(stranger.Url.Authority, Is.EqualTo(Server.Origin.Authority), "who is not signed in lands here");
        Assert.That(stranger.Forms.Any(form => form.Has("password")), Is.True);
        Assert.That(app["iss"], Is.EqualTo(Issuer));
        Assert.That(app["name"], Is.EqualTo("Alice Example"));
        Assert.That(app["email"], Is.EqualTo("alice@example.test"));
        Assert.That(app["sub"], Is.EqualTo(Jwt.Parse(app["access_token"]).Payload.GetProperty("sub").GetString()));
    }

    [Test]
    public async Task Apache_refreshes_through_its_hook_again_and_again_with_the_rotated_token()
    {
        using var browser = Server.NewBrowser();
        var tokens = new List<string> { Read(await browser.VisitAsync(Apache.Page, TestUsers.Alice))["access_token"] };

        for (var refresh = 0; refresh < 3; refresh++)
        {
            var back = await browser.AskAsync(Apache.Hook([new("refresh", Apache.Page.AbsoluteUri), new("access_token", tokens[^1])]));
            Assert.That(back.Location, Is.EqualTo(Apache.Page), Apache.Log);
            tokens.Add(Read(await browser.VisitAsync(Apache.Page))["access_token"]);
        }

        Assert.That(tokens, Is.Unique);
        Assert.That((await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(tokens[^1])).Text("active"), Is.EqualTo("True"));
    }

    [Test]
    public async Task Apache_refreshes_before_expiry_by_itself_and_serves_nothing_once_the_session_here_has_ended()
    {
        using var browser = Server.NewBrowser();
        var first = Read(await browser.VisitAsync(Apache.AlwaysFreshPage, TestUsers.Alice))["access_token"];
        var second = Read(await browser.VisitAsync(Apache.AlwaysFreshPage))["access_token"];

        var signOut = await browser.OpenAsync(new Uri(Server.Origin, "/signout").AbsoluteUri);
        await browser.FollowAsync(await browser.SubmitAsync(signOut.Forms.Single(form => form.Action.AbsolutePath == "/signout"), []));
        var refused = await browser.VisitAsync(Apache.AlwaysFreshPage);
        var again = await browser.VisitAsync(Apache.AlwaysFreshPage);

        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(refused.Url.AbsoluteUri, Is.EqualTo(Apache.LoggedOutUriAt(port)), $"the module logs out: {Apache.Log}");
        Assert.That(again.Forms.Any(form => form.Has("password")), Is.True, $"and sends the person here: {Apache.Log}");
    }

    [Test]
    public async Task Logout_at_Apache_signs_out_here_revokes_the_tokens_and_comes_back()
    {
        using var browser = Server.NewBrowser();
        var token = Read(await browser.VisitAsync(Apache.Page, TestUsers.Alice))["access_token"];

        var arrived = await browser.VisitAsync(Apache.Hook([new("logout", Apache.LoggedOutUriAt(port))]));
        var here = await browser.OpenAsync(new Uri(Server.Origin, "/account").AbsoluteUri);
        var there = await browser.VisitAsync(Apache.Page);
        var seen = await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(token);

        Assert.That(arrived.Url.AbsoluteUri, Is.EqualTo(Apache.LoggedOutUriAt(port)), Apache.Log);
        Assert.That(here.Forms.Any(form => form.Has("password")), Is.True, "the session here is over");
        Assert.That(there.Forms.Any(form => form.Has("password")), Is.True, "and Apache's too");
        Assert.That(seen.Text("active"), Is.EqualTo("False"), "no token outlives the logout");
    }

    private string Issuer => Server.Origin.AbsoluteUri.TrimEnd('/');

    private Dictionary<string, string> Read(Page page)
    {
        Assert.That((page.Url.Authority, page.Status), Is.EqualTo((Apache.Page.Authority, HttpStatusCode.OK)), $"{page.Url} {page.Body}{Environment.NewLine}{Apache.Log}");
        return page.Body.Split('\n').Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
    }
}
