using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Protocol.Grants;
using IdP.Protocol.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Tests.Token;

/// <summary>ID tokens, userinfo answers and access tokens that only their receiver can read.</summary>
public sealed class EncryptedTokenTests(DatabaseKind database) : ServerTest(database)
{
    private const string Redirect = "https://secret.example.test/cb";
    private static readonly EncryptionKey ClientKey = EncryptionKey.Rsa(), EllipticKey = EncryptionKey.Elliptic("P-256"), ApiKey = EncryptionKey.Elliptic("P-384");
    private static readonly TestClient Both = new("enc-both", "enc-secret", Redirect), Elliptic = new("enc-ec", "enc-secret", Redirect), Signed = new("enc-signed", "enc-secret", Redirect);
    private static readonly TestClient WithoutKey = new("enc-nokey", "enc-secret", Redirect), Plain = new("enc-plain", "enc-secret", Redirect), Machine = new("enc-machine", "enc-secret");
    private static readonly TestClient SealedApi = new("urn:test:sealed", "sealed-secret");

    protected override ServerSettings Settings => new(Database)
    {
        Configuration = TestConfiguration.With($$"""
        {
          "apiScopes": [{ "name": "sealed.read" }, { "name": "broken.read" }],
          "apiResources": [
            { "name": "urn:test:sealed", "scopes": ["sealed.read"], "userClaims": ["email"], "apiSecrets": [{ "value": "sealed-secret" }], "accessTokenEncryptedResponseAlg": "ECDH-ES+A256KW", "accessTokenEncryptedResponseEnc": "A256GCM", "jwks": {{ApiKey.KeySet}} },
            { "name": "urn:test:broken", "scopes": ["broken.read"], "accessTokenEncryptedResponseAlg": "RSA-OAEP", "jwks": {{ApiKey.KeySet}} }
          ],
          "clients": [
            {{Client("enc-both", """ "idTokenSignedResponseAlg": "PS256", "idTokenEncryptedResponseAlg": "RSA-OAEP-256", "idTokenEncryptedResponseEnc": "A256CBC-HS512", "userInfoSignedResponseAlg": "ES384", "userInfoEncryptedResponseAlg": "RSA-OAEP" """, ClientKey)}},
            {{Client("enc-ec", """ "idTokenEncryptedResponseAlg": "ECDH-ES+A128KW", "userInfoEncryptedResponseAlg": "ECDH-ES+A256KW", "userInfoEncryptedResponseEnc": "A128GCM" """, EllipticKey)}},
            {{Client("enc-signed", """ "userInfoSignedResponseAlg": "RS256", "subjectType": "pairwise" """, null)}},
            {{Client("enc-nokey", """ "idTokenEncryptedResponseAlg": "RSA-OAEP" """, EllipticKey)}},
            {{Client("enc-plain", """ "subjectType": "pairwise" """, null)}},
            {{Client("enc-opaque", """ "accessTokenType": "reference" """, null)}},
            { "clientId": "enc-machine", "clientSecrets": [{ "value": "enc-secret" }], "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["api.read", "sealed.read", "broken.read"] }
          ]
        }
        """),
    };

    [Test]
    public async Task An_id_token_is_signed_and_then_encrypted_to_the_client()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Both);

        var tokens = await app.SignInAsync(browser, "openid", TestUsers.Alice);

        var opened = await ClientKey.OpenAsync(tokens.IdToken!);
        Assert.That((opened.Of("alg"), opened.Of("enc"), opened.Of("cty"), opened.Of("kid")), Is.EqualTo(("RSA-OAEP-256", "A256CBC-HS512", "JWT", ClientKey.KeyId)));
        var inner = Jwt.Parse(opened.Text);
        Assert.That(inner.Header.GetProperty("alg").GetString(), Is.EqualTo("PS256"));
        Assert.That(inner.IsSignedBy(await app.KeySetAsync()), Is.True);
        Assert.That((inner.Text("aud"), inner.Text("at_hash")), Is.EqualTo((Both.ClientId, inner.Text("at_hash") ?? "missing")));
    }

    [Test]
    public async Task The_content_encryption_is_A128CBC_HS256_when_none_was_registered()
    {
        using var browser = Server.NewBrowser();

        var tokens = await Server.NewRelyingParty(Elliptic).SignInAsync(browser, "openid", TestUsers.Alice);

        var opened = await EllipticKey.OpenAsync(tokens.IdToken!);
        Assert.That((opened.Of("alg"), opened.Of("enc")), Is.EqualTo(("ECDH-ES+A128KW", "A128CBC-HS256")));
    }

    [Test]
    public async Task The_signed_token_inside_is_understood_as_a_hint()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Both);
        var hint = (await ClientKey.OpenAsync((await app.SignInAsync(browser, "openid", TestUsers.Alice)).IdToken!)).Text;
        using var others = Server.NewBrowser();
        await app.SignInAsync(others, "openid", TestUsers.Bob);

        var same = await app.AuthorizeAsync(browser, "openid", user: null, KeyValuePair.Create("prompt", (string?)"none"), KeyValuePair.Create("id_token_hint", (string?)hint));
        var another = await app.AuthorizeAsync(others, "openid", user: null, KeyValuePair.Create("prompt", (string?)"none"), KeyValuePair.Create("id_token_hint", (string?)hint));

        Assert.That(same.Error, Is.Null);
        Assert.That(another.Error, Is.EqualTo("login_required"));
    }

    [Test]
    public async Task A_hint_may_be_encrypted_to_our_published_key_and_names_only_whom_its_signature_proves()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Plain);
        var idToken = (await app.SignInAsync(browser, "openid", TestUsers.Alice)).IdToken!;
        using var others = Server.NewBrowser();
        await app.SignInAsync(others, "openid", TestUsers.Bob);
        var ours = new JsonWebKeySet((await app.KeySetAsync()).GetRawText()).Keys.Single(key => key.Use == "enc");

        async Task<string?> SilentAsync(BrowserClient who, string text, string algorithm) => (await app.AuthorizeAsync(who, "openid", user: null,
            KeyValuePair.Create("prompt", (string?)"none"), KeyValuePair.Create("id_token_hint", (string?)Jwe.Encrypt(text, ours, algorithm, "A128CBC-HS256", "JWT")))).Error;

        Assert.That(await SilentAsync(browser, idToken, "RSA-OAEP"), Is.Null);
        Assert.That(await SilentAsync(others, idToken, "RSA-OAEP"), Is.EqualTo("login_required"));
        Assert.That(await SilentAsync(browser, idToken, "RSA-OAEP-256"), Is.EqualTo("login_required"), "the key is for one algorithm");
        Assert.That(await SilentAsync(browser, idToken[..^4] + "AAAA", "RSA-OAEP"), Is.EqualTo("login_required"));
        Assert.That(await SilentAsync(browser, "{}", "RSA-OAEP"), Is.EqualTo("login_required"));
    }

    [Test]
    public async Task A_client_without_a_fitting_key_gets_a_clear_error_and_its_code_is_not_used_up()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(WithoutKey);
        var answer = await app.AuthorizeAsync(browser, "openid", TestUsers.Alice);

        var first = await app.ExchangeCodeAsync(answer);
        var second = await app.ExchangeCodeAsync(answer);

        Assert.That((first.Status, first.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")));
        Assert.That(first.Text("error_description"), Does.Contain("RSA-OAEP"));
        Assert.That(second.Error, Is.EqualTo("invalid_request"), "not invalid_grant");
    }

    [Test]
    public async Task Userinfo_is_signed_for_the_client_that_asks_for_it()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Signed);
        var tokens = await app.SignInAsync(browser, "openid email", TestUsers.Alice);

        using var response = await UserInfoAsync(app, tokens.AccessToken!);

        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/jwt"));
        Assert.That(response.Headers.CacheControl?.NoStore, Is.True);
        var jwt = Jwt.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(jwt.IsSignedBy(await app.KeySetAsync()), Is.True);
        Assert.That((jwt.Text("iss"), jwt.Text("aud"), jwt.Text("email")), Is.EqualTo((Server.Origin.AbsoluteUri.TrimEnd('/'), Signed.ClientId, "alice@example.test")));
        Assert.That(jwt.Text("sub"), Is.EqualTo(Jwt.Parse(tokens.IdToken!).Text("sub")));
        Assert.That(jwt.Payload.GetProperty("email_verified").ValueKind, Is.EqualTo(JsonValueKind.True));
    }

    [Test]
    public async Task Userinfo_is_encrypted_with_or_without_a_signature_inside()
    {
        using var browser = Server.NewBrowser();
        var (both, elliptic) = (Server.NewRelyingParty(Both), Server.NewRelyingParty(Elliptic));

        using var signed = await UserInfoAsync(both, (await both.SignInAsync(browser, "openid email", TestUsers.Alice)).AccessToken!);
        using var bare = await UserInfoAsync(elliptic, (await elliptic.SignInAsync(browser, "openid email", TestUsers.Alice)).AccessToken!);

        var opened = await EncryptionKey.OpenAsync([(ClientKey, await signed.Content.ReadAsStringAsync()), (EllipticKey, await bare.Content.ReadAsStringAsync())]);
        Assert.That((signed.Content.Headers.ContentType?.MediaType, bare.Content.Headers.ContentType?.MediaType), Is.EqualTo(("application/jwt", "application/jwt")));
        var inner = Jwt.Parse(opened[0].Text);
        Assert.That((opened[0].Of("cty"), inner.Header.GetProperty("alg").GetString()), Is.EqualTo(("JWT", "ES384")));
        Assert.That(inner.IsSignedBy(await both.KeySetAsync()), Is.True);
        Assert.That(opened[1].Of("cty"), Is.Null);
        Assert.That(JsonNode.Parse(opened[1].Text)!["email"]!.GetValue<string>(), Is.EqualTo("alice@example.test"));
    }

    [Test]
    public async Task An_API_with_a_key_gets_signed_access_tokens_that_only_it_can_read()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Plain);

        var tokens = await app.SignInAsync(browser, "openid sealed.read", TestUsers.Alice);

        var opened = await ApiKey.OpenAsync(tokens.AccessToken!);
        Assert.That((opened.Of("alg"), opened.Of("enc"), opened.Of("cty"), opened.Of("kid")), Is.EqualTo(("ECDH-ES+A256KW", "A256GCM", "JWT", ApiKey.KeyId)));
        var inner = Jwt.Parse(opened.Text);
        Assert.That(inner.IsSignedBy(await app.KeySetAsync()), Is.True);
        Assert.That(inner.Header.GetProperty("typ").GetString(), Is.EqualTo("at+jwt"));
        Assert.That((inner.Text("aud"), inner.Text("client_id"), inner.Text("scope"), inner.Text("email")), Is.EqualTo(("urn:test:sealed", Plain.ClientId, "openid sealed.read", "alice@example.test")));
        Assert.That(inner.Text("sub"), Is.EqualTo(Jwt.Parse(tokens.IdToken!).Text("sub")), "pairwise here too");
        Assert.That(inner.Payload.EnumerateObject().Select(p => p.Name).Where(name => name.StartsWith("oi_", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task Our_own_endpoints_know_a_token_they_cannot_read()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Plain);
        var api = Server.NewRelyingParty(SealedApi);
        var tokens = await app.SignInAsync(browser, "openid sealed.read", TestUsers.Alice);
        var shown = Jwt.Parse(tokens.IdToken!).Text("sub");

        var userInfo = (await app.UserInfoAsync(tokens.AccessToken!)).Expected();
        var byApi = (await api.IntrospectAsync(tokens.AccessToken!)).Expected();
        var byStranger = (await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(tokens.AccessToken!)).Expected();
        await Server.NewRelyingParty(Machine).RevokeAsync(tokens.AccessToken!);
        var stillActive = (await api.IntrospectAsync(tokens.AccessToken!)).Json.GetProperty("active").GetBoolean();
        var revoked = await app.RevokeAsync(tokens.AccessToken!);

        Assert.That((userInfo.Text("sub"), byApi.Text("sub"), byApi.Text("scope")), Is.EqualTo((shown, shown, "sealed.read")));
        Assert.That(byStranger.Json.GetProperty("active").GetBoolean(), Is.False);
        Assert.That(stillActive, Is.True, "a stranger cannot revoke it");
        Assert.That(revoked.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await app.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await api.IntrospectAsync(tokens.AccessToken!)).Json.GetProperty("active").GetBoolean(), Is.False);
    }

    [Test]
    public async Task A_changed_token_is_nobodys()
    {
        var api = Server.NewRelyingParty(SealedApi);
        var token = (await Server.NewRelyingParty(Machine).ClientCredentialsAsync("sealed.read")).Expected().AccessToken!;

        Assert.That((await api.IntrospectAsync(token)).Json.GetProperty("active").GetBoolean(), Is.True);
        Assert.That((await api.IntrospectAsync(token[..^2] + (token[^2] == 'A' ? "BB" : "AA"))).Json.GetProperty("active").GetBoolean(), Is.False);
        Assert.That((await api.IntrospectAsync("a.b.c.d.e")).Json.GetProperty("active").GetBoolean(), Is.False);
        Assert.That((await api.IntrospectAsync("....")).Json.GetProperty("active").GetBoolean(), Is.False);
    }

    [Test]
    public async Task What_is_stored_of_the_token_is_of_no_use_to_whoever_reads_the_database()
    {
        await Server.NewRelyingParty(Machine).ClientCredentialsAsync("sealed.read");

        var payloads = await Server.WithDatabaseAsync(db => Task.FromResult(db.Tokens.Where(t => t.ReferenceId!.StartsWith("jwe:")).Select(t => t.Payload!).ToList()));

        Assert.That(payloads, Is.Not.Empty);
        Assert.That(payloads.Select(payload => payload.Split('.').Length), Is.All.EqualTo(5), "encrypted, not only signed");
    }

    [Test]
    public async Task A_token_for_such_an_API_is_for_nobody_else()
    {
        var machine = Server.NewRelyingParty(Machine);

        var both = await machine.ClientCredentialsAsync("api.read sealed.read");
        var broken = await machine.ClientCredentialsAsync("broken.read");

        Assert.That((both.Status, both.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_target")));
        Assert.That((broken.Status, broken.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_target")));
        (await machine.ClientCredentialsAsync("sealed.read")).Expected();
        (await machine.ClientCredentialsAsync("api.read")).Expected();
    }

    [TestCase("enc-plain", "api.read")]
    [TestCase("enc-plain", "sealed.read")]
    [TestCase("enc-opaque", "api.read")]
    [TestCase("enc-opaque", "sealed.read")]
    public async Task Whatever_ends_a_grant_ends_its_access_tokens_of_every_form_wherever_we_are_asked(string clientId, string scope)
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(new TestClient(clientId, "enc-secret", Redirect));
        var api = Server.NewRelyingParty(scope == "api.read" ? TestClients.Api : SealedApi);
        async Task<bool> LivesAsync(TokenAnswer tokens)
        {
            var userInfo = (await app.UserInfoAsync(tokens.AccessToken!)).Status is HttpStatusCode.OK;
            bool[] told = [userInfo, await ActiveAsync(api, tokens.AccessToken!), await ActiveAsync(app, tokens.AccessToken!)];
            Assert.That(told.Distinct().Count(), Is.EqualTo(1), "userinfo and introspection say the same");
            return userInfo;
        }
        Task<TokenAnswer> SignInAsync() => app.SignInAsync(browser, $"openid {scope} offline_access", TestUsers.Alice);

        var (byRefreshToken, byReuse, byGrant, untouched) = (await SignInAsync(), await SignInAsync(), await SignInAsync(), await SignInAsync());
        var renewed = (await app.RefreshAsync(byRefreshToken.RefreshToken!)).Expected();
        await app.RefreshAsync(byReuse.RefreshToken!);
        var livedBefore = new[] { await LivesAsync(byRefreshToken), await LivesAsync(renewed), await LivesAsync(byReuse), await LivesAsync(byGrant), await LivesAsync(untouched) };

        await app.RevokeAsync(renewed.RefreshToken!);
        Assert.That((await app.RefreshAsync(byReuse.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        await using (var scopeOfServices = Server.Services.CreateAsyncScope())
        {
            var last = await Server.WithDatabaseAsync(db => db.Grants.OrderByDescending(g => g.CreatedAt).Take(2).Select(g => g.Id).ToListAsync());
            await scopeOfServices.ServiceProvider.GetRequiredService<GrantRevocation>().RevokeGrantAsync(last[1], CancellationToken.None);
        }

        Assert.That(livedBefore, Is.All.True);
        Assert.That(new[] { await LivesAsync(byRefreshToken), await LivesAsync(renewed), await LivesAsync(byReuse), await LivesAsync(byGrant) }, Is.All.False);
        Assert.That(await LivesAsync(untouched), Is.True);
    }

    private static async Task<bool> ActiveAsync(RelyingParty caller, string token) => (await caller.IntrospectAsync(token)).Expected().Json.GetProperty("active").GetBoolean();

    private static async Task<HttpResponseMessage> UserInfoAsync(RelyingParty app, string accessToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/connect/userinfo") { Headers = { Authorization = new("Bearer", accessToken) } };
        return (await app.Http.SendAsync(request)).EnsureSuccessStatusCode();
    }

    private static string Client(string id, string more, EncryptionKey? key) => $$"""
        { "clientId": "{{id}}", "clientSecrets": [{ "value": "enc-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["{{Redirect}}"],
          "allowedScopes": ["openid", "email", "api.read", "sealed.read"], "allowOfflineAccess": true, {{more}}{{(key is null ? "" : $", \"jwks\": {key.KeySet}")}} }
        """;
}
