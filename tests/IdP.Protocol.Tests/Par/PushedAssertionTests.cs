using System.Net;
using IdP.Protocol.Tests.Clients;

namespace IdP.Protocol.Tests.Par;

/// <summary>RFC 9126 2: a client that pushes authenticates as at the token endpoint, here with a private key.</summary>
public sealed class PushedAssertionTests(DatabaseKind database) : AssertionTest(database)
{
    private const string Push = "/connect/par";
    private static readonly TestKey Key = TestKey.Elliptic("e"), Other = TestKey.Elliptic("e");
    private static readonly TestClient App = new("app", null, "https://app.example.test/cb");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = Configuration(
            $$"""
            { "clientId": "app", "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{TestKey.Set(Key)}}, "allowedGrantTypes": ["authorization_code"], "requirePushedAuthorization": true,
              "redirectUris": ["https://app.example.test/cb"], "allowedScopes": ["openid", "api.read"] }
            """,
            Machine("machine-with-key", $$""" "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{TestKey.Set(Key)}} """)),
    };

    [Test]
    public async Task A_request_pushed_with_an_assertion_leads_to_the_tokens()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(App);
        var request = app.NewRequest("openid api.read");

        var pushed = await PushAsync(request, Key.Sign("ES256", Claims("app")));
        var answer = await app.AuthorizeAsync(browser, request with { Url = $"/connect/authorize?client_id=app&request_uri={Uri.EscapeDataString(pushed.Text("request_uri")!)}" }, TestUsers.Alice); // the push was accepted, or the test ends here
        var tokens = (await PostAsync("/connect/token", Key.Sign("ES256", Claims("app")),
            ("grant_type", "authorization_code"), ("code", answer.Code), ("redirect_uri", app.RedirectUri), ("code_verifier", request.Verifier))).Expected();

        Assert.That(pushed.Status, Is.EqualTo(HttpStatusCode.Created), pushed.Body);
        Assert.That(Jwt.Parse(tokens.IdToken!).Text("nonce"), Is.EqualTo(request.Nonce));
    }

    [TestCase("", true)]
    [TestCase("/connect/token", true)]
    [TestCase("/connect/par", true)]
    [TestCase("/connect/introspect", false)]
    [TestCase("/connect/authorize", false)]
    [TestCase("/connect/par/", false)]
    [TestCase("/CONNECT/PAR", false)]
    [TestCase(".evil.test/connect/par", false)]
    public async Task The_issuer_the_token_endpoint_and_the_endpoint_itself_are_its_audience_and_nothing_else(string audience, bool accepted)
    {
        var answer = await PushAsync(Server.NewRelyingParty(App).NewRequest("openid"), Key.Sign("ES256", Claims("app", ("aud", Origin + audience))));

        if (accepted) Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Created), answer.Body);
        else AssertRefused(answer, "aud");
    }

    [Test]
    public async Task An_assertion_for_this_endpoint_is_of_no_use_at_another()
    {
        var assertion = Key.Sign("ES256", Claims("machine-with-key", ("aud", Origin + Push)));

        AssertRefused(await TokenAsync(assertion), "aud");
    }

    [Test]
    public async Task An_assertion_is_accepted_once_here_and_at_the_token_endpoint_together()
    {
        var request = Server.NewRelyingParty(App).NewRequest("openid");
        var (pushedFirst, usedFirst) = (Key.Sign("ES256", Claims("app")), Key.Sign("ES256", Claims("app")));

        Assert.That((await PushAsync(request, pushedFirst)).Status, Is.EqualTo(HttpStatusCode.Created));
        var elsewhere = await PostAsync("/connect/token", usedFirst, ("grant_type", "authorization_code"), ("code", "nonsense"), ("redirect_uri", App.RedirectUri!), ("code_verifier", request.Verifier));

        Assert.That(elsewhere.Error, Is.EqualTo("invalid_grant"), "the assertion itself was good");
        AssertRefused(await PushAsync(request, pushedFirst), "before");
        AssertRefused(await PushAsync(request, usedFirst), "before");
        AssertRefused(await PostAsync("/connect/token", pushedFirst, ("grant_type", "authorization_code"), ("code", "nonsense"), ("redirect_uri", App.RedirectUri!), ("code_verifier", request.Verifier)), "before");
    }

    [Test]
    public async Task Of_twenty_pushes_with_one_assertion_at_the_same_time_exactly_one_is_accepted()
    {
        var (request, assertion) = (Server.NewRelyingParty(App).NewRequest("openid"), Key.Sign("ES256", Claims("app")));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => PushAsync(request, assertion))));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Created), Is.EqualTo(1));
        Assert.That(answers.Where(answer => answer.Status != HttpStatusCode.Created).Select(answer => answer.Error), Is.All.EqualTo("invalid_client"));
    }

    [Test]
    public async Task Another_key_no_assertion_and_another_clients_assertion_are_refused()
    {
        var app = Server.NewRelyingParty(App);

        AssertRefused(await PushAsync(app.NewRequest("openid"), Other.Sign("ES256", Claims("app"))), "no key");
        AssertRefused(await PushAsync(app.NewRequest("openid"), Key.Sign("ES256", Claims("machine-with-key"))));
        AssertRefused((await app.PushAsync("openid")).Answer);
    }

    [Test]
    public async Task A_push_that_is_refused_for_its_content_has_used_the_assertion_and_costs_nothing_else()
    {
        var app = Server.NewRelyingParty(App);
        var assertion = Key.Sign("ES256", Claims("app"));

        var refused = await PushAsync(app.NewRequest("openid no.such.scope"), assertion);
        var after = await PushAsync(app.NewRequest("openid"), Key.Sign("ES256", Claims("app")));

        Assert.That((refused.Status, refused.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_scope")), refused.Body);
        AssertRefused(await PushAsync(app.NewRequest("openid"), assertion), "before");
        Assert.That(after.Status, Is.EqualTo(HttpStatusCode.Created));
    }

    private Task<TokenAnswer> PushAsync(AuthorizationRequest request, string assertion) =>
        PostAsync(Push, assertion, [.. Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(new Uri(Server.Origin, request.Url).Query).Select(p => (p.Key, p.Value.ToString()))]);
}
