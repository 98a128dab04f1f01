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
                "allowOfflineAccess": true, "allowedScopes": ["openid", "profile", "api.read"] },
              {{WebApp("peer-pushing", """ "requirePushedAuthorization": true """)}},
              { "clientId": "peer-keys", "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{keys.PublicKeySet}}, "allowedGrantTypes": ["authorization_code"], "requirePkce": true,
                "allowOfflineAccess": true, "requireConsent": false, "redirectUris": ["{{RedirectUri}}"], "allowedScopes": ["openid", "profile", "email", "api.read"] },
              { "clientId": "peer-service", "clientSecrets": [{ "value": "{{Secret}}" }], "allowedGrantTypes": ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
                "allowedScopes": ["api.read", "api.write"] }
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
    public async Task A_client_that_pushes_its_requests_signs_in_with_a_reference_that_works_once() => await AssertJourneyAsync(
        "pushed-request.mjs", ["discovery", "unpushed", "pushed", "used-up"], WebApp("peer-pushing"));

    [Test]
    public async Task A_service_exchanges_the_token_it_was_called_with_for_one_that_can_do_no_more() => await AssertJourneyAsync(
        "token-exchange.mjs", ["subject-token", "impersonation", "delegation", "no-more-scope", "no-foreign-token"],
        new(WebApp(TestClients.Web))
        {
            ["SCOPE"] = "openid api.read api.write",
            ["SERVICE_ID"] = "peer-service",
            ["SERVICE_SECRET"] = Secret,
            ["NARROWED_SCOPE"] = "api.read",
            ["WIDER_SCOPE"] = "api.read api.write",
        });

    [Test]
    public async Task A_client_with_a_private_key_proves_itself_at_every_endpoint_and_never_twice_with_the_same_assertion() => await AssertJourneyAsync(
        "private-key-jwt.mjs", ["discovery", "code", "refresh", "introspection", "revocation", "wrong-key", "replay"],
        new(WebApp("peer-keys")) { ["SIGNING_KEY"] = keys.SigningKey });

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

    private static Dictionary<string, string> WebApp(string clientId) => WebApp(new TestClient(clientId, Secret, RedirectUri));

    private static Dictionary<string, string> WebApp(TestClient client) => new()
    {
        ["CLIENT_ID"] = client.ClientId,
        ["CLIENT_SECRET"] = client.Secret!, // every web app here has both
        ["REDIRECT_URI"] = client.RedirectUri!,
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
