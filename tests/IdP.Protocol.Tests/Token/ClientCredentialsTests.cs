using System.Net;
using System.Net.Http.Headers;
using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Token;

public sealed class ClientCredentialsTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task A_machine_gets_an_access_token_for_its_api_and_no_refresh_token()
    {
        var machine = Server.NewRelyingParty(TestClients.Machine);

        var tokens = (await machine.ClientCredentialsAsync("api.read")).Expected();

        var token = Jwt.Parse(tokens.AccessToken!);
        Assert.That(token.IsSignedBy(await machine.KeySetAsync()), Is.True);
        Assert.That(new[] { token.Text("aud"), token.Text("client_id"), token.Text("scope"), token.Text("sub") }, Is.EqualTo(new[] { "urn:test:api", "machine", "api.read", "machine" }));
        Assert.That(tokens.RefreshToken, Is.Null);
        Assert.That(tokens.Headers.CacheControl?.NoStore, Is.True);
    }

    [TestCase("openid")]
    [TestCase("offline_access")]
    [TestCase("no.such.scope")]
    public async Task A_scope_that_needs_a_person_or_does_not_exist_is_refused(string scope) =>
        Assert.That((await Server.NewRelyingParty(TestClients.Machine).ClientCredentialsAsync(scope)).Error, Is.EqualTo("invalid_scope"));

    [Test]
    public async Task A_wrong_secret_is_answered_401_with_the_Basic_challenge()
    {
        using var wrong = new RelyingParty(Server.Origin, "machine", "not-the-secret");

        var answer = await wrong.ClientCredentialsAsync("api.read");

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(answer.Error, Is.EqualTo("invalid_client"));
        Assert.That(answer.Headers.WwwAuthenticate.Select(h => h.Scheme), Has.Member("Basic"));
    }

    [Test]
    public async Task Only_the_registered_authentication_method_is_accepted()
    {
        using var http = Server.NewHttpClient();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "machine", ["client_secret"] = "machine-secret" });

        var answer = await TokenAnswer.ReadAsync(await http.PostAsync("/connect/token", form));

        Assert.That(answer.Error, Is.EqualTo("invalid_client"));
    }

    [Test]
    public async Task A_client_without_the_grant_is_refused()
    {
        Assert.That((await Server.NewRelyingParty(TestClients.Web).ClientCredentialsAsync("api.read")).Error, Is.EqualTo("unauthorized_client"));
        Assert.That((await Server.NewRelyingParty(TestClients.Spa).ClientCredentialsAsync("api.read")).Error, Is.AnyOf("unauthorized_client", "invalid_client"));
    }

    [TestCase("grant_type=client_credentials&grant_type=client_credentials&scope=api.read")]
    [TestCase("grant_type=client_credentials&scope=api.read%00")]
    [TestCase("grant_type=%00")]
    [TestCase("")]
    [TestCase("grant_type=password&username=alice&password=x")]
    [TestCase("&&&===%%%")]
    public async Task Malformed_requests_get_an_oauth_error_and_never_a_server_error(string body)
    {
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = new StringContent(body, MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded")) };
        request.Headers.Authorization = RelyingParty.Basic("machine", "machine-secret");

        var answer = await TokenAnswer.ReadAsync(await http.SendAsync(request));

        Assert.That((int)answer.Status, Is.EqualTo(400));
        Assert.That(answer.Error, Is.AnyOf("invalid_request", "unsupported_grant_type", "unauthorized_client", "invalid_scope"));
    }
}
