using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Peers;

/// <summary>Duende.IdentityModel.OidcClient, the .NET library for native apps.</summary>
public sealed class OidcClientTests(DatabaseKind database) : ServerTest(database)
{
    private const string ClientId = "native";
    private const string Scope = "openid profile api.read offline_access";

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            { "clients": [{
              "clientId": "{{ClientId}}", "clientName": "Native app", "applicationType": "native", "tokenEndpointAuthMethod": "none",
              "allowedGrantTypes": ["authorization_code"], "requirePkce": true, "allowOfflineAccess": true, "requireConsent": false,
              "redirectUris": ["http://127.0.0.1/"], "postLogoutRedirectUris": ["http://127.0.0.1/"], "allowedScopes": ["openid", "profile", "api.read"]
            }] }
            """),
    };

    [Test]
    public async Task A_native_app_signs_in_over_a_free_loopback_port_without_a_secret()
    {
        using var browser = Server.NewBrowser();
        await using var app = await NativeApp.StartAsync(Server.Origin, ClientId, Scope, browser, TestUsers.Alice);

        var login = await app.Client.LoginAsync();

        Assert.That(login.Error, Is.Null, login.ErrorDescription);
        Assert.That(login.User.FindFirst("name")?.Value, Is.EqualTo("Alice Example"), "from the userinfo endpoint");
        Assert.That(login.User.FindFirst("sub")?.Value, Is.EqualTo(Jwt.Parse(login.AccessToken).Text("sub")));
        Assert.That(login.AccessTokenExpiration, Is.GreaterThan(DateTimeOffset.UtcNow));
    }

    [Test]
    public async Task A_native_app_refreshes_with_a_token_that_works_once()
    {
        using var browser = Server.NewBrowser();
        await using var app = await NativeApp.StartAsync(Server.Origin, ClientId, Scope, browser, TestUsers.Alice);
        var login = await app.Client.LoginAsync();

        var refreshed = await app.Client.RefreshTokenAsync(login.RefreshToken);
        var again = await app.Client.RefreshTokenAsync(login.RefreshToken);
        var familyEnded = await app.Client.RefreshTokenAsync(refreshed.RefreshToken);

        Assert.That(refreshed.Error, Is.Null, refreshed.ErrorDescription);
        Assert.That(refreshed.AccessToken, Is.Not.EqualTo(login.AccessToken));
        Assert.That(again.Error, Is.EqualTo("invalid_grant"));
        Assert.That(familyEnded.Error, Is.EqualTo("invalid_grant"), "somebody has the token twice, so nobody keeps it");
    }

    [Test]
    public async Task A_native_app_signs_out_and_the_next_sign_in_asks_for_the_password()
    {
        using var browser = Server.NewBrowser();
        await using var app = await NativeApp.StartAsync(Server.Origin, ClientId, Scope, browser, TestUsers.Alice);
        var login = await app.Client.LoginAsync();

        var logout = await app.Client.LogoutAsync(new() { IdTokenHint = login.IdentityToken, State = "back" });
        var account = await browser.OpenAsync("/account");

        Assert.That(logout.Error, Is.Null, logout.ErrorDescription);
        Assert.That(QueryHelpers.ParseQuery(new Uri(logout.Response).Query)["state"].ToString(), Is.EqualTo("back"));
        Assert.That(account.AsksToSignIn, Is.True, "the session here is over");
    }
}
