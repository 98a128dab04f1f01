using System.Net;
using IdP.Protocol.Tests.Authorize;

namespace IdP.Protocol.Tests.Par;

/// <summary>RFC 9126 2.1: a pushed request is validated as if it came to the authorization endpoint, by the rules of its client too.</summary>
public sealed class PushedClientRulesTests(DatabaseKind database) : FrontChannelTest(database)
{
    private static TestClient Client(string name) => name switch
    {
        "implicit" => OlderClients.Implicit,
        "implicit-identity" => OlderClients.ImplicitIdentity,
        "hybrid" => OlderClients.Hybrid,
        "hybrid-identity" => OlderClients.HybridIdentity,
        "hybrid-public" => OlderClients.HybridPublic,
        "optional-pkce" => OlderClients.OptionalPkce,
        _ => TestClients.Web,
    };

    [TestCase("web", "code", null, null, null)]
    [TestCase("web", "code", "response_mode", "form_post", null)]
    [TestCase("web", "code", "nonce", null, null)]
    [TestCase("web", "code", "scope", "openid offline_access", null)]
    [TestCase("web", "code", "code_challenge", null, "invalid_request")]
    [TestCase("web", "code", "scope", "openid nonsense", "invalid_scope")]
    [TestCase("web", "code", "response_mode", "nonsense", "invalid_request")]
    [TestCase("web", "code", "claims", "[]", "invalid_request")]
    [TestCase("web", "code", "resource", "/etc/passwd", "invalid_target")]
    [TestCase("web", "code id_token", null, null, "unauthorized_client")]
    [TestCase("web", "id_token", null, null, "unauthorized_client")]
    [TestCase("web", "token", null, null, "unsupported_response_type")]
    [TestCase("optional-pkce", "code", "code_challenge", null, null)]
    [TestCase("optional-pkce", "code", "scope", "openid offline_access", "invalid_scope")]
    [TestCase("implicit", "id_token", null, null, null)]
    [TestCase("implicit", "id_token token", null, null, null)]
    [TestCase("implicit", "id_token", "scope", "openid offline_access", null)]
    [TestCase("implicit", "id_token", "scope", "offline_access", "invalid_request")]
    [TestCase("implicit", "id_token", "nonce", null, "invalid_request")]
    [TestCase("implicit", "id_token token", "nonce", "", "invalid_request")]
    [TestCase("implicit", "id_token", "response_mode", "query", "invalid_request")]
    [TestCase("implicit", "id_token token", "resource", "urn:test:api", "invalid_target")]
    [TestCase("implicit-identity", "id_token token", null, null, "unauthorized_client")]
    [TestCase("hybrid", "code token", "nonce", null, null)]
    [TestCase("hybrid", "code id_token", "nonce", null, "invalid_request")]
    [TestCase("hybrid", "code id_token code", null, null, "invalid_request")]
    [TestCase("hybrid", "id_token", null, null, "unauthorized_client")]
    [TestCase("hybrid-identity", "code id_token token", null, null, "unauthorized_client")]
    [TestCase("hybrid-public", "code token", "code_challenge", null, "invalid_request")]
    public async Task A_request_is_refused_at_the_push_as_it_is_refused_at_the_authorization_endpoint(string client, string responseType, string? name, string? value, string? error)
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Client(client));
        List<(string, string?)> changes = name is null ? [] : [(name, value)];
        if (name == "code_challenge") changes.Add(("code_challenge_method", null));

        var pushed = (await app.PushAsync("openid", Asking(responseType, [.. changes]))).Answer;
        var visited = await browser.GetAsync(app.NewRequest("openid", Asking(responseType, [.. changes])).Url);

        Assert.That((pushed.Status, pushed.Error), Is.EqualTo((error is null ? HttpStatusCode.Created : HttpStatusCode.BadRequest, error)), pushed.Body);
        Assert.That(visited.LocationParameters.GetValueOrDefault("error"), Is.EqualTo(error), visited.Body);
    }

    [TestCase("code token", "nonce", null, "code,access_token")]
    [TestCase("code id_token", "response_mode", "form_post", "code,id_token")]
    [TestCase("code id_token token", null, null, "code,id_token,access_token")]
    public async Task A_pushed_hybrid_request_is_answered_as_it_was_pushed(string responseType, string? name, string? value, string expected)
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.Hybrid);

        var pushed = await app.PushAsync("openid api.read", Asking(responseType, name is null ? [] : [(name, value)]));
        var answer = await app.AuthorizeAsync(browser, pushed.Request, TestUsers.Alice);

        Assert.That(answer.Parameters.Keys, Is.SupersetOf(expected.Split(',')));
        Assert.That(answer.Parameters["state"], Is.EqualTo(pushed.Request.State));
        if (answer.Parameters.TryGetValue("id_token", out var idToken)) Assert.That(Jwt.Parse(idToken).Text("nonce"), Is.EqualTo(pushed.Request.Nonce));
        (await app.ExchangeCodeAsync(answer)).Expected();
    }

    [Test]
    public async Task The_wish_for_a_refresh_token_in_a_pushed_request_without_a_code_is_ignored_and_never_granted()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.Implicit);

        var pushed = await app.PushAsync("openid api.read offline_access", Asking("id_token token"));
        var answer = await app.AuthorizeAsync(browser, pushed.Request, TestUsers.Alice);

        Assert.That(Jwt.Parse(answer.Parameters["access_token"]).Text("scope")!.Split(' '), Is.EquivalentTo(new[] { "openid", "api.read" }));
    }

    [TestCase("response_type=id_token&scope=openid%20offline_access")]
    [TestCase("response_type=id_token%20token&nonce=")]
    public async Task What_stands_beside_a_reference_takes_nothing_away_from_what_was_pushed(string beside)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var pushed = await web.PushAsync("openid offline_access");

        var answer = await web.AuthorizeAsync(browser, pushed.Request with { Url = pushed.Request.Url + "&" + beside }, TestUsers.Alice);

        Assert.That((await web.ExchangeCodeAsync(answer)).Expected().RefreshToken, Is.Not.Null);
    }
}
