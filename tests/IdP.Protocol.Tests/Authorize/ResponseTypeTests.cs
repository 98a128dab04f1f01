namespace IdP.Protocol.Tests.Authorize;

/// <summary>Which response types and modes a client gets, and the way by which it learns that it does not (OAuth 2.0 Multiple Response Type Encoding Practices).</summary>
public sealed class ResponseTypeTests(DatabaseKind database) : FrontChannelTest(database)
{
    private static TestClient Client(string name) => name switch
    {
        "implicit" => OlderClients.Implicit,
        "implicit-identity" => OlderClients.ImplicitIdentity,
        "hybrid" => OlderClients.Hybrid,
        "hybrid-identity" => OlderClients.HybridIdentity,
        "hybrid-public" => OlderClients.HybridPublic,
        _ => TestClients.Web,
    };

    // Off by default, and exactly what each grant allows.
    [TestCase("web", "id_token", "unauthorized_client")]
    [TestCase("web", "id_token token", "unauthorized_client")]
    [TestCase("web", "code id_token", "unauthorized_client")]
    [TestCase("web", "code token", "unauthorized_client")]
    [TestCase("web", "code id_token token", "unauthorized_client")]
    [TestCase("implicit", "code id_token token", "unauthorized_client")]
    [TestCase("implicit-identity", "id_token token", "unauthorized_client")]
    [TestCase("hybrid", "id_token", "unauthorized_client")]
    [TestCase("hybrid", "id_token token", "unauthorized_client")]
    [TestCase("hybrid-identity", "code token", "unauthorized_client")]
    [TestCase("hybrid-identity", "code id_token token", "unauthorized_client")]
    // RFC 9700 2.1.2: an access token alone is never given through the browser.
    [TestCase("implicit", "token", "unsupported_response_type")]
    [TestCase("hybrid", "token", "unsupported_response_type")]
    [TestCase("web", "token", "unsupported_response_type")]
    // A set of known values, in any order, written as they are.
    [TestCase("implicit", "id_token id_token", "invalid_request")]
    [TestCase("implicit", "id_token token token", "invalid_request")]
    [TestCase("hybrid", "code id_token code", "invalid_request")]
    [TestCase("implicit", "id_token none", "invalid_request,unsupported_response_type")]
    [TestCase("implicit", "id_token nonsense", "unsupported_response_type")]
    public async Task A_refused_response_type_with_tokens_is_answered_in_the_fragment(string client, string responseType, string errors)
    {
        using var browser = Server.NewBrowser();
        var request = Server.NewRelyingParty(Client(client)).NewRequest("openid", Asking(responseType));

        var page = await browser.GetAsync(request.Url);

        Assert.That(page.Location?.Query, Is.Empty, page.Body);
        Assert.That(page.LocationParameters["error"], Is.AnyOf([.. errors.Split(',')]));
        Assert.That(page.LocationParameters["state"], Is.EqualTo(request.State));
        Assert.That(page.LocationParameters.Keys, Has.None.EqualTo("code").And.None.EqualTo("id_token").And.None.EqualTo("access_token"));
    }

    [TestCase("code code", "invalid_request")]
    [TestCase("CODE", "unsupported_response_type")]
    [TestCase("Id_Token", "unsupported_response_type")]
    [TestCase("ID_TOKEN TOKEN", "unsupported_response_type")]
    [TestCase("code nonsense", "unsupported_response_type")]
    [TestCase("none", "unsupported_response_type")]
    [TestCase("code,id_token", "unsupported_response_type")]
    [TestCase(null, "invalid_request")]
    [TestCase("", "invalid_request")]
    public async Task A_response_type_that_names_no_token_is_refused_in_the_query(string? responseType, string error)
    {
        using var browser = Server.NewBrowser();

        var page = await browser.GetAsync(Server.NewRelyingParty(OlderClients.Hybrid).NewRequest("openid", Asking(responseType)).Url);

        Assert.That(page.Location?.Fragment, Is.Empty, page.Body);
        Assert.That(page.LocationParameters["error"], Is.EqualTo(error));
    }

    [TestCase("implicit", "id_token", "nonce", null, "invalid_request")]
    [TestCase("implicit", "id_token token", "nonce", null, "invalid_request")]
    [TestCase("implicit", "id_token", "nonce", "", "invalid_request")]
    [TestCase("hybrid", "code id_token", "nonce", null, "invalid_request")]
    [TestCase("hybrid", "code id_token token", "nonce", null, "invalid_request")]
    [TestCase("implicit", "id_token", "scope", "api.read", "invalid_request")]
    [TestCase("implicit", "id_token", "scope", "offline_access", "invalid_request")]
    [TestCase("implicit", "id_token", "scope", "openid no.such.scope", "invalid_scope")]
    [TestCase("implicit", "id_token", "response_mode", "query", "invalid_request")]
    [TestCase("hybrid", "code token", "response_mode", "query", "invalid_request")]
    [TestCase("hybrid", "code id_token", "response_mode", "nonsense", "invalid_request")]
    [TestCase("hybrid", "code id_token", "response_mode", "FRAGMENT", "invalid_request")]
    [TestCase("hybrid", "code id_token", "code_challenge_method", "plain", "invalid_request")]
    [TestCase("hybrid-public", "code token", "code_challenge", null, "invalid_request")]
    [TestCase("hybrid-identity", "code id_token", "code_challenge", null, "invalid_request")]
    [TestCase("implicit", "id_token", "max_age", "-1", "invalid_request")]
    public async Task A_bad_parameter_beside_tokens_is_answered_in_the_fragment_and_never_in_the_query(string client, string responseType, string name, string? value, string error)
    {
        using var browser = Server.NewBrowser();
        List<(string, string?)> changes = [(name, value)];
        if (name == "code_challenge") changes.Add(("code_challenge_method", null));

        var page = await browser.GetAsync(Server.NewRelyingParty(Client(client)).NewRequest("openid", Asking(responseType, [.. changes])).Url);

        Assert.That(page.Location?.Query, Is.Empty, page.Body);
        Assert.That(page.LocationParameters["error"], Is.EqualTo(error));
    }

    [Test]
    public async Task A_code_may_come_in_the_fragment_when_that_is_asked_for()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        await web.SignInAsync(browser, "openid", TestUsers.Alice);

        var page = await browser.GetAsync(web.NewRequest("openid", Asking("code", ("response_mode", "fragment"))).Url);

        Assert.That((int)page.Status, Is.EqualTo(303));
        Assert.That((page.Location!.Query, page.Location.Fragment.Contains("code=")), Is.EqualTo(("", true)));
    }

    [TestCase("implicit")]
    [TestCase("implicit-identity")]
    public async Task An_implicit_client_gets_nothing_at_the_token_endpoint(string client)
    {
        var app = Server.NewRelyingParty(Client(client));

        var code = await app.TokenAsync([new("grant_type", "authorization_code"), new("code", "nonsense"), new("redirect_uri", app.RedirectUri)]);
        var refresh = await app.RefreshAsync("nonsense");
        var implicitGrant = await app.TokenAsync([new("grant_type", "implicit")]);

        Assert.That(new[] { code.Error, refresh.Error }, Is.All.AnyOf("unauthorized_client", "invalid_grant"));
        Assert.That(implicitGrant.Error, Is.AnyOf("unsupported_grant_type", "unauthorized_client", "invalid_request"));
    }
}
