using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using IdP.Protocol.Token;
using IdP.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Token;

/// <summary>Grants of others (RFC 6749 4.5): the example of <c>docs/extend/custom-grant.md</c>, and one that speaks for the client itself.</summary>
public sealed class CustomGrantTests(DatabaseKind database) : ServerTest(database)
{
    private const string EchoGrantType = "urn:example:params:oauth:grant-type:echo";
    private static readonly PortalKey Key = new(RandomNumberGenerator.GetBytes(32));
    private static readonly TestClient Portal = new("portal", "portal-secret");
    private static readonly TestClient Echo = new("echo", "echo-secret");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "portal", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "portal-secret" }], "allowOfflineAccess": true, "accessTokenLifetime": 300,
                "allowedGrantTypes": ["urn:example:params:oauth:grant-type:portal-ticket"], "allowedScopes": ["openid", "profile", "api.read"] },
              { "clientId": "echo", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "echo-secret" }],
                "allowedGrantTypes": ["urn:example:params:oauth:grant-type:echo"], "allowedScopes": ["openid", "api.read", "api.write"] }
            ] }
            """),
        Configure = Register,
    };

    private static void Register(WebApplicationBuilder builder)
    {
        #region docs_register
        builder.Services.AddCustomGrant<PortalTicketGrant>(PortalTicketGrant.GrantType);
        #endregion
        builder.Services.AddSingleton(Key);
        builder.Services.AddCustomGrant<EchoGrant>(EchoGrantType);
    }

    [Test]
    public async Task A_person_gets_tokens_by_the_rules_of_every_other_grant()
    {
        var portal = Server.NewRelyingParty(Portal);

        var tokens = (await TicketAsync(Portal, await TicketAsync("alice"), "openid profile api.read offline_access")).Expected();

        var (id, access) = (Jwt.Parse(tokens.IdToken!), Jwt.Parse(tokens.AccessToken!));
        Assert.Multiple(() =>
        {
            Assert.That((access.Text("aud"), access.Text("client_id"), access.Text("sub"), id.Text("aud")), Is.EqualTo(("urn:test:api", "portal", id.Text("sub"), "portal")));
            Assert.That(access.Instant("exp") - access.Instant("iat"), Is.EqualTo(TimeSpan.FromSeconds(300)), "the client's lifetime");
            Assert.That(access.Payload.EnumerateObject().Select(claim => claim.Name), Has.None.StartsWith("oi_"));
        });
        Assert.That((await portal.UserInfoAsync(tokens.AccessToken!)).Text("name"), Is.EqualTo("Alice Example"));
        Assert.That((await portal.RefreshAsync(tokens.RefreshToken!)).Expected().AccessToken, Is.Not.Null);
    }

    [Test]
    public async Task Its_tokens_are_a_grant_that_can_be_revoked()
    {
        var portal = Server.NewRelyingParty(Portal);
        var tokens = (await TicketAsync(Portal, await TicketAsync("alice"), "openid api.read offline_access")).Expected();

        var before = (await portal.IntrospectAsync(tokens.AccessToken!)).Text("active");
        await portal.RevokeAsync(tokens.RefreshToken!);

        Assert.That((before, (await portal.IntrospectAsync(tokens.AccessToken!)).Text("active")), Is.EqualTo(("True", "False")));
        Assert.That((await portal.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await portal.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task The_grants_own_refusal_reaches_the_client_word_by_word()
    {
        var old = await TicketAsync("alice", TimeSpan.FromMinutes(-1));
        var valid = await TicketAsync("alice");

        var missing = await Server.NewRelyingParty(Portal).TokenAsync([new("grant_type", PortalTicketGrant.GrantType), new("scope", "openid")]);
        var forged = await TicketAsync(Portal, valid[..^1] + (valid[^1] == '0' ? '1' : '0'), "openid");
        var expired = await TicketAsync(Portal, old, "openid");

        Assert.That((missing.Status, missing.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")));
        Assert.That((forged.Error, forged.Text("error_description")), Is.EqualTo(("invalid_grant", "The ticket is not valid.")));
        Assert.That((expired.Error, expired.Text("error_description")), Is.EqualTo(("invalid_grant", "The ticket has expired.")));
    }

    [Test]
    public async Task Whatever_the_grant_says_unknown_and_disabled_people_get_nothing()
    {
        Assert.That((await TicketAsync(Portal, await TicketAsync("carol"), "openid")).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await TicketAsync(Portal, Ticket(Guid.NewGuid().ToString(), TimeSpan.FromMinutes(1)), "openid")).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await TicketAsync(Portal, Ticket("nobody", TimeSpan.FromMinutes(1)), "openid")).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Only_clients_that_have_it_by_name_may_use_it_and_only_with_their_secret()
    {
        var ticket = await TicketAsync("alice");

        Assert.That((await TicketAsync(TestClients.Web, ticket, "openid")).Error, Is.EqualTo("unauthorized_client"));
        Assert.That((await TicketAsync(Echo, ticket, "openid")).Error, Is.EqualTo("unauthorized_client"));
        Assert.That((await TicketAsync(new TestClient("portal", "wrong"), ticket, "openid")).Error, Is.EqualTo("invalid_client"));
        Assert.That((await TicketAsync(new TestClient("portal"), ticket, "openid")).Error, Is.EqualTo("invalid_client"));
        Assert.That((await Server.NewRelyingParty(Portal).TokenAsync([new("grant_type", "urn:example:unknown"), new("ticket", ticket)])).Error, Is.EqualTo("unsupported_grant_type"));
    }

    [Test]
    public async Task Scopes_that_are_not_the_clients_are_refused_before_the_grant_is_asked()
    {
        foreach (var scope in new[] { "openid email", "openid nothing", "api.write" })
            Assert.That((await TicketAsync(Portal, "not even a ticket", scope)).Error, Is.EqualTo("invalid_scope"), scope);
    }

    [Test]
    public async Task A_grant_for_the_client_itself_gives_API_scopes_only_and_never_more_than_asked()
    {
        var echo = Server.NewRelyingParty(Echo);

        var all = (await echo.TokenAsync([new("grant_type", EchoGrantType)])).Expected();
        var fewer = (await echo.TokenAsync([new("grant_type", EchoGrantType), new("scope", "api.read"), new("give", "api.read api.write openid")])).Expected();
        var none = await echo.TokenAsync([new("grant_type", EchoGrantType), new("scope", "api.read"), new("give", "api.write")]);
        var personal = await echo.TokenAsync([new("grant_type", EchoGrantType), new("scope", "openid")]);

        Assert.That((Jwt.Parse(all.AccessToken!).Text("sub"), Jwt.Parse(all.AccessToken!).Text("scope"), all.RefreshToken, all.IdToken), Is.EqualTo(("echo", "api.read api.write", (string?)null, (string?)null)));
        Assert.That(Jwt.Parse(fewer.AccessToken!).Text("scope"), Is.EqualTo("api.read"));
        Assert.That((none.Error, personal.Error), Is.EqualTo(("invalid_scope", "invalid_scope")));
    }

    [Test]
    public async Task A_clients_own_token_is_known_until_it_is_revoked_and_leaves_no_grant_behind()
    {
        var (echo, api) = (Server.NewRelyingParty(Echo), Server.NewRelyingParty(TestClients.Api));
        var token = (await echo.TokenAsync([new("grant_type", EchoGrantType)])).Expected().AccessToken!;

        var (byClient, byApi) = ((await echo.IntrospectAsync(token)).Expected(), (await api.IntrospectAsync(token)).Expected());
        var revoked = await echo.RevokeAsync(token);
        var after = new[] { await echo.IntrospectAsync(token), await api.IntrospectAsync(token) };

        Assert.That((byClient.Text("active"), byClient.Text("sub"), byApi.Text("active"), byApi.Text("scope")), Is.EqualTo(("True", "echo", "True", "api.read api.write")));
        Assert.That(revoked.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(after.Select(answer => answer.Text("active")), Is.All.EqualTo("False"));
        Assert.That(await Server.WithDatabaseAsync(db => db.Grants.CountAsync(g => g.Subject == "echo")), Is.Zero);
    }

    [Test]
    public async Task The_grant_sees_its_own_parameters_and_no_credentials()
    {
        var post = new FormUrlEncodedContent([new("grant_type", EchoGrantType), new("give", "names"), new("extra", "ä & ö")]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = post, Headers = { Authorization = RelyingParty.Basic("echo", "echo-secret") } };
        using var http = Server.NewHttpClient();

        var answer = await TokenAnswer.ReadAsync(await http.SendAsync(request));

        Assert.That((answer.Error, answer.Text("error_description")), Is.EqualTo(("invalid_grant", "extra,give")));
    }

    [Test]
    public async Task The_metadata_names_it_and_a_client_cannot_be_given_one_that_nobody_registered()
    {
        using var http = Server.NewHttpClient();
        using var metadata = JsonDocument.Parse(await http.GetStringAsync("/.well-known/openid-configuration"));
        var grants = Server.Services.GetRequiredService<SupportedGrants>();

        Assert.That(metadata.RootElement.GetProperty("grant_types_supported").EnumerateArray().Select(v => v.GetString()), Does.Contain(PortalTicketGrant.GrantType).And.Contain(EchoGrantType));
        Assert.That(grants.All, Does.Contain(PortalTicketGrant.GrantType).And.Not.Contain("urn:example:unknown"));
    }

    [TestCase("portal-ticket")]
    [TestCase("")]
    [TestCase("urn:example:with space")]
    [TestCase("urn:ietf:params:oauth:grant-type:token-exchange")]
    [TestCase("urn:ietf:params:oauth:grant-type:jwt-bearer")]
    [TestCase(PortalTicketGrant.GrantType)]
    public void A_name_that_is_no_URI_or_taken_is_refused_at_registration(string grantType)
    {
        var services = new ServiceCollection().AddCustomGrant<PortalTicketGrant>(PortalTicketGrant.GrantType);

        Assert.That(() => services.AddCustomGrant<EchoGrant>(grantType), Throws.ArgumentException);
    }

    private async Task<TokenAnswer> TicketAsync(TestClient client, string ticket, string scope) =>
        await Server.NewRelyingParty(client).TokenAsync([new("grant_type", PortalTicketGrant.GrantType), new("ticket", ticket), new("scope", scope)]);

    private async Task<string> TicketAsync(string userName, TimeSpan? lifetime = null) =>
        Ticket((await Server.WithDatabaseAsync(db => db.Users.SingleAsync(u => u.UserName == userName))).Id.ToString(), lifetime ?? TimeSpan.FromMinutes(1));

    private string Ticket(string person, TimeSpan lifetime)
    {
        var text = $"{person}.{(Server.Clock.Time.GetUtcNow() + lifetime).ToUnixTimeSeconds()}";
        return $"{text}.{Key.Sign(text)}";
    }

    /// <summary>Gives what it is told, or tells what it was given.</summary>
    private sealed class EchoGrant : ICustomGrant
    {
        public Task<CustomGrantAnswer> HandleAsync(CustomGrantRequest request, CancellationToken ct) => Task.FromResult<CustomGrantAnswer>(request.Parameters.GetValueOrDefault("give") switch
        {
            "names" => new CustomGrantAnswer.Refused(string.Join(',', request.Parameters.Keys.Order(StringComparer.Ordinal))),
            { } scopes => new CustomGrantAnswer.ForClient(scopes.Split(' ')),
            null => new CustomGrantAnswer.ForClient(),
        });
    }
}
