using System.Text;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IdP.Protocol.Tests.Clients;

/// <summary>Clients that prove themselves with a private key (OpenID Connect Core 9 private_key_jwt, RFC 7523).</summary>
public sealed class PrivateKeyJwtTests(DatabaseKind database) : AssertionTest(database)
{
    private static readonly TestKey Rsa = TestKey.Rsa("r"), P256 = TestKey.Elliptic("e"), P384 = TestKey.Elliptic("f", 384), P521 = TestKey.Elliptic("g", 521), Other = TestKey.Rsa("other"), Unnamed = TestKey.Rsa();

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            {
              "apiScopes": [{ "name": "signed.read" }],
              "apiResources": [{ "name": "urn:test:signing-api", "scopes": ["signed.read"], "jwks": {{TestKey.Set(P384)}} }, { "name": "urn:test:silent-api", "scopes": ["signed.read"] }],
              "clients": [{{string.Join(',', ClientsOfThisFixture)}}]
            }
            """),
    };

    private static readonly string[] ClientsOfThisFixture =
    [
        Machine("signed", $$""" "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{TestKey.Set(Rsa, P256, P384, P521)}} """),
        Machine("other", $$""" "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{TestKey.Set(Other)}} """),
        Machine("unnamed", $$""" "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{TestKey.Set(Unnamed)}} """),
        Machine("pinned", $$""" "tokenEndpointAuthMethod": "private_key_jwt", "tokenEndpointAuthSigningAlg": "ES256", "jwks": {{TestKey.Set(Rsa, P256)}} """),
        Machine("asleep", $$""" "enabled": false, "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{TestKey.Set(Rsa)}} """),
        Machine("basic", $$""" "clientSecrets": [{ "value": "basic-secret" }], "jwks": {{TestKey.Set(Rsa)}} """),
        $$"""
        { "clientId": "screen", "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{TestKey.Set(Rsa)}}, "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedScopes": ["openid"] }
        """,
        $$"""
        { "clientId": "app", "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{TestKey.Set(P256)}}, "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true,
          "redirectUris": ["https://app.example.test/cb"], "allowedScopes": ["openid", "api.read"] }
        """,
    ];

    [TestCase("RS256")]
    [TestCase("RS384")]
    [TestCase("RS512")]
    [TestCase("PS256")]
    [TestCase("PS384")]
    [TestCase("PS512")]
    [TestCase("ES256")]
    [TestCase("ES384")]
    [TestCase("ES512")]
    public async Task Every_advertised_algorithm_is_accepted(string algorithm)
    {
        var key = algorithm switch { "ES256" => P256, "ES384" => P384, "ES512" => P521, _ => Rsa };

        var tokens = (await TokenAsync(key.Sign(algorithm, Claims("signed")))).Expected();

        Assert.That(Jwt.Parse(tokens.AccessToken!).Text("client_id"), Is.EqualTo("signed"));
    }

    [TestCase(null)]
    [TestCase("JWT")]
    [TestCase("jwt")]
    [TestCase("client-authentication+jwt")]
    [TestCase("application/client-authentication+jwt")]
    public async Task Every_type_that_clients_send_is_accepted(string? type) => (await TokenAsync(Rsa.Sign("RS256", Claims("signed"), [new("typ", type)]))).Expected();

    [TestCase("at+jwt")]
    [TestCase("application/at+jwt")]
    [TestCase("logout+jwt")]
    [TestCase("dpop+jwt")]
    [TestCase("oauth-authz-req+jwt")]
    [TestCase("JOSE")]
    public async Task The_type_of_another_token_is_refused(string type) => AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("signed"), [new("typ", type)])), "typ");

    [Test]
    public async Task The_issuer_and_the_token_endpoint_are_accepted_as_audience_alone_and_in_a_list()
    {
        using var http = Server.NewHttpClient();
        using var metadata = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/.well-known/openid-configuration"));
        var (issuer, endpoint) = (metadata.RootElement.GetProperty("issuer").GetString()!, metadata.RootElement.GetProperty("token_endpoint").GetString()!); // required (Discovery 3)

        foreach (var audience in new object[] { issuer, endpoint, new[] { issuer }, new[] { endpoint }, new[] { "https://elsewhere.example.test", issuer }, new[] { endpoint, issuer } })
            (await TokenAsync(Rsa.Sign("RS256", Claims("signed", ("aud", audience))))).Expected();
    }

    [Test]
    public async Task Another_audience_is_refused()
    {
        foreach (var audience in new object?[] { null, "", "https://elsewhere.example.test", Origin + "/", Origin + "/connect/authorize", Origin.ToUpperInvariant(), Origin + ".evil.test", "signed", Array.Empty<string>(), new[] { "https://elsewhere.example.test" } })
            AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("signed", ("aud", audience)))), "aud");
        foreach (var audience in new object[] { 5, true, new { origin = Origin }, new object[] { Origin, 5 }, Enumerable.Repeat(Origin, 300) })
            AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("signed", ("aud", audience)))));
    }

    [Test]
    public async Task Introspection_and_revocation_accept_assertions_for_the_issuer_the_token_endpoint_or_themselves()
    {
        var token = (await TokenAsync(Rsa.Sign("RS256", Claims("signed")))).AccessToken!;

        foreach (var path in new[] { "/connect/introspect", "/connect/revocation" })
        {
            foreach (var audience in new[] { Origin, Origin + "/connect/token", Origin + path })
                Assert.That((int)(await PostAsync(path, Rsa.Sign("RS256", Claims("signed", ("aud", audience))), ("token", token))).Status, Is.EqualTo(200), $"{path}: {audience}");
            AssertRefused(await PostAsync(path, Rsa.Sign("RS256", Claims("signed", ("aud", Origin + "/connect/authorize"))), ("token", token)), "aud");
            AssertRefused(await PostAsync(path, Other.Sign("RS256", Claims("signed")), ("token", token)), "no key");
        }
    }

    [Test]
    public async Task The_device_authorization_endpoint_accepts_assertions_for_the_issuer_the_token_endpoint_or_itself()
    {
        const string Path = "/connect/deviceauthorization";

        foreach (var audience in new[] { Origin, Origin + "/connect/token", Origin + Path })
            Assert.That((await PostAsync(Path, Rsa.Sign("RS256", Claims("screen", ("aud", audience))), ("scope", "openid"))).Expected().Text("device_code"), Is.Not.Null, audience);
        AssertRefused(await PostAsync(Path, Other.Sign("RS256", Claims("screen")), ("scope", "openid")), "no key");
        AssertRefused(await PostAsync(Path, Rsa.Sign("RS256", Claims("screen", ("jti", null))), ("scope", "openid")), "jti");
    }

    [Test]
    public async Task An_API_introspects_with_its_key_and_does_nothing_else_with_it()
    {
        var token = (await TokenAsync(Rsa.Sign("RS256", Claims("signed")))).AccessToken!;

        var answer = (await PostAsync("/connect/introspect", P384.Sign("ES384", Claims("urn:test:signing-api")), ("token", token))).Expected();

        Assert.That(answer.Json.GetProperty("active").GetBoolean(), Is.False, "the token is for another API");
        AssertRefused(await PostAsync("/connect/introspect", P256.Sign("ES256", Claims("urn:test:signing-api")), ("token", token)), "no key");
        AssertRefused(await PostAsync("/connect/introspect", P384.Sign("ES384", Claims("urn:test:silent-api")), ("token", token)));
        AssertRefused(await TokenAsync(P384.Sign("ES384", Claims("urn:test:signing-api"))));
        AssertRefused(await PostAsync("/connect/revocation", P384.Sign("ES384", Claims("urn:test:signing-api")), ("token", token)));
    }

    [TestCase("exp", -300, "expired")]
    [TestCase("exp", -31, "expired")]
    [TestCase("exp", 7200, "too far")]
    [TestCase("nbf", 61, "future")]
    [TestCase("iat", 61, "future")]
    [TestCase("nbf", 3000, "future")]
    public async Task An_assertion_of_another_time_is_refused(string claim, int seconds, string because) =>
        AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("signed", (claim, Now + seconds)))), because);

    [TestCase("nbf", 8)]
    [TestCase("iat", 8)]
    [TestCase("exp", 3590)]
    [TestCase("exp", -5)]
    public async Task Clocks_may_differ_by_some_seconds(string claim, int seconds) => (await TokenAsync(Rsa.Sign("RS256", Claims("signed", (claim, Now + seconds))))).Expected();

    [Test]
    public async Task Times_may_have_fractions_and_iat_may_be_missing() =>
        (await TokenAsync(Rsa.Sign("RS256", Claims("signed", ("exp", Now + 60.5), ("iat", null))))).Expected();

    [TestCase("exp", null)]
    [TestCase("exp", "soon")]
    [TestCase("exp", -1)]
    [TestCase("exp", 1e300)]
    [TestCase("nbf", "2026-01-01T00:00:00Z")]
    [TestCase("iat", true)]
    [TestCase("iss", null)]
    [TestCase("iss", "")]
    [TestCase("iss", 5)]
    [TestCase("iss", "other")]
    [TestCase("iss", "no-such-client")]
    [TestCase("iss", "asleep")]
    [TestCase("sub", null)]
    [TestCase("sub", "other")]
    [TestCase("sub", "Signed")]
    [TestCase("jti", null)]
    [TestCase("jti", "")]
    [TestCase("jti", 5)]
    public async Task An_assertion_without_a_claim_it_needs_or_with_a_wrong_one_is_refused(string claim, object? value) =>
        AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("signed", (claim, value)))));

    [Test]
    public async Task The_request_may_name_the_client_too_but_no_other()
    {
        (await TokenAsync(Rsa.Sign("RS256", Claims("signed")), ("client_id", "signed"))).Expected();

        AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("signed")), ("client_id", "other")), "another client");
        AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("signed")), ("client_id", "machine")), "another client");
    }

    [Test]
    public async Task A_disabled_client_is_refused() => AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("asleep"))));

    [Test]
    public async Task A_key_that_is_not_this_clients_is_refused()
    {
        var stranger = TestKey.Rsa("r");

        AssertRefused(await TokenAsync(stranger.Sign("RS256", Claims("signed"))), "no key");
        AssertRefused(await TokenAsync(Other.Sign("RS256", Claims("signed"))), "no key");
        AssertRefused(await TokenAsync(Other.Sign("RS256", Claims("signed"), [new("kid", "r")])), "no key");
        AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("signed"), [new("kid", "e")])), "no key");
        AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("signed"), [new("kid", "../../etc/passwd")])), "no key");
        AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("signed"), [new("kid", "' OR 1=1 --")])), "no key");
        AssertRefused(await TokenAsync(P256.Sign("ES256", Claims("signed"), [new("alg", "RS256"), new("kid", null)])), "no key");
    }

    [Test]
    public async Task A_key_without_kid_is_found_whether_the_assertion_names_one_or_not()
    {
        (await TokenAsync(Unnamed.Sign("RS256", Claims("unnamed")))).Expected();
        (await TokenAsync(Unnamed.Sign("RS256", Claims("unnamed"), [new("kid", "whatever")]))).Expected();
        (await TokenAsync(Rsa.Sign("RS256", Claims("signed"), [new("kid", null)]))).Expected();
    }

    [Test]
    public async Task Keys_in_or_named_by_the_header_are_never_used_nor_fetched()
    {
        var stranger = TestKey.Rsa("stranger");
        await using var canary = await LoopbackSite.StartAsync(context => Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, TestKey.Set(stranger)));

        AssertRefused(await TokenAsync(stranger.Sign("RS256", Claims("signed"), [new("jwk", stranger.ToJwk())])), "no key");
        AssertRefused(await TokenAsync(stranger.Sign("RS256", Claims("signed"), [new("jku", canary.UrlOf("/jwks"))])), "no key");
        AssertRefused(await TokenAsync(stranger.Sign("RS256", Claims("signed"), [new("x5u", canary.UrlOf("/x5u")), new("x5c", new[] { "MIIB" })])), "no key");
        (await TokenAsync(Rsa.Sign("RS256", Claims("signed"), [new("jku", canary.UrlOf("/jwks"))]))).Expected();
        Assert.That(canary.Connections, Is.Zero);
    }

    [Test]
    public async Task An_unsigned_assertion_is_refused()
    {
        foreach (var algorithm in new[] { "none", "None", "nOnE", "NONE" })
        {
            var parts = Rsa.Sign("RS256", Claims("signed"), [new("alg", algorithm), new("kid", null)]).Split('.');
            AssertRefused(await TokenAsync($"{parts[0]}.{parts[1]}."), "algorithm");
            AssertRefused(await TokenAsync(string.Join('.', parts)), "algorithm");
        }
        var signed = Rsa.Sign("RS256", Claims("signed"));
        AssertRefused(await TokenAsync(signed[..(signed.LastIndexOf('.') + 1)]), "no key");
    }

    [Test]
    public async Task The_public_key_is_no_HMAC_secret()
    {
        foreach (var secret in new[] { Rsa.ToPem(), Rsa.ToPem() + "\n", Rsa.ToJwk().ToJsonString(), Rsa.ToJwk()["n"]!.ToString() })
        {
            var confused = TestKey.Hmac(secret);
            AssertRefused(await TokenAsync(confused.Sign("HS256", Claims("signed"), [new("kid", "r")])), "algorithm");
        }
    }

    [Test]
    public async Task A_signature_that_is_not_exactly_right_is_refused()
    {
        var zero = P256.Sign("ES256", Claims("signed")).Split('.');
        AssertRefused(await TokenAsync($"{zero[0]}.{zero[1]}.{WebEncoders.Base64UrlEncode(new byte[64])}"), "no key");

        var parts = Rsa.Sign("RS256", Claims("signed")).Split('.');
        var bent = WebEncoders.Base64UrlDecode(parts[2]);
        bent[10] ^= 1;
        AssertRefused(await TokenAsync($"{parts[0]}.{parts[1]}.{WebEncoders.Base64UrlEncode(bent)}"), "no key");
        var claims = Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(parts[1])).Replace("\"exp\":", "\"x\":1,\"exp\":", StringComparison.Ordinal);
        AssertRefused(await TokenAsync($"{parts[0]}.{WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(claims))}.{parts[2]}"), "no key");
    }

    [Test]
    public async Task What_is_no_well_formed_assertion_is_refused_and_never_a_server_error()
    {
        var good = Rsa.Sign("RS256", Claims("signed"));
        string Text(string header, string claims) => Rsa.SignText("RS256", header, claims);
        var claims = System.Text.Json.JsonSerializer.Serialize(Claims("signed"));
        string[] bad =
        [
            "x", ".", "..", "...", "....", good + ".", good + "=", good + " ", " " + good, good + ".x", good.Replace(".", "..", StringComparison.Ordinal), "a.b.c", "é.é.é", "eyJ.eyJ.eyJ", "{}.{}.{}",
            Text("{}", claims), Text("[]", claims), Text("null", claims), Text("""{"alg":5}""", claims), Text("""{"alg":null}""", claims), Text("""{"alg":"RS256","alg":"none"}""", claims),
            Text("""{"alg":"RS256","crit":["exp"],"exp":1}""", claims), Text("""{"alg":"RS256","crit":["b64"],"b64":false}""", claims), Text("""{"alg":"RS256","kid":["r"]}""", claims), Text("""{"alg":"RS256","typ":{}}""", claims),
            Text("""{"alg":"RS256"}""", "[]"), Text("""{"alg":"RS256"}""", "\"x\""), Text("""{"alg":"RS256"}""", claims[..^1] + ",\"aud\":\"https://elsewhere.example.test\"}"), Text("""{"alg":"RS256"}""", claims + "{}"),
            Text("""{"alg":"RS256"}""", claims.Replace("signed", "\\ud800", StringComparison.Ordinal)), Text("""{"alg":"RS256"}""", claims.Replace("signed", "signed\\u0000", StringComparison.Ordinal)),
            Text("""{"alg":"RS256"}""", string.Concat(Enumerable.Repeat("{\"a\":", 1000)) + "1" + new string('}', 1000)), Text("""{"alg":"RS256"}""", claims[..^1] + $",\"x\":\"{new string('a', 20_000)}\"}}"),
            $"{WebEncoders.Base64UrlEncode([0xff, 0xfe])}.{good.Split('.')[1]}.{good.Split('.')[2]}",
        ];

        foreach (var assertion in bad)
        {
            var answer = await TokenAsync(assertion);
            Assert.That(((int)answer.Status, answer.Error), Is.EqualTo((401, "invalid_client")), assertion[..Math.Min(200, assertion.Length)] + ": " + answer.Body);
        }
        var tooLong = await TokenAsync(new string('a', 40_000));
        Assert.That(((int)tooLong.Status, tooLong.Error), Is.EqualTo((400, "invalid_request")));
    }

    [Test]
    public async Task Our_own_tokens_are_no_assertions()
    {
        using var browser = Server.NewBrowser();
        var tokens = await Server.NewRelyingParty(TestClients.Web).SignInAsync(browser, "openid api.read", TestUsers.Alice);

        AssertRefused(await TokenAsync(tokens.IdToken!));
        AssertRefused(await TokenAsync(tokens.AccessToken!));
    }

    [Test]
    public async Task Only_the_registered_algorithm_is_accepted()
    {
        (await TokenAsync(P256.Sign("ES256", Claims("pinned")))).Expected();

        AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("pinned"))), "ES256");
        AssertRefused(await TokenAsync(Rsa.Sign("PS256", Claims("pinned"))), "ES256");
    }

    [Test]
    public async Task Only_the_registered_method_is_accepted()
    {
        AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("basic"))), "client_secret_basic");
        using var secret = new RelyingParty(Server.Origin, "signed", "signed-secret");
        AssertRefused(await secret.ClientCredentialsAsync("api.read"));
        using var nothing = new RelyingParty(Server.Origin, "signed");
        AssertRefused(await nothing.ClientCredentialsAsync("api.read"));
        AssertRefused(await TokenAsync(Rsa.Sign("RS256", Claims("spa"))));
    }

    [Test]
    public async Task Two_ways_to_authenticate_at_once_are_refused()
    {
        var posted = await TokenAsync(Rsa.Sign("RS256", Claims("signed")), ("client_secret", "signed-secret"));
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token");
        request.Headers.Authorization = RelyingParty.Basic("machine", "machine-secret");
        request.Content = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_assertion_type", AssertionType), new("client_assertion", Rsa.Sign("RS256", Claims("signed")))]);
        var both = await TokenAnswer.ReadAsync(await http.SendAsync(request));

        Assert.That(((int)posted.Status, posted.Error), Is.EqualTo((400, "invalid_request")));
        Assert.That(((int)both.Status, both.Error), Is.EqualTo((400, "invalid_request")));
    }

    [TestCase(null, "invalid_request")]
    [TestCase("urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "invalid_client")]
    [TestCase("jwt-bearer", "invalid_client")]
    public async Task The_kind_of_assertion_must_be_named(string? type, string error)
    {
        using var http = Server.NewHttpClient();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string?>
        {
            ["grant_type"] = "client_credentials", ["client_assertion"] = Rsa.Sign("RS256", Claims("signed")), ["client_assertion_type"] = type,
        }.Where(pair => pair.Value is not null));

        Assert.That((await TokenAnswer.ReadAsync(await http.PostAsync("/connect/token", form))).Error, Is.EqualTo(error));
    }

    [Test]
    public async Task An_assertion_is_accepted_once_at_whatever_endpoint_and_after_a_restart_too()
    {
        var claims = Claims("signed");
        var assertion = Rsa.Sign("RS256", claims);
        (await TokenAsync(assertion)).Expected();

        AssertRefused(await TokenAsync(assertion), "before");
        AssertRefused(await TokenAsync(Rsa.Sign("PS512", claims)), "before");
        AssertRefused(await PostAsync("/connect/introspect", assertion, ("token", "x")), "before");
        AssertRefused(await PostAsync("/connect/revocation", assertion, ("token", "x")), "before");
        (await TokenAsync(Other.Sign("RS256", Claims("other", ("jti", claims["jti"]))))).Expected();
        await Server.RestartAsync();
        AssertRefused(await TokenAsync(assertion), "before");
    }

    [Test]
    public async Task An_assertion_that_was_refused_may_still_be_used()
    {
        var claims = Claims("signed");

        AssertRefused(await TokenAsync(Other.Sign("RS256", claims)), "no key");

        (await TokenAsync(Rsa.Sign("RS256", claims))).Expected();
    }

    [Test]
    public async Task Of_fifty_uses_at_the_same_time_exactly_one_succeeds()
    {
        var assertion = Rsa.Sign("RS256", Claims("signed"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => TokenAsync(assertion))));

        Assert.That(answers.Count(answer => (int)answer.Status == 200), Is.EqualTo(1));
        Assert.That(answers.Where(answer => (int)answer.Status != 200).Select(answer => (int)answer.Status), Is.All.EqualTo(401));
    }

    [Test]
    public async Task Used_assertions_are_forgotten_when_their_age_alone_refuses_them()
    {
        (await TokenAsync(Rsa.Sign("RS256", Claims("signed", ("exp", Now + 60))))).Expected();
        (await TokenAsync(Rsa.Sign("RS256", Claims("signed", ("exp", Now + 3000))))).Expected();
        var before = await CountAsync();

        Server.Clock.Advance(TimeSpan.FromMinutes(5));
        await Server.Services.GetServices<IHostedService>().OfType<GrantPruning>().Single().PruneAsync(CancellationToken.None);

        Assert.That(before, Is.GreaterThanOrEqualTo(2));
        Assert.That(await CountAsync(), Is.GreaterThanOrEqualTo(1).And.LessThan(before));
    }

    [Test]
    public async Task A_code_is_exchanged_and_refreshed_with_assertions()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(new TestClient("app", null, "https://app.example.test/cb"));
        var answer = await app.AuthorizeAsync(browser, "openid api.read offline_access", TestUsers.Alice);

        var tokens = (await PostAsync("/connect/token", P256.Sign("ES256", Claims("app")),
            ("grant_type", "authorization_code"), ("code", answer.Code), ("redirect_uri", app.RedirectUri), ("code_verifier", answer.Request.Verifier))).Expected();
        var refreshed = (await PostAsync("/connect/token", P256.Sign("ES256", Claims("app")), ("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken!))).Expected();

        Assert.That(Jwt.Parse(refreshed.IdToken!).Text("aud"), Is.EqualTo("app"));
        AssertRefused(await PostAsync("/connect/token", Rsa.Sign("RS256", Claims("signed")), ("client_id", "app"), ("grant_type", "refresh_token"), ("refresh_token", refreshed.RefreshToken!)));
    }

    private Task<int> CountAsync() => Server.WithDatabaseAsync(db => db.Set<UsedAssertion>().CountAsync());
}
