using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Protocol.Tests.Registration;

namespace IdP.Protocol.Tests.Conformance;

/// <summary>The plan for dynamic providers, where every client is registered at run time.</summary>
public sealed class DynamicPlanTests(DatabaseKind database) : RegistrationTest(database)
{
    protected override IReadOnlyDictionary<string, string> Policy => new Dictionary<string, string>
    {
        ["Mode"] = "Open", ["MaxPerSource"] = "10000", ["RequirePkce"] = "false", ["RequireConsent"] = "false",
        ["AllowedGrantTypes:0"] = "authorization_code", ["AllowedGrantTypes:1"] = "implicit", ["AllowedGrantTypes:2"] = "refresh_token",
    };

    private string Issuer => Server.Origin.ToString().TrimEnd('/');

    [TestCase("code")]
    [TestCase("id_token")]
    [TestCase("id_token token")]
    [TestCase("code id_token")]
    [TestCase("code token")]
    [TestCase("code id_token token")]
    public async Task A_client_registered_for_a_response_type_signs_people_in_with_RS256_id_tokens(string responseType)
    {
        var registered = await RegisterAsync(Metadata(("response_types", new JsonArray(responseType)), ("id_token_signed_response_alg", "RS256"),
            ("grant_types", new JsonArray([.. responseType.Contains("code", StringComparison.Ordinal) ? (JsonNode[])["authorization_code"] : [], .. responseType == "code" ? (JsonNode[])[] : ["implicit"]]))));
        Assert.That(registered.Status, Is.EqualTo(HttpStatusCode.Created), registered.Body);
        Assert.That(List(registered, "response_types"), Does.Contain(responseType));
        var app = AsRelyingParty(registered);
        using var browser = Server.NewBrowser();

        var answer = await app.AuthorizeAsync(browser, "openid", TestUsers.Alice, [new("response_type", responseType), new("code_challenge", null), new("code_challenge_method", null)]);

        var idToken = answer.Parameters.GetValueOrDefault("id_token")
            ?? (await app.TokenAsync([new("grant_type", "authorization_code"), new("code", answer.Code), new("redirect_uri", Callback)])).Expected().IdToken!;
        Assert.That(Jwt.Parse(idToken).Header.GetProperty("alg").GetString(), Is.EqualTo("RS256"));
        Assert.That(Jwt.Parse(idToken).IsSignedBy(await app.KeySetAsync()), Is.True);
    }

    [Test]
    public async Task Unsigned_id_tokens_are_neither_advertised_nor_registered()
    {
        using var discovery = JsonDocument.Parse(await Server.NewHttpClient().GetStringAsync("/.well-known/openid-configuration"));

        Assert.That(discovery.RootElement.GetProperty("id_token_signing_alg_values_supported").EnumerateArray().Select(alg => alg.GetString()), Has.None.EqualTo("none"));
        AssertRefused(await RegisterAsync(Metadata(("id_token_signed_response_alg", "none"))), "invalid_client_metadata");
    }

    [Test]
    public async Task Userinfo_is_signed_for_a_client_registered_for_it()
    {
        var app = AsRelyingParty(await RegisterAsync(Metadata(("userinfo_signed_response_alg", "RS256"))));
        using var browser = Server.NewBrowser();
        var tokens = await app.SignInAsync(browser, "openid", TestUsers.Alice);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/connect/userinfo") { Headers = { Authorization = new("Bearer", tokens.AccessToken) } };

        using var answer = await Server.NewHttpClient().SendAsync(request);

        var userinfo = Jwt.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Multiple(async () =>
        {
            Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/jwt"));
            Assert.That(userinfo.IsSignedBy(await app.KeySetAsync()), Is.True);
            Assert.That((userinfo.Header.GetProperty("alg").GetString(), userinfo.Text("iss"), userinfo.Text("aud"), userinfo.Text("sub")), Is.EqualTo(("RS256", Issuer, app.ClientId, Jwt.Parse(tokens.IdToken!).Text("sub"))));
        });
    }

    [TestCase(null, false)]
    [TestCase("https://registered.example.test/cb?foo=bar", true)]
    [TestCase("https://registered.example.test/cb?foo=other", false)]
    [TestCase("https://registered.example.test/second?added=1", false)]
    [TestCase("https://registered.example.test/second", true)]
    public async Task A_redirect_uri_must_be_named_and_equal_a_registered_one_query_included(string? redirectUri, bool accepted)
    {
        var registered = await RegisterAsync(Metadata(("redirect_uris", new JsonArray("https://registered.example.test/cb?foo=bar", "https://registered.example.test/second"))));
        var app = AsRelyingParty(registered);
        using var browser = Server.NewBrowser();
        await browser.SignInAsync(await browser.OpenAsync("/signin"), TestUsers.Alice.UserName, TestUsers.Alice.Password);

        var page = await browser.OpenAsync(app.NewRequest("openid", KeyValuePair.Create("redirect_uri", redirectUri)).Url);

        if (accepted)
        {
            Assert.That(page.Location?.AbsoluteUri, Does.StartWith(redirectUri + (redirectUri!.Contains('?', StringComparison.Ordinal) ? "&" : "?")));
            Assert.That(page.LocationParameters, Contains.Key("code"));
        }
        else Assert.That((page.Status, page.Location), Is.EqualTo((HttpStatusCode.BadRequest, (Uri?)null)));
    }

    [Test]
    public async Task Policy_and_terms_of_a_registered_app_are_linked_where_people_sign_in()
    {
        var app = AsRelyingParty(await RegisterAsync(Metadata(("policy_uri", "https://registered.example.test/policy"), ("tos_uri", "https://registered.example.test/tos"))));
        using var browser = Server.NewBrowser();

        var page = await browser.OpenAsync(app.NewRequest("openid").Url);

        Assert.That(page.Body, Does.Contain("https://registered.example.test/policy").And.Contain("https://registered.example.test/tos"));
    }
}
