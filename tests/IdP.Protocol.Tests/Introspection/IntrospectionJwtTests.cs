using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Introspection;

/// <summary>RFC 9701: the introspection answer as a JWT for one caller, which nobody can take for an access token.</summary>
public sealed class IntrospectionJwtTests(DatabaseKind database) : ServerTest(database)
{
    private const string MediaType = "application/token-introspection+jwt";
    private static readonly RSAParameters EncryptionKey = NewKey();
    private static readonly TestClient Sealed = new("urn:test:sealed", "sealed-secret"), Keyless = new("urn:test:keyless", "keyless-secret");

    protected override ServerSettings Settings
    {
        get
        {
            return base.Settings with
            {
                Configuration = TestConfiguration.With($$"""
                    { "apiScopes": [{ "name": "sealed.read" }],
                      "apiResources": [
                        { "name": "urn:test:sealed", "scopes": ["sealed.read"], "apiSecrets": [{ "value": "sealed-secret" }], "introspectionSignedResponseAlg": "ES256", "introspectionEncryptedResponseAlg": "RSA-OAEP-256",
                          "jwks": { "keys": [{ "kty": "RSA", "use": "enc", "kid": "e1", "n": "{{WebEncoders.Base64UrlEncode(EncryptionKey.Modulus!)}}", "e": "{{WebEncoders.Base64UrlEncode(EncryptionKey.Exponent!)}}" }] } },
                        { "name": "urn:test:keyless", "scopes": ["sealed.read"], "apiSecrets": [{ "value": "keyless-secret" }], "introspectionEncryptedResponseAlg": "RSA-OAEP-256", "jwksUri": "http://127.0.0.1:9/none" }
                      ],
                      "clients": [
                        { "clientId": "sealing", "clientSecrets": [{ "value": "sealing-secret" }], "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["sealed.read"] }
                      ] }
                    """),
            };
        }
    }

    private async Task<(HttpStatusCode Status, string? Type, string Body)> AskAsync(TestClient caller, string token, string accept = MediaType)
    {
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/introspect") { Content = new FormUrlEncodedContent([new("token", token)]) };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.Authorization = RelyingParty.Basic(caller.ClientId, caller.Secret!);
        using var response = await http.SendAsync(request);
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }

    [Test]
    public async Task A_caller_that_asks_for_a_jwt_gets_one_that_says_everything_in_one_member()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid api.read", TestUsers.Alice);

        var (status, type, body) = await AskAsync(TestClients.Api, tokens.AccessToken!);
        var jwt = Jwt.Parse(body);
        var answer = jwt.Payload.GetProperty("token_introspection");

        Assert.That((status, type), Is.EqualTo((HttpStatusCode.OK, MediaType)));
        Assert.That(jwt.IsSignedBy(await web.KeySetAsync()), Is.True);
        Assert.That((jwt.Header.GetProperty("typ").GetString(), jwt.Header.GetProperty("alg").GetString()), Is.EqualTo(("token-introspection+jwt", "RS256")));
        Assert.That(jwt.Payload.EnumerateObject().Select(p => p.Name), Is.EquivalentTo(new[] { "iss", "aud", "iat", "token_introspection" }));
        Assert.That((jwt.Text("iss"), jwt.Text("aud")), Is.EqualTo((Server.Origin.ToString().TrimEnd('/'), TestClients.Api.ClientId)));
        Assert.That((answer.GetProperty("active").GetBoolean(), answer.GetProperty("scope").GetString(), answer.GetProperty("client_id").GetString()), Is.EqualTo((true, "api.read", "web")));
        Assert.That(answer.GetProperty("sub").GetString(), Is.EqualTo(Jwt.Parse(tokens.IdToken!).Text("sub")));
        Assert.That(answer.GetProperty("exp").ValueKind, Is.EqualTo(JsonValueKind.Number));
        Assert.That((await web.UserInfoAsync(body)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "it is no access token");
    }

    [Test]
    public async Task Of_a_token_that_is_not_the_callers_business_the_jwt_says_nothing_else_than_inactive()
    {
        var (_, type, body) = await AskAsync(TestClients.Api, "nonsense");

        Assert.That(type, Is.EqualTo(MediaType));
        Assert.That(Jwt.Parse(body).Payload.GetProperty("token_introspection").GetRawText(), Is.EqualTo("""{"active":false}"""));
    }

    [TestCase("application/json")]
    [TestCase("*/*")]
    [TestCase("application/token-introspection+jwt;q=0, application/json")]
    [TestCase("nonsense")]
    public async Task Whoever_does_not_ask_for_a_jwt_gets_json(string accept)
    {
        var (status, type, body) = await AskAsync(TestClients.Api, "nonsense", accept);

        Assert.That((status, type), Is.EqualTo((HttpStatusCode.OK, "application/json")), body);
    }

    [Test]
    public async Task The_answer_is_signed_and_encrypted_as_the_caller_registered()
    {
        var token = (await Server.NewRelyingParty(new TestClient("sealing", "sealing-secret")).ClientCredentialsAsync("sealed.read")).Expected().AccessToken!;

        var (_, type, body) = await AskAsync(Sealed, token);
        var header = JsonDocument.Parse(WebEncoders.Base64UrlDecode(body.Split('.')[0])).RootElement;
        var jwt = Jwt.Parse(Decrypt(body));

        Assert.That(type, Is.EqualTo(MediaType));
        Assert.That((header.GetProperty("alg").GetString(), header.GetProperty("enc").GetString(), header.GetProperty("kid").GetString(), header.GetProperty("cty").GetString()?.ToUpperInvariant()), Is.EqualTo(("RSA-OAEP-256", "A128CBC-HS256", "e1", "JWT")));
        Assert.That(jwt.Header.GetProperty("alg").GetString(), Is.EqualTo("ES256"));
        Assert.That(jwt.IsSignedBy(await Server.NewRelyingParty(TestClients.Web).KeySetAsync()), Is.True);
        Assert.That(jwt.Payload.GetProperty("token_introspection").GetProperty("active").GetBoolean(), Is.True);
    }

    [Test]
    public async Task Without_a_key_to_encrypt_to_nothing_goes_out_in_clear()
    {
        var (status, type, body) = await AskAsync(Keyless, "nonsense");

        Assert.That((status, type), Is.EqualTo((HttpStatusCode.BadRequest, "application/json")), body);
        Assert.That(body, Does.Contain("invalid_request").And.Not.Contain("active"));
    }

    /// <summary>RFC 7516 5.2 with RSA-OAEP-256 and A128CBC-HS256, written without the server's libraries.</summary>
    private static string Decrypt(string jwe)
    {
        var parts = jwe.Split('.');
        using var rsa = RSA.Create(EncryptionKey);
        var key = rsa.Decrypt(WebEncoders.Base64UrlDecode(parts[1]), RSAEncryptionPadding.OaepSHA256);
        var (iv, cipher, tag, aad) = (WebEncoders.Base64UrlDecode(parts[2]), WebEncoders.Base64UrlDecode(parts[3]), WebEncoders.Base64UrlDecode(parts[4]), Encoding.ASCII.GetBytes(parts[0]));
        var length = BitConverter.GetBytes((long)aad.Length * 8);
        Array.Reverse(length);
        var mac = HMACSHA256.HashData(key.AsSpan(0, 16), [.. aad, .. iv, .. cipher, .. length]);
        Assert.That(mac[..16], Is.EqualTo(tag), "authentication tag");
        using var aes = Aes.Create();
        aes.Key = key[16..];
        return Encoding.UTF8.GetString(aes.DecryptCbc(cipher, iv));
    }

    private static RSAParameters NewKey()
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportParameters(includePrivateParameters: true);
    }
}
