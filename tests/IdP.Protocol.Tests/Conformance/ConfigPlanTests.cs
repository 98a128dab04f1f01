using System.Net;
using System.Text.Json;

namespace IdP.Protocol.Tests.Conformance;

/// <summary>The plan for the configuration: a complete and consistent discovery document (OpenID Connect Discovery 1.0, 3 and 4).</summary>
public sealed class ConfigPlanTests(DatabaseKind database) : OpTest(database)
{
    [Test]
    public async Task The_discovery_document_is_complete_and_consistent()
    {
        using var answer = await Server.NewHttpClient().GetAsync(new Uri("/.well-known/openid-configuration", UriKind.Relative));
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var metadata = document.RootElement;
        string[] ListOf(string name) => [.. metadata.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)]; // lists of strings

        Assert.Multiple(() =>
        {
            Assert.That((answer.StatusCode, answer.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, "application/json")));
            Assert.That(metadata.GetProperty("issuer").GetString(), Is.EqualTo(Issuer));
            foreach (var endpoint in (string[])["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "introspection_endpoint", "revocation_endpoint", "end_session_endpoint"])
                Assert.That(metadata.GetProperty(endpoint).GetString(), Does.StartWith(Issuer + "/"), endpoint);
            Assert.That(ListOf("response_types_supported"), Is.SupersetOf((string[])["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"]).Using<string>((a, b) => string.Join(' ', a.Split(' ').Order()) == string.Join(' ', b.Split(' ').Order())));
            Assert.That(ListOf("response_modes_supported"), Is.SupersetOf((string[])["query", "fragment", "form_post"]));
            Assert.That(ListOf("subject_types_supported"), Is.EquivalentTo((string[])["public", "pairwise"]));
            Assert.That(ListOf("id_token_signing_alg_values_supported"), Does.Contain("RS256").And.Not.Contain("none"));
            Assert.That(ListOf("scopes_supported"), Does.Contain("openid"));
            Assert.That(ListOf("claims_supported"), Does.Contain("sub"));
            Assert.That(ListOf("code_challenge_methods_supported"), Is.EqualTo((string[])["S256"]));
            Assert.That(metadata.GetProperty("claims_parameter_supported").GetBoolean(), Is.True);
            Assert.That(metadata.GetProperty("request_parameter_supported").GetBoolean(), Is.False);
            Assert.That(metadata.GetProperty("request_uri_parameter_supported").GetBoolean(), Is.False, "its default is true, so it must be said");
        });
    }

    [Test]
    public async Task The_key_set_verifies_what_is_signed_and_holds_nothing_private()
    {
        var keys = await Server.NewRelyingParty(App).KeySetAsync();

        foreach (var key in keys.GetProperty("keys").EnumerateArray())
            Assert.Multiple(() =>
            {
                Assert.That(key.GetProperty("kty").GetString(), Is.AnyOf("RSA", "EC"));
                Assert.That(key.GetProperty("kid").GetString(), Is.Not.Empty);
                Assert.That(key.GetProperty("use").GetString(), Is.AnyOf("sig", "enc"));
                foreach (var secret in (string[])["d", "p", "q", "dp", "dq", "qi", "k"]) Assert.That(key.TryGetProperty(secret, out _), Is.False, secret);
            });
    }
}
