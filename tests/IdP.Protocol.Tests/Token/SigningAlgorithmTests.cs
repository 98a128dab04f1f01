using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Token;

/// <summary>Each client gets its ID tokens and JWT access tokens signed with the algorithm it registered (OpenID Connect Dynamic Registration 2).</summary>
public sealed class SigningAlgorithmTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => new(Database)
    {
        Configuration = TestConfiguration.With(new JsonObject
        {
            ["clients"] = new JsonArray([.. SigningAlgorithms.Supported.Select(algorithm => JsonNode.Parse($$"""
                {
                  "clientId": "app-{{algorithm}}", "clientSecrets": [{ "value": "app-secret" }], "allowedGrantTypes": ["authorization_code"],
                  "idTokenSignedResponseAlg": "{{algorithm}}", "redirectUris": ["https://app.example.test/cb"], "allowedScopes": ["openid", "profile", "api.read"]
                }
                """)), .. LegacyClients.Select(json => JsonNode.Parse(json))]),
        }.ToJsonString()),
    };

    [TestCaseSource(typeof(SigningAlgorithms), nameof(SigningAlgorithms.Supported))]
    public async Task Tokens_are_signed_with_the_registered_algorithm_by_a_key_of_that_algorithm_alone(string algorithm)
    {
        using var browser = Server.NewBrowser();
        var app = App(algorithm);

        var tokens = await app.SignInAsync(browser, "openid api.read", TestUsers.Alice);

        var keySet = await app.KeySetAsync();
        foreach (var token in (Jwt[])[Jwt.Parse(tokens.IdToken!), Jwt.Parse(tokens.AccessToken!)])
        {
            Assert.That(token.Header.GetProperty("alg").GetString(), Is.EqualTo(algorithm));
            Assert.That(token.IsSignedBy(keySet), Is.True);
            Assert.That(Key(keySet, token).GetProperty("alg").GetString(), Is.EqualTo(algorithm));
        }
        (await app.UserInfoAsync(tokens.AccessToken!)).Expected();
        Assert.That((await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(tokens.AccessToken!)).Json.GetProperty("active").GetBoolean(), Is.True);
    }

    [TestCaseSource(typeof(SigningAlgorithms), nameof(SigningAlgorithms.Supported))]
    public async Task The_hash_of_the_access_token_is_made_with_the_hash_of_the_id_tokens_algorithm(string algorithm)
    {
        using var browser = Server.NewBrowser();

        var tokens = await App(algorithm).SignInAsync(browser, "openid", TestUsers.Alice);

        var digest = CryptographicOperations.HashData(new HashAlgorithmName("SHA" + algorithm[2..]), Encoding.ASCII.GetBytes(tokens.AccessToken!));
        Assert.That(Jwt.Parse(tokens.IdToken!).Text("at_hash"), Is.EqualTo(WebEncoders.Base64UrlEncode(digest, 0, digest.Length / 2)));
        Assert.That(Jwt.Parse(tokens.IdToken!).Text("s_hash"), Is.Null);
    }

    [Test]
    public async Task The_key_set_names_a_key_for_every_algorithm_that_a_client_registered_before_the_first_token()
    {
        var keySet = await App("RS256").KeySetAsync();

        Assert.That(keySet.GetProperty("keys").EnumerateArray().Where(k => k.GetProperty("use").GetString() == "sig").Select(k => k.GetProperty("alg").GetString()), Is.EquivalentTo(SigningAlgorithms.Supported));
    }

    [TestCase("RS256", "PS256")]
    [TestCase("RS256", "RS512")]
    [TestCase("PS512", "RS512")]
    [TestCase("RS256", "none")]
    [TestCase("RS256", "HS256")]
    public async Task A_token_whose_header_names_another_algorithm_than_its_key_has_is_refused(string algorithm, string forged)
    {
        using var browser = Server.NewBrowser();
        var app = App(algorithm);
        var token = (await app.SignInAsync(browser, "openid", TestUsers.Alice)).AccessToken!;
        var header = JsonNode.Parse(WebEncoders.Base64UrlDecode(token.Split('.')[0]))!;
        header["alg"] = forged;
        var input = Encode(header) + "." + token.Split('.')[1];

        // The public key as an HMAC secret is the classic; the others keep a signature that is not theirs.
        var signature = forged switch
        {
            "HS256" => WebEncoders.Base64UrlEncode(HMACSHA256.HashData(PublicKey(await app.KeySetAsync(), token), Encoding.ASCII.GetBytes(input))),
            "none" => "",
            _ => token.Split('.')[2],
        };
        var answer = await app.UserInfoAsync(input + "." + signature);

        Assert.That(answer.Status, Is.EqualTo(System.Net.HttpStatusCode.Unauthorized));
    }

    [TestCase("kid", "\"0123456789abcdef\"")]
    [TestCase("kid", "\"../../../../dev/null\"")]
    [TestCase("kid", "\"' OR 1=1 --\"")]
    [TestCase("kid", "\"\\u0000\"")]
    public async Task A_token_signed_by_a_stranger_is_refused_whatever_key_it_names(string member, string value)
    {
        using var rsa = RSA.Create(2048);
        var key = rsa.ExportParameters(false);
        var header = JsonNode.Parse($$"""{"alg":"RS256","typ":"at+jwt","{{member}}":{{value}}}""")!;
        header["jwk"] = new JsonObject { ["kty"] = "RSA", ["n"] = WebEncoders.Base64UrlEncode(key.Modulus!), ["e"] = WebEncoders.Base64UrlEncode(key.Exponent!) };
        header["jku"] = "https://evil.example.test/jwks";
        header["x5u"] = "https://evil.example.test/cert";
        var payload = new JsonObject
        {
            ["iss"] = Server.Origin.ToString().TrimEnd('/'),
            ["sub"] = Guid.NewGuid().ToString(),
            ["client_id"] = "web",
            ["scope"] = "openid",
            ["exp"] = Server.Clock.Time.GetUtcNow().AddHours(1).ToUnixTimeSeconds(),
        };
        var input = Encode(header) + "." + Encode(payload);
        var token = input + "." + WebEncoders.Base64UrlEncode(rsa.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

        Assert.That((await App("RS256").UserInfoAsync(token)).Status, Is.EqualTo(System.Net.HttpStatusCode.Unauthorized));
        Assert.That((await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(token)).Json.GetProperty("active").GetBoolean(), Is.False);
    }

    [Test]
    public async Task An_older_app_gets_id_tokens_signed_with_its_secret_and_access_tokens_by_our_key()
    {
        using var browser = Server.NewBrowser();
        var legacy = Server.NewRelyingParty(Legacy);

        var tokens = await legacy.SignInAsync(browser, "openid api.read", TestUsers.Alice);

        var idToken = Jwt.Parse(tokens.IdToken!);
        Assert.That((idToken.Header.GetProperty("alg").GetString(), idToken.Header.TryGetProperty("kid", out _)), Is.EqualTo(("HS256", false)));
        Assert.That(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Legacy.Secret!), Encoding.ASCII.GetBytes(idToken.SigningInput)), Is.EqualTo(idToken.Signature));
        var digest = SHA256.HashData(Encoding.ASCII.GetBytes(tokens.AccessToken!));
        Assert.That(idToken.Text("at_hash"), Is.EqualTo(WebEncoders.Base64UrlEncode(digest, 0, 16)));
        Assert.That(Jwt.Parse(tokens.AccessToken!).Header.GetProperty("alg").GetString(), Is.EqualTo("RS256"));
        Assert.That(Jwt.Parse(tokens.AccessToken!).IsSignedBy(await legacy.KeySetAsync()), Is.True);
        (await legacy.UserInfoAsync(tokens.AccessToken!)).Expected();
    }

    [Test]
    public async Task A_token_signed_with_a_secret_is_a_hint_for_its_own_client_and_nothing_else()
    {
        using var browser = Server.NewBrowser();
        var legacy = Server.NewRelyingParty(Legacy);
        var idToken = (await legacy.SignInAsync(browser, "openid", TestUsers.Alice)).IdToken!;
        using var others = Server.NewBrowser();
        await legacy.SignInAsync(others, "openid", TestUsers.Bob);
        // The same client's secret, in the name of a client whose ID tokens we sign ourselves.
        var payload = JsonNode.Parse(WebEncoders.Base64UrlDecode(idToken.Split('.')[1]))!;
        (payload["aud"], payload["azp"]) = ("app-RS256", "app-RS256");
        var forged = Sign(Encode(JsonNode.Parse("""{"alg":"HS256","typ":"JWT"}""")!) + "." + Encode(payload));
        var asAccessToken = Sign(Encode(JsonNode.Parse("""{"alg":"HS256","typ":"at+jwt"}""")!) + "." + idToken.Split('.')[1]);

        async Task<string?> SilentAsync(RelyingParty app, BrowserClient who, string hint) =>
            (await app.AuthorizeAsync(who, "openid", user: null, KeyValuePair.Create("prompt", (string?)"none"), KeyValuePair.Create("id_token_hint", (string?)hint))).Error;

        Assert.That(await SilentAsync(legacy, browser, idToken), Is.Null);
        Assert.That(await SilentAsync(legacy, others, idToken), Is.EqualTo("login_required"));
        Assert.That(await SilentAsync(App("RS256"), others, forged), Is.EqualTo("login_required"), "a hint that is not ours names nobody");
        Assert.That((await legacy.UserInfoAsync(asAccessToken)).Status, Is.EqualTo(System.Net.HttpStatusCode.Unauthorized));
        Assert.That((await legacy.UserInfoAsync(idToken)).Status, Is.EqualTo(System.Net.HttpStatusCode.Unauthorized));
        Assert.That((await legacy.IntrospectAsync(idToken)).Json.GetProperty("active").GetBoolean(), Is.False);

        static string Sign(string input) => input + "." + WebEncoders.Base64UrlEncode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Legacy.Secret!), Encoding.ASCII.GetBytes(input)));
    }

    private static readonly TestClient Legacy = new("legacy-hs", "a secret of an older app, long enough for HS256", "https://app.example.test/cb");

    private static readonly string[] LegacyClients =
    [
        $$"""{ "clientId": "legacy-hs", "clientSecrets": [{ "value": "{{Legacy.Secret}}" }], "allowedGrantTypes": ["authorization_code"], "idTokenSignedResponseAlg": "HS256", "redirectUris": ["https://app.example.test/cb"], "allowedScopes": ["openid", "api.read"] }""",
    ];

    private RelyingParty App(string algorithm) => Server.NewRelyingParty(new TestClient("app-" + algorithm, "app-secret", "https://app.example.test/cb"));

    private static JsonElement Key(JsonElement keySet, Jwt token) =>
        keySet.GetProperty("keys").EnumerateArray().Single(k => k.GetProperty("kid").GetString() == token.Header.GetProperty("kid").GetString());

    private static byte[] PublicKey(JsonElement keySet, string token)
    {
        var key = Key(keySet, Jwt.Parse(token));
        using var rsa = RSA.Create(new RSAParameters { Modulus = WebEncoders.Base64UrlDecode(key.GetProperty("n").GetString()!), Exponent = WebEncoders.Base64UrlDecode(key.GetProperty("e").GetString()!) });
        return Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem());
    }

    private static string Encode(JsonNode json) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
