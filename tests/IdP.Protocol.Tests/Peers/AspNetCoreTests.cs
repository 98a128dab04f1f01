using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

namespace IdP.Protocol.Tests.Peers;

/// <summary>The OpenID Connect handler of ASP.NET Core.</summary>
public sealed class AspNetCoreTests(DatabaseKind database) : ServerTest(database)
{
    private const string ClientId = "aspnetcore";
    private const string Secret = "aspnetcore-secret";

    private readonly Uri origin = new(FormattableString.Invariant($"http://localhost:{LoopbackPort.Free()}"));
    private AspNetCoreApp? app;

    private AspNetCoreApp App => app ?? throw new InvalidOperationException("The app runs from the fixture's set-up to its tear-down.");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            { "clients": [{
              "clientId": "{{ClientId}}", "clientName": "ASP.NET Core app", "tokenEndpointAuthMethod": "client_secret_post", "clientSecrets": [{ "value": "{{Secret}}" }],
              "allowedGrantTypes": ["authorization_code"], "requirePkce": true, "allowOfflineAccess": true, "requireConsent": false,
              "redirectUris": ["{{origin}}signin-oidc"], "postLogoutRedirectUris": ["{{origin}}signout-callback-oidc"], "allowedScopes": ["openid", "profile", "email"]
            }] }
            """),
    };

    [OneTimeSetUp]
    public async Task StartAppAsync() => app = await AspNetCoreApp.StartAsync(origin, options =>
    {
        options.Authority = Server.Origin.AbsoluteUri;
        options.ClientId = ClientId;
        options.ClientSecret = Secret;
        options.PushedAuthorizationBehavior = PushedAuthorizationBehavior.Require;
        options.Scope.Add("email");
        options.Scope.Add("offline_access");
    });

    [OneTimeTearDown]
    public async Task StopAppAsync()
    {
        if (app is not null) await app.DisposeAsync();
    }

    [Test]
    public async Task The_handler_signs_a_person_in_with_everything_it_checks_by_default()
    {
        using var browser = Server.NewBrowser();

        var me = Read(await browser.VisitAsync(App.Page, TestUsers.Alice));

        Assert.That(me["name"], Is.EqualTo("Alice Example"));
        Assert.That(me["email"], Is.EqualTo("alice@example.test"));
        Assert.That(me["sub"], Is.EqualTo(Jwt.Parse(me["access_token"]).Text("sub")).And.EqualTo(Jwt.Parse(me["id_token"]).Text("sub")));
        Assert.That(me["refresh_token"], Is.Not.Empty);
    }

    [Test]
    public async Task The_handler_signs_out_here_too_and_takes_the_person_back()
    {
        using var browser = Server.NewBrowser();
        var me = Read(await browser.VisitAsync(App.Page, TestUsers.Alice));

        var arrived = await browser.VisitAsync(App.SignOut);
        var again = await browser.VisitAsync(App.Page);
        using var party = new RelyingParty(Server.Origin, ClientId);
        var refreshed = await party.PostAsync("/connect/token", [new("grant_type", "refresh_token"), new("refresh_token", me["refresh_token"]), new("client_secret", Secret)]);

        Assert.That(arrived.Url, Is.EqualTo(new Uri(App.Origin, "/left")), arrived.Body);
        Assert.That(again.AsksToSignIn, Is.True, "neither the app nor the provider remembers the person");
        Assert.That(refreshed.Error, Is.EqualTo("invalid_grant"), "and the refresh token has ended");
    }

    private Dictionary<string, string> Read(Page page)
    {
        Assert.That((page.Url, page.Status), Is.EqualTo((App.Page, HttpStatusCode.OK)), page.Body);
        return JsonSerializer.Deserialize<Dictionary<string, string>>(page.Body)!; // "null" is no answer of the app
    }
}
