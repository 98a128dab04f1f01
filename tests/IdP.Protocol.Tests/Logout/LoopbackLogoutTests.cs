namespace IdP.Protocol.Tests.Logout;

/// <summary>RFC 8252 7.3, for the way back from a logout: a native app listens on whatever port it gets.</summary>
public sealed class LoopbackLogoutTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestClient Native = new("native", null, "http://127.0.0.1/cb");
    private static readonly TestClient Confidential = new("confidential", "confidential-secret", "http://127.0.0.1:9/cb");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "native", "applicationType": "native", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["authorization_code"], "requirePkce": true, "requireConsent": false,
                "redirectUris": ["http://127.0.0.1/cb"], "postLogoutRedirectUris": ["http://127.0.0.1/out"], "allowedScopes": ["openid"] },
              { "clientId": "confidential", "clientSecrets": [{ "value": "confidential-secret" }], "allowedGrantTypes": ["authorization_code"], "requirePkce": true, "requireConsent": false,
                "redirectUris": ["http://127.0.0.1:9/cb"], "postLogoutRedirectUris": ["http://127.0.0.1/out"], "allowedScopes": ["openid"] }
            ] }
            """),
    };

    [TestCase("http://127.0.0.1:54321/out", true)]
    [TestCase("http://127.0.0.1/out", true)]
    [TestCase("http://127.0.0.1:54321/other", false)]
    [TestCase("http://127.0.0.2:54321/out", false)]
    [TestCase("http://localhost:54321/out", false)]
    [TestCase("https://127.0.0.1:54321/out", false)]
    [TestCase("http://x@127.0.0.1:54321/out", false)]
    public async Task Only_the_port_may_differ_after_the_logout_of_a_native_app(string uri, bool isFollowed) =>
        Assert.That(await IsFollowedAsync(Native, uri), Is.EqualTo(isFollowed));

    [TestCase("http://127.0.0.1/out", true)]
    [TestCase("http://127.0.0.1:54321/out", false)]
    public async Task A_confidential_app_has_one_port(string uri, bool isFollowed) =>
        Assert.That(await IsFollowedAsync(Confidential, uri), Is.EqualTo(isFollowed));

    private async Task<bool> IsFollowedAsync(TestClient client, string uri)
    {
        using var browser = Server.NewBrowser();
        var tokens = await Server.NewRelyingParty(client).SignInAsync(browser, "openid", TestUsers.Alice);
        var page = await browser.OpenAsync($"/connect/endsession?id_token_hint={tokens.IdToken}&post_logout_redirect_uri={Uri.EscapeDataString(uri)}");
        return page.Location?.AbsoluteUri == uri;
    }
}
