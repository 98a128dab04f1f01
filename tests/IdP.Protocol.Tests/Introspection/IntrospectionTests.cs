using System.Net;
using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Introspection;

public sealed class IntrospectionTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task An_api_sees_the_token_that_is_for_it_with_its_own_scopes_only()
    {
        using var browser = Server.NewBrowser();
        foreach (var client in new[] { TestClients.Web, TestClients.Opaque })
        {
            var tokens = await Server.NewRelyingParty(client).SignInAsync(browser, "openid api.read", TestUsers.Alice);

            var answer = await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(tokens.AccessToken!);

            Assert.That(answer.Text("active"), Is.EqualTo("True"), answer.Body);
            Assert.That(new[] { answer.Text("scope"), answer.Text("client_id"), answer.Text("iss") }, Is.EqualTo(new[] { "api.read", client.ClientId, Server.Origin.ToString().TrimEnd('/') }));
            Assert.That(answer.Text("sub"), Is.Not.Null);
            Assert.That(answer.Body, Does.Not.Contain("oi_"));
        }
    }

    [Test]
    public async Task A_reference_token_is_opaque_and_dies_at_revocation()
    {
        using var browser = Server.NewBrowser();
        var opaque = Server.NewRelyingParty(TestClients.Opaque);
        var api = Server.NewRelyingParty(TestClients.Api);
        var tokens = await opaque.SignInAsync(browser, "openid api.read", TestUsers.Alice);

        Assert.That(tokens.AccessToken, Does.Not.Contain("."));
        await opaque.RevokeAsync(tokens.AccessToken!);

        Assert.That((await api.IntrospectAsync(tokens.AccessToken!)).Body, Does.Contain("false"));
        Assert.That((await opaque.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_token_that_is_not_the_callers_business_is_inactive_and_nothing_else()
    {
        using var browser = Server.NewBrowser();
        var tokens = await Server.NewRelyingParty(TestClients.Web).SignInAsync(browser, "openid offline_access", TestUsers.Alice);

        var foreign = await Server.NewRelyingParty(TestClients.Opaque).IntrospectAsync(tokens.AccessToken!);
        var noAudience = await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(tokens.AccessToken!);
        var refresh = await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(tokens.RefreshToken!);
        var nonsense = await Server.NewRelyingParty(TestClients.Api).IntrospectAsync("nonsense");

        foreach (var answer in new[] { foreign, noAudience, refresh, nonsense })
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(answer.Json.EnumerateObject().Select(p => (p.Name, p.Value.ToString())), Is.EqualTo(new[] { ("active", "False") }));
        }
    }

    [Test]
    public async Task Without_credentials_there_is_no_answer()
    {
        using var anonymous = new RelyingParty(Server.Origin, "urn:test:api", "wrong");

        Assert.That((await anonymous.IntrospectAsync("x")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }
}
