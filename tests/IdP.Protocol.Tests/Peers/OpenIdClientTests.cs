namespace IdP.Protocol.Tests.Peers;

/// <summary>npm's openid-client, one script per journey (<c>tests/peers</c>); a step that the script does not report was not as it must be.</summary>
public sealed class OpenIdClientTests(DatabaseKind database) : ServerTest(database)
{
    private const string Secret = "peer-secret";
    private const string RedirectUri = "https://peer.example.test/cb";
    private const string Person = "openid profile email api.read offline_access";

    private readonly PeerKeys keys = new();

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            { "clients": [
              {{WebApp("peer-encrypted", $""" "jwks": {keys.PublicKeySet}, "idTokenEncryptedResponseAlg": "RSA-OAEP-256", "idTokenEncryptedResponseEnc": "A256CBC-HS512" """)}},
              {{WebApp("peer-signed-userinfo", """ "userInfoSignedResponseAlg": "ES256" """)}},
              { "clientId": "peer-device", "clientName": "Television", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"],
                "allowOfflineAccess": true, "allowedScopes": ["openid", "profile", "api.read"] }
            ] }
            """),
        More = new Dictionary<string, string> { ["DynamicRegistration:Mode"] = "Open" },
    };

    [OneTimeTearDown]
    public void ForgetKeys() => keys.Dispose();

    [Test]
    public async Task A_relying_party_that_knows_only_the_standards_gets_through_its_whole_life() => await AssertJourneyAsync(
        "relying-party.mjs",
        ["discovery", "code", "userinfo", "refresh", "client-credentials", "introspection", "revocation", "single-sign-on", "logout", "signed-out"],
        new()
        {
            ["CLIENT_ID"] = TestClients.Web.ClientId,
            ["CLIENT_SECRET"] = TestClients.Web.Secret!,
            ["REDIRECT_URI"] = TestClients.Web.RedirectUri!,
            ["POST_LOGOUT_REDIRECT_URI"] = TestClients.Web.PostLogoutRedirectUri!,
            ["SCOPE"] = Person,
            ["MACHINE_ID"] = TestClients.Machine.ClientId,
            ["MACHINE_SECRET"] = TestClients.Machine.Secret!,
            ["MACHINE_SCOPE"] = "api.read",
            ["RESOURCE_ID"] = TestClients.Api.ClientId,
            ["RESOURCE_SECRET"] = TestClients.Api.Secret!,
        });

    [Test]
    public async Task A_client_that_registers_itself_signs_a_person_in_and_takes_its_registration_back() => await AssertJourneyAsync(
        "registration.mjs", ["register", "code", "read", "delete"], new() { ["REDIRECT_URI"] = "https://self-made.example.test/cb", ["SCOPE"] = "openid profile" });

    [Test]
    public async Task A_device_without_a_browser_gets_tokens_after_a_person_said_yes_elsewhere() => await AssertJourneyAsync(
        "device.mjs", ["discovery", "codes", "pending", "approved", "userinfo", "refresh", "once"],
        new() { ["CLIENT_ID"] = "peer-device", ["SCOPE"] = "openid profile api.read offline_access" });

    [Test]
    public async Task A_client_reads_the_id_token_that_was_encrypted_to_its_key() => await AssertJourneyAsync(
        "encrypted-id-token.mjs", ["discovery", "code", "refresh"], new(WebApp("peer-encrypted")) { ["ENCRYPTION_KEY"] = keys.EncryptionKey });

    [Test]
    public async Task A_client_verifies_the_signature_over_the_userinfo_answer() => await AssertJourneyAsync(
        "signed-userinfo.mjs", ["discovery", "userinfo", "as-sent"], WebApp("peer-signed-userinfo"));

    private static string WebApp(string clientId, string more) => $$"""
        { "clientId": "{{clientId}}", "clientSecrets": [{ "value": "{{Secret}}" }], "allowedGrantTypes": ["authorization_code"], "requirePkce": true, "allowOfflineAccess": true,
          "requireConsent": false, "redirectUris": ["{{RedirectUri}}"], "allowedScopes": ["openid", "profile", "email", "api.read"], {{more}} }
        """;

    private static Dictionary<string, string> WebApp(string clientId) => new()
    {
        ["CLIENT_ID"] = clientId,
        ["CLIENT_SECRET"] = Secret,
        ["REDIRECT_URI"] = RedirectUri,
        ["SCOPE"] = Person,
    };

    private async Task AssertJourneyAsync(string script, string[] steps, Dictionary<string, string> environment)
    {
        environment["ISSUER"] = Server.Origin.AbsoluteUri.TrimEnd('/');
        environment["USER_NAME"] = TestUsers.Alice.UserName;
        environment["USER_PASSWORD"] = TestUsers.Alice.Password;

        var run = await IdP.Testing.Peers.RunAsync(script, environment);

        Assert.That(run.Steps, Is.EqualTo(steps), run.ToString());
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
    }
}
