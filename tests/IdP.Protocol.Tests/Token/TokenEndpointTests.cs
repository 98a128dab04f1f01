using System.Net;
using System.Text;

namespace IdP.Protocol.Tests.Token;

/// <summary>The token endpoint as any client meets it (RFC 6749 3.2 and 5).</summary>
public sealed class TokenEndpointTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestClient Posting = new("posting", "posting-secret");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "odd-secret", "clientSecrets": [{ "value": "s+cr%t:x /?&=" }], "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["api.read"] },
              { "clientId": "posting", "tokenEndpointAuthMethod": "client_secret_post", "clientSecrets": [{ "value": "posting-secret" }], "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["api.read", "api.write"] },
              { "clientId": "scopeless", "clientSecrets": [{ "value": "scopeless-secret" }], "allowedGrantTypes": ["client_credentials"], "allowedScopes": [] }
            ] }
            """),
    };

    private static Task<TokenAnswer> PostAsync(HttpClient http, params KeyValuePair<string, string>[] form) => SendAsync(http, new FormUrlEncodedContent(form));

    private static async Task<TokenAnswer> SendAsync(HttpClient http, HttpContent content) => await TokenAnswer.ReadAsync(await http.PostAsync("/connect/token", content));

    [Test]
    public async Task Every_answer_is_json_that_nobody_keeps()
    {
        var machine = Server.NewRelyingParty(TestClients.Machine);
        using var http = Server.NewHttpClient();

        foreach (var answer in new[] { await machine.ClientCredentialsAsync("api.read"), await machine.ClientCredentialsAsync("nonsense"), await PostAsync(http, KeyValuePair.Create("grant_type", "client_credentials")) })
        {
            Assert.That(answer.Json.ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Object), answer.Body);
            Assert.That(answer.Headers.CacheControl?.NoStore, Is.True);
            Assert.That(answer.Headers.Pragma.ToString(), Is.EqualTo("no-cache"));
        }
    }

    [Test]
    public async Task Only_a_posted_form_is_taken()
    {
        using var http = Server.NewHttpClient();

        using var get = await http.GetAsync("/connect/token?grant_type=client_credentials");
        using var put = await http.PutAsync("/connect/token", new FormUrlEncodedContent([]));
        var json = await SendAsync(http, new StringContent("""{"grant_type":"client_credentials"}""", null, "application/json"));
        var text = await SendAsync(http, new StringContent("grant_type=client_credentials", null, "text/plain"));

        Assert.That(new[] { get.StatusCode, put.StatusCode }, Has.All.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(get.Content.Headers.Allow, Is.EqualTo(new[] { "POST" }));
        foreach (var answer in new[] { json, text }) Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.UnsupportedMediaType, "invalid_request")));
    }

    [Test]
    public async Task A_secret_with_every_awkward_character_works_in_the_header()
    {
        using var odd = new RelyingParty(Server.Origin, "odd-secret", "s+cr%t:x /?&=");

        Assert.That((await odd.ClientCredentialsAsync("api.read")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_secret_in_the_form_works_for_a_client_that_registered_so()
    {
        using var http = Server.NewHttpClient();

        var answer = await PostAsync(http, new("grant_type", "client_credentials"), new("client_id", Posting.ClientId), new("client_secret", Posting.Secret!));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
        Assert.That(Jwt.Parse(answer.AccessToken!).Text("scope")!.Split(' '), Is.EquivalentTo(new[] { "api.read", "api.write" }), "without a scope it gets all it may have");
    }

    [Test]
    public async Task An_unknown_client_or_a_wrong_secret_is_401_and_the_header_is_answered_with_a_challenge()
    {
        using var unknown = new RelyingParty(Server.Origin, "nobody", "x");
        using var wrong = new RelyingParty(Server.Origin, "machine", "x");
        using var http = Server.NewHttpClient();

        var first = await unknown.ClientCredentialsAsync("api.read");
        var second = await wrong.ClientCredentialsAsync("api.read");
        var posted = await PostAsync(http, new("grant_type", "client_credentials"), new("client_id", Posting.ClientId), new("client_secret", "x"));

        foreach (var answer in new[] { first, second, posted }) Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.Unauthorized, "invalid_client")), answer.Body);
        foreach (var answer in new[] { first, second }) Assert.That(answer.Headers.WwwAuthenticate.ToString(), Does.StartWith("Basic"));
    }

    [Test]
    public async Task Two_ways_of_authentication_at_once_are_refused()
    {
        var answer = await Server.NewRelyingParty(TestClients.Machine).TokenAsync([new("grant_type", "client_credentials"), new("client_secret", "machine-secret"), new("client_id", "machine")]);

        Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")));
    }

    [TestCase(null, "invalid_request")]
    [TestCase("nonsense", "unsupported_grant_type")]
    [TestCase("urn:example:custom", "unsupported_grant_type")]
    [TestCase("CLIENT_CREDENTIALS", "unsupported_grant_type")]
    public async Task A_grant_type_that_is_none_is_refused(string? grantType, string error)
    {
        var answer = await Server.NewRelyingParty(TestClients.Machine).TokenAsync(grantType is null ? [new("scope", "api.read")] : [new("grant_type", grantType)]);

        Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, error)), answer.Body);
    }

    [Test]
    public async Task A_grant_type_that_the_client_may_not_use_is_unauthorized()
    {
        var web = await Server.NewRelyingParty(TestClients.Web).ClientCredentialsAsync("api.read");
        var machine = await Server.NewRelyingParty(TestClients.Machine).TokenAsync([new("grant_type", "authorization_code"), new("code", "x"), new("redirect_uri", "https://x.test/"), new("code_verifier", new string('x', 43))]);

        Assert.That((web.Status, web.Error), Is.EqualTo((HttpStatusCode.BadRequest, "unauthorized_client")));
        Assert.That(machine.Error, Is.AnyOf("unauthorized_client", "invalid_grant"));
    }

    [TestCase("openid")]
    [TestCase("profile")]
    [TestCase("offline_access")]
    [TestCase("no.such.scope")]
    [TestCase("api.read no.such.scope")]
    [TestCase("api.read\u00a0api.write")]
    public async Task A_machine_gets_no_scope_that_needs_a_person_and_none_it_was_not_given(string scope)
    {
        var answer = await Server.NewRelyingParty(TestClients.Machine).ClientCredentialsAsync(scope);

        Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_scope")));
    }

    [Test]
    public async Task A_machine_that_may_have_nothing_gets_nothing()
    {
        var answer = await Server.NewRelyingParty(new TestClient("scopeless", "scopeless-secret")).TokenAsync([new("grant_type", "client_credentials")]);

        Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_scope")));
    }

    [Test]
    public async Task A_machines_token_has_the_shape_of_rfc_9068_and_no_refresh_token_beside_it()
    {
        var answer = (await Server.NewRelyingParty(TestClients.Machine).ClientCredentialsAsync("api.read")).Expected();
        var token = Jwt.Parse(answer.AccessToken!);

        Assert.That(token.Header.GetProperty("typ").GetString(), Is.EqualTo("at+jwt"));
        Assert.That((token.Text("iss"), token.Text("aud"), token.Text("client_id"), token.Text("scope")), Is.EqualTo((Server.Origin.ToString().TrimEnd('/'), "urn:test:api", "machine", "api.read")));
        Assert.That(token.Text("jti"), Is.Not.Empty);
        Assert.That(token.Instant("exp") - token.Instant("iat"), Is.EqualTo(TimeSpan.FromHours(1)));
        Assert.That(answer.Text("token_type"), Is.EqualTo("Bearer"));
        Assert.That(int.Parse(answer.Text("expires_in")!, System.Globalization.CultureInfo.InvariantCulture), Is.InRange(3590, 3600));
        Assert.That((answer.RefreshToken, answer.IdToken), Is.EqualTo(((string?)null, (string?)null)));
    }

    [Test]
    public async Task A_public_client_without_any_credentials_cannot_act_for_itself()
    {
        var answer = await Server.NewRelyingParty(TestClients.Spa).ClientCredentialsAsync("api.read");

        Assert.That(answer.Error, Is.AnyOf("invalid_client", "unauthorized_client"));
    }

    [TestCase("grant_type=client_credentials&scope=%00")]
    [TestCase("%")]
    [TestCase("%zz=%zz&&&==&grant_type")]
    [TestCase("grant_type=client_credentials&scope=%ff%fe")]
    [TestCase("grant_type=client_credentials\0")]
    [TestCase("&&&&")]
    public async Task Garbage_in_the_form_is_a_bad_request(string body)
    {
        using var http = Server.NewHttpClient();
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body)) { Headers = { ContentType = new("application/x-www-form-urlencoded") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = content, Headers = { Authorization = RelyingParty.Basic("machine", "machine-secret") } };

        using var answer = await http.SendAsync(request);

        Assert.That((int)answer.StatusCode, Is.InRange(400, 499));
    }
}
