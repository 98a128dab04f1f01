using System.Net;
using System.Text.Json;
using IdP.Protocol.Clients;
using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Discovery;

public sealed class DiscoveryTests(DatabaseKind database) : ServerTest(database)
{
    [TestCase("/.well-known/openid-configuration")]
    [TestCase("/.well-known/oauth-authorization-server")]
    public async Task The_metadata_tells_what_is_switched_on_and_nothing_else(string path)
    {
        using var http = Server.NewHttpClient();
        using var document = JsonDocument.Parse(await http.GetStringAsync(path));

        var metadata = document.RootElement;
        string[] List(string name) => [.. metadata.GetProperty(name).EnumerateArray().Select(v => v.GetString()!)];
        var origin = Server.Origin.ToString().TrimEnd('/');
        Assert.Multiple(() =>
        {
            Assert.That(metadata.GetProperty("issuer").GetString(), Is.EqualTo(origin));
            Assert.That(metadata.GetProperty("authorization_endpoint").GetString(), Is.EqualTo(origin + "/connect/authorize"));
            Assert.That(metadata.GetProperty("jwks_uri").GetString(), Is.EqualTo(origin + "/.well-known/openid-configuration/jwks"));
            Assert.That(List("code_challenge_methods_supported"), Is.EqualTo(new[] { "S256" }));
            Assert.That(List("response_types_supported"), Is.EquivalentTo(new[] { "code", "id_token", "id_token token", "code id_token", "code token", "code id_token token" }));
            Assert.That(List("response_modes_supported"), Is.EquivalentTo(new[] { "query", "fragment", "form_post" }));
            Assert.That(List("grant_types_supported"), Is.EquivalentTo(new[] { "authorization_code", "refresh_token", "client_credentials", "implicit", "password", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer" }));
            Assert.That(List("token_endpoint_auth_methods_supported"), Is.EquivalentTo(new[] { "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none" }));
            Assert.That(List("introspection_endpoint_auth_methods_supported"), Is.EquivalentTo(new[] { "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt" }));
            Assert.That(List("revocation_endpoint_auth_methods_supported"), Is.EquivalentTo(new[] { "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none" }));
            foreach (var endpoint in new[] { "token", "introspection", "revocation" })
                Assert.That(List(endpoint + "_endpoint_auth_signing_alg_values_supported"), Is.EquivalentTo(new[] { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512" }));
            Assert.That(List("id_token_signing_alg_values_supported"), Is.EquivalentTo(SigningAlgorithms.OfIdTokens));
            foreach (var what in (string[])["id_token", "userinfo"])
            {
                Assert.That(List(what + "_encryption_alg_values_supported"), Is.EquivalentTo(EncryptionAlgorithms.KeyManagement));
                Assert.That(List(what + "_encryption_enc_values_supported"), Is.EquivalentTo(EncryptionAlgorithms.Content));
            }
            Assert.That(List("userinfo_signing_alg_values_supported"), Is.EquivalentTo(SigningAlgorithms.Supported));
            Assert.That(List("subject_types_supported"), Is.EquivalentTo(new[] { "public", "pairwise" }));
            Assert.That(List("scopes_supported"), Is.SupersetOf(new[] { "openid", "profile", "email", "api.read", "offline_access" }));
            Assert.That(metadata.GetProperty("claims_parameter_supported").GetBoolean(), Is.True);
            Assert.That(List("claim_types_supported"), Is.EqualTo(new[] { "normal" }));
            Assert.That(metadata.GetProperty("authorization_response_iss_parameter_supported").GetBoolean(), Is.True);
        });
    }

    [Test]
    public async Task The_key_set_has_an_RSA_and_an_EC_key_and_no_private_member()
    {
        var keys = (await Server.NewRelyingParty(TestClients.Web).KeySetAsync()).GetProperty("keys").EnumerateArray().ToList();

        Assert.That(keys.Select(k => k.GetProperty("alg").GetString()), Is.EquivalentTo(new[] { "RS256", "ES256", "RSA-OAEP" }));
        Assert.That(keys.SelectMany(k => k.EnumerateObject().Select(p => p.Name)).Intersect(["d", "p", "q", "dp", "dq", "qi", "k"]), Is.Empty);
        Assert.That(keys.Where(k => k.GetProperty("use").GetString() == "enc").Select(k => k.GetProperty("alg").GetString()), Is.EqualTo(new[] { "RSA-OAEP" }));
    }

    [Test]
    public async Task Only_registered_origins_may_call_the_token_endpoint_from_a_browser()
    {
        using var http = Server.NewHttpClient();
        async Task<string?> AllowedAsync(string path, string origin)
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, path) { Headers = { { "Origin", origin }, { "Access-Control-Request-Method", "POST" } } };
            using var response = await http.SendAsync(request);
            return response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;
        }

        Assert.That(await AllowedAsync("/connect/token", "https://spa.example.test"), Is.EqualTo("https://spa.example.test"));
        Assert.That(await AllowedAsync("/connect/token", "https://evil.test"), Is.Null);
        Assert.That(await AllowedAsync("/connect/token", "null"), Is.Null);
        Assert.That(await AllowedAsync("/connect/authorize", "https://spa.example.test"), Is.Null);
        Assert.That(await AllowedAsync("/account", "https://spa.example.test"), Is.Null);
        Assert.That(await AllowedAsync("/.well-known/openid-configuration", "https://anywhere.test"), Is.EqualTo("*"));
    }
}
