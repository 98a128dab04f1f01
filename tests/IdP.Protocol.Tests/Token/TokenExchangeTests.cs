using System.Net;
using System.Text.Json;
using IdP.Testing;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Token;

/// <summary>Token exchange (RFC 8693): never more scope, audience or life than the subject token, and it ends with it.</summary>
public sealed class TokenExchangeTests(DatabaseKind database) : ServerTest(database)
{
    private const string GrantType = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

    /// <summary>May call the API with all its scopes, and act there for people.</summary>
    private static readonly TestClient Gateway = new("gateway", "gateway-secret");

    /// <summary>May call the API with one scope only.</summary>
    private static readonly TestClient Narrow = new("narrow", "narrow-secret");

    /// <summary>Signs people in and exchanges what it got; reference tokens.</summary>
    private static readonly TestClient Portal = new("portal", "portal-secret", "https://portal.example.test/cb");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            {
              "apiScopes": [{ "name": "stock.read", "userClaims": ["email"] }, { "name": "named.call", "userClaims": ["may_act"] }],
              "apiResources": [{ "name": "urn:test:stock", "scopes": ["stock.read", "api.read"] }, { "name": "urn:test:named", "scopes": ["named.call"] }],
              "clients": [
                { "clientId": "gateway", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "gateway-secret" }],
                  "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:token-exchange", "client_credentials"], "allowedScopes": ["openid", "profile", "api.read", "api.write", "stock.read", "named.call"], "accessTokenLifetime": 600 },
                { "clientId": "narrow", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "narrow-secret" }],
                  "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:token-exchange", "client_credentials"], "allowedScopes": ["api.read"] },
                { "clientId": "portal", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "portal-secret" }], "accessTokenType": "reference",
                  "allowedGrantTypes": ["authorization_code", "urn:ietf:params:oauth:grant-type:token-exchange"], "allowOfflineAccess": true,
                  "redirectUris": ["https://portal.example.test/cb"], "allowedScopes": ["openid", "profile", "api.read", "api.write", "stock.read"] },
                { "clientId": "caller", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "caller-secret" }],
                  "allowedGrantTypes": ["authorization_code", "client_credentials"], "redirectUris": ["https://caller.example.test/cb"], "allowedScopes": ["openid", "named.call", "api.read"] }
              ]
            }
            """),
    };

    [Test]
    public async Task A_gateway_exchanges_a_token_for_the_API_it_fronts_and_stays_within_it()
    {
        var (tokens, _) = await SignInAsync("openid profile api.read api.write offline_access");

        var answer = (await ExchangeAsync(Gateway, tokens.AccessToken!)).Expected();

        var (before, after) = (Jwt.Parse(tokens.AccessToken!), Jwt.Parse(answer.AccessToken!));
        Assert.Multiple(() =>
        {
            Assert.That((answer.Text("issued_token_type"), answer.Text("token_type"), answer.RefreshToken, answer.IdToken), Is.EqualTo((AccessTokenType, "Bearer", (string?)null, (string?)null)));
            Assert.That(answer.Scope!.Split(' '), Is.EquivalentTo(new[] { "openid", "profile", "api.read", "api.write" }), "but no offline_access");
            Assert.That(answer.Json.GetProperty("expires_in").GetInt64(), Is.InRange(590, 600));
            Assert.That((after.Text("sub"), after.Text("sid"), after.Text("auth_time"), after.Text("aud"), after.Text("amr")), Is.EqualTo((before.Text("sub"), before.Text("sid"), before.Text("auth_time"), before.Text("aud"), before.Text("amr"))));
            Assert.That((after.Text("client_id"), after.Text("act")), Is.EqualTo(("gateway", (string?)null)));
            Assert.That(after.Header.GetProperty("typ").GetString(), Is.EqualTo("at+jwt"));
        });
        Assert.That((await Server.NewRelyingParty(Gateway).UserInfoAsync(answer.AccessToken!)).Text("name"), Is.EqualTo("Alice Example"));
    }

    [Test]
    public async Task A_reference_token_is_exchanged_by_the_client_it_was_issued_to()
    {
        using var browser = Server.NewBrowser();
        var tokens = await Server.NewRelyingParty(Portal).SignInAsync(browser, "openid api.read stock.read", TestUsers.Alice);

        var answer = (await ExchangeAsync(Portal, tokens.AccessToken!, new("audience", "urn:test:stock"), new("scope", "stock.read"))).Expected();

        var seen = await Server.NewRelyingParty(Portal).IntrospectAsync(answer.AccessToken!);
        Assert.That(answer.AccessToken, Does.Not.Contain('.'), "this client gets references by every grant");
        Assert.That((seen.Text("active"), seen.Scope, seen.Text("aud")), Is.EqualTo(("True", "stock.read", "urn:test:stock")));
    }

    [Test]
    public async Task Scope_and_audience_can_only_be_narrowed()
    {
        var (tokens, _) = await SignInAsync("openid api.read");

        var narrow = (await ExchangeAsync(Gateway, tokens.AccessToken!, new("scope", "api.read"), new("resource", "urn:test:api"))).Expected();

        Assert.That((narrow.Scope, Jwt.Parse(narrow.AccessToken!).Text("aud")), Is.EqualTo(("api.read", "urn:test:api")));
        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!, new KeyValuePair<string, string>("scope", "api.read api.write"))).Error, Is.EqualTo("invalid_scope"), "the subject token lacks it");
        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!, new KeyValuePair<string, string>("scope", "openid email"))).Error, Is.EqualTo("invalid_scope"));
        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!, new KeyValuePair<string, string>("scope", "openid offline_access"))).Error, Is.EqualTo("invalid_scope"));
        Assert.That((await ExchangeAsync(Gateway, narrow.AccessToken!, new KeyValuePair<string, string>("scope", "openid"))).Error, Is.EqualTo("invalid_scope"), "what was given up is gone");
        Assert.That((await ExchangeAsync(Gateway, narrow.AccessToken!, new KeyValuePair<string, string>("audience", "urn:test:stock"))).Error, Is.EqualTo("invalid_target"), "although the scope would reach it");
        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!, new KeyValuePair<string, string>("audience", "urn:test:nothing"))).Error, Is.EqualTo("invalid_target"));
        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!, new("audience", "urn:test:api"), new("audience", "urn:test:nothing"))).Error, Is.EqualTo("invalid_target"));
        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!, new("audience", "urn:test:api"), new("audience", "urn:test:stock"))).Expected().AccessToken, Is.Not.Null, "RFC 8693 2.1 allows several");
    }

    [Test]
    public async Task The_exchanged_token_never_outlives_the_subject_token()
    {
        var (tokens, _) = await SignInAsync("openid api.read");
        Server.Clock.Advance(TimeSpan.FromMinutes(55));

        var answer = (await ExchangeAsync(Gateway, tokens.AccessToken!)).Expected();

        Assert.That(answer.Json.GetProperty("expires_in").GetInt64(), Is.InRange(200, 300));
        Assert.That(Jwt.Parse(answer.AccessToken!).Instant("exp"), Is.LessThanOrEqualTo(Jwt.Parse(tokens.AccessToken!).Instant("exp")));
        Server.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!)).Error, Is.EqualTo("invalid_request"), "RFC 8693 2.2.2");
    }

    [Test]
    public async Task A_token_that_is_not_for_the_caller_cannot_be_exchanged()
    {
        var (full, _) = await SignInAsync("openid api.read api.write");
        var (personal, _) = await SignInAsync("openid profile");

        var ofNarrow = await ExchangeAsync(Narrow, full.AccessToken!);
        var withoutAudience = await ExchangeAsync(Gateway, personal.AccessToken!);

        Assert.That((ofNarrow.Status, ofNarrow.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")), "it may not call the API with every scope of the token");
        Assert.That(withoutAudience.Error, Is.EqualTo("invalid_request"), "a token for no API is its client's alone");
    }

    [Test]
    public async Task Clients_without_the_grant_and_public_clients_are_refused()
    {
        var (tokens, _) = await SignInAsync("openid api.read");

        Assert.That((await ExchangeAsync(TestClients.Web, tokens.AccessToken!)).Error, Is.EqualTo("unauthorized_client"));
        Assert.That((await ExchangeAsync(TestClients.Spa, tokens.AccessToken!)).Error, Is.EqualTo("unauthorized_client"));
        Assert.That((await ExchangeAsync(new TestClient("gateway", "wrong"), tokens.AccessToken!)).Error, Is.EqualTo("invalid_client"));
        Assert.That((await ExchangeAsync(new TestClient("gateway"), tokens.AccessToken!)).Error, Is.EqualTo("invalid_client"));
    }

    [Test]
    public async Task Delegation_names_the_actor_and_those_before_in_the_token_and_at_introspection()
    {
        var (tokens, _) = await SignInAsync("openid api.read");
        var (gatewayToken, narrowToken) = (await ClientTokenAsync(Gateway), await ClientTokenAsync(Narrow));

        var first = (await ExchangeAsync(Gateway, tokens.AccessToken!, ActorIs(gatewayToken))).Expected();
        var second = (await ExchangeAsync(Narrow, first.AccessToken!, [new("scope", "api.read"), .. ActorIs(narrowToken)])).Expected();
        var impersonated = (await ExchangeAsync(Gateway, second.AccessToken!)).Expected();

        var act = Jwt.Parse(second.AccessToken!).Payload.GetProperty("act");
        Assert.That(Jwt.Parse(first.AccessToken!).Payload.GetProperty("act").GetProperty("sub").GetString(), Is.EqualTo("gateway"));
        Assert.That((act.GetProperty("sub").GetString(), act.GetProperty("act").GetProperty("sub").GetString()), Is.EqualTo(("narrow", "gateway")));
        Assert.That(Jwt.Parse(second.AccessToken!).Text("sub"), Is.EqualTo(Jwt.Parse(tokens.AccessToken!).Text("sub")));
        Assert.That(Jwt.Parse(impersonated.AccessToken!).Payload.GetProperty("act").ToString(), Is.EqualTo(act.ToString()), "no exchange sheds the actors");
        var seen = await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(second.AccessToken!);
        Assert.That(seen.Json.GetProperty("act").ValueKind, Is.EqualTo(JsonValueKind.Object));
        Assert.That(seen.Json.GetProperty("act").GetProperty("act").GetProperty("sub").GetString(), Is.EqualTo("gateway"));
    }

    [Test]
    public async Task A_chain_of_actors_has_an_end()
    {
        var (tokens, _) = await SignInAsync("openid api.read");
        var actor = await ClientTokenAsync(Gateway);
        for (var i = 0; i < 4; i++) tokens = (await ExchangeAsync(Gateway, tokens.AccessToken!, ActorIs(actor))).Expected();

        var tooLong = await ExchangeAsync(Gateway, tokens.AccessToken!, ActorIs(actor));

        Assert.That(tooLong.Error, Is.EqualTo("invalid_request"));
        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!)).Expected().AccessToken, Is.Not.Null, "without one more it still works");
    }

    [Test]
    public async Task Somebody_elses_token_is_no_actor_token()
    {
        var (tokens, _) = await SignInAsync("openid api.read");

        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!, ActorIs(await ClientTokenAsync(Narrow)))).Error, Is.EqualTo("invalid_request"));
        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!, ActorIs("nonsense"))).Error, Is.EqualTo("invalid_request"));
        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!, new KeyValuePair<string, string>("actor_token", await ClientTokenAsync(Gateway)))).Error, Is.EqualTo("invalid_request"), "its type is missing");
    }

    [Test]
    public async Task A_token_that_names_who_may_act_is_exchanged_by_that_one_only()
    {
        using var browser = Server.NewBrowser();
        using var caller = new RelyingParty(Server.Origin, "caller", "caller-secret", "https://caller.example.test/cb");
        await Server.WithDatabaseAsync(async db =>
        {
            var bob = await db.Users.SingleAsync(u => u.UserName == "bob");
            db.UserClaims.Add(new IdentityUserClaim<Guid> { UserId = bob.Id, ClaimType = "may_act", ClaimValue = """json:{"sub":"gateway"}""" }); // administrators cannot set it; the provider itself will
            (await db.Clients.SingleAsync(c => c.ClientId == "narrow")).AllowedScopes = ["api.read", "named.call"]; // so that nothing but may_act stands in its way
            return await db.SaveChangesAsync();
        });
        var tokens = await caller.SignInAsync(browser, "openid named.call", TestUsers.Bob);

        var byNamed = await ExchangeAsync(Gateway, tokens.AccessToken!);
        var byOther = await ExchangeAsync(Narrow, tokens.AccessToken!);
        var asNamedActor = await ExchangeAsync(Gateway, tokens.AccessToken!, ActorIs(await ClientTokenAsync(Gateway)));

        Assert.That(Jwt.Parse(tokens.AccessToken!).Payload.GetProperty("may_act").GetProperty("sub").GetString(), Is.EqualTo("gateway"));
        Assert.That(byNamed.Expected().AccessToken, Is.Not.Null);
        Assert.That(asNamedActor.Expected().AccessToken, Is.Not.Null);
        Assert.That(byOther.Error, Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task Tokens_that_are_no_access_tokens_of_ours_or_called_what_they_are_not_are_refused()
    {
        var (tokens, _) = await SignInAsync("openid api.read offline_access");
        var access = tokens.AccessToken!;
        var forged = access[..access.LastIndexOf('.')] + "." + new string('A', access.Length - access.LastIndexOf('.') - 1);
        (string Token, string Type)[] cases =
        [
            (tokens.IdToken!, "urn:ietf:params:oauth:token-type:id_token"), (tokens.IdToken!, AccessTokenType), (tokens.RefreshToken!, "urn:ietf:params:oauth:token-type:refresh_token"), (tokens.RefreshToken!, AccessTokenType),
            (access, "urn:ietf:params:oauth:token-type:jwt"), (access, "urn:ietf:params:oauth:token-type:id_token"), (access, "urn:ietf:params:oauth:token-type:saml2"), (access, "urn:openiddict:params:oauth:token-type:device_code"),
            (forged, AccessTokenType), ("nonsense", AccessTokenType), ("a.b.c", AccessTokenType), ("", AccessTokenType), (access, ""),
        ];

        foreach (var (token, type) in cases)
        {
            var answer = await Server.NewRelyingParty(Gateway).TokenAsync([new("grant_type", GrantType), new("subject_token", token), new("subject_token_type", type)]);

            Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")), $"{type}: {answer.Body}");
        }
    }

    [Test]
    public async Task Only_access_tokens_can_be_asked_for()
    {
        var (tokens, _) = await SignInAsync("openid api.read");

        Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!, new KeyValuePair<string, string>("requested_token_type", AccessTokenType))).Expected().AccessToken, Is.Not.Null);
        foreach (var type in new[] { "id_token", "refresh_token", "jwt", "saml2", "nonsense" })
            Assert.That((await ExchangeAsync(Gateway, tokens.AccessToken!, new KeyValuePair<string, string>("requested_token_type", "urn:ietf:params:oauth:token-type:" + type))).Error, Is.EqualTo("invalid_request"), type);
    }

    [Test]
    public async Task The_exchanged_token_ends_with_the_grant_and_with_the_session()
    {
        var (ofGrant, _) = await SignInAsync("openid api.read offline_access");
        var (ofSession, browser) = await SignInAsync("openid api.read");
        var (byGrant, bySession) = ((await ExchangeAsync(Gateway, ofGrant.AccessToken!)).Expected().AccessToken!, (await ExchangeAsync(Gateway, ofSession.AccessToken!)).Expected().AccessToken!);
        var (gateway, api) = (Server.NewRelyingParty(Gateway), Server.NewRelyingParty(TestClients.Api));
        Assert.That(((await api.IntrospectAsync(byGrant)).Text("active"), (await api.IntrospectAsync(bySession)).Text("active")), Is.EqualTo(("True", "True")));

        await Server.NewRelyingParty(TestClients.Web).RevokeAsync(ofGrant.RefreshToken!);
        await browser.OpenAsync($"/connect/endsession?id_token_hint={ofSession.IdToken}");

        foreach (var token in new[] { byGrant, bySession })
        {
            Assert.That((await gateway.UserInfoAsync(token)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That((await api.IntrospectAsync(token)).Text("active"), Is.EqualTo("False"));
            Assert.That((await ExchangeAsync(Gateway, token)).Error, Is.EqualTo("invalid_request"));
        }
        Assert.That((await ExchangeAsync(Gateway, ofGrant.AccessToken!)).Error, Is.EqualTo("invalid_request"));
        Assert.That((await ExchangeAsync(Gateway, ofSession.AccessToken!)).Error, Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task Disabled_people_are_neither_subject_nor_actor()
    {
        var ofBob = (await SignInAsync("openid api.read", TestUsers.Bob)).Tokens;
        using var browser = Server.NewBrowser();
        var portalOfBob = await Server.NewRelyingParty(Portal).SignInAsync(browser, "openid api.read", TestUsers.Bob);
        var portalOfAlice = await Server.NewRelyingParty(Portal).SignInAsync(Server.NewBrowser(), "openid api.read", TestUsers.Alice);
        await SetEnabledAsync(false);

        var asSubject = await ExchangeAsync(Gateway, ofBob.AccessToken!);
        var asActor = await ExchangeAsync(Portal, portalOfAlice.AccessToken!, ActorIs(portalOfBob.AccessToken!));
        await SetEnabledAsync(true);

        Assert.That((asSubject.Error, asActor.Error), Is.EqualTo(("invalid_request", "invalid_request")));
        Assert.That((await ExchangeAsync(Portal, portalOfAlice.AccessToken!, ActorIs(portalOfBob.AccessToken!))).Expected().AccessToken, Is.Not.Null, "a person may act for another");
    }

    [Test]
    public async Task An_apps_own_token_is_exchanged_again_and_again_but_not_when_the_app_is_disabled()
    {
        using var caller = new RelyingParty(Server.Origin, "caller", "caller-secret");
        var own = (await caller.ClientCredentialsAsync("api.read")).Expected().AccessToken!;

        var first = (await ExchangeAsync(Gateway, own)).Expected();
        var second = (await ExchangeAsync(Gateway, first.AccessToken!)).Expected();
        await SetCallerEnabledAsync(false);
        var disabled = await ExchangeAsync(Gateway, second.AccessToken!);
        await SetCallerEnabledAsync(true);

        Assert.That((Jwt.Parse(second.AccessToken!).Text("sub"), Jwt.Parse(second.AccessToken!).Text("client_id")), Is.EqualTo(("caller", "gateway")));
        Assert.That(disabled.Error, Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task The_claims_of_the_token_are_those_of_its_own_scopes()
    {
        using var browser = Server.NewBrowser();
        var tokens = await Server.NewRelyingParty(Portal).SignInAsync(browser, "openid api.read stock.read", TestUsers.Alice);

        var wide = (await ExchangeAsync(Portal, tokens.AccessToken!)).Expected();
        var narrow = (await ExchangeAsync(Portal, wide.AccessToken!, new KeyValuePair<string, string>("scope", "api.read"))).Expected();

        var portal = Server.NewRelyingParty(Portal);
        Assert.That((await portal.IntrospectAsync(wide.AccessToken!)).Text("email"), Is.EqualTo("alice@example.test"));
        Assert.That((await portal.IntrospectAsync(narrow.AccessToken!)).Text("email"), Is.Null);
    }

    private static KeyValuePair<string, string>[] ActorIs(string token) => [new("actor_token", token), new("actor_token_type", AccessTokenType)];

    private async Task<TokenAnswer> ExchangeAsync(TestClient client, string subjectToken, params IEnumerable<KeyValuePair<string, string>> more) =>
        await Server.NewRelyingParty(client).TokenAsync([new("grant_type", GrantType), new("subject_token", subjectToken), new("subject_token_type", AccessTokenType), .. more]);

    private async Task<string> ClientTokenAsync(TestClient client) => (await Server.NewRelyingParty(client).ClientCredentialsAsync("api.read")).Expected().AccessToken!;

    private async Task<(TokenAnswer Tokens, BrowserClient Browser)> SignInAsync(string scope, TestUser? user = null)
    {
        var browser = Server.NewBrowser();
        return (await Server.NewRelyingParty(TestClients.Web).SignInAsync(browser, scope, user ?? TestUsers.Alice), browser);
    }

    private Task<int> SetEnabledAsync(bool enabled) => Server.WithDatabaseAsync(db => db.Users.Where(u => u.UserName == "bob").ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, enabled)));

    private Task<int> SetCallerEnabledAsync(bool enabled) => Server.WithDatabaseAsync(async db =>
    {
        (await db.Clients.SingleAsync(c => c.ClientId == "caller")).Enabled = enabled;
        return await db.SaveChangesAsync();
    });
}
