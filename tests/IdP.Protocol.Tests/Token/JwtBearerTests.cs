using IdP.Protocol.Tests.Clients;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Token;

/// <summary>The JWT bearer grant (RFC 7523 2.1): assertions of a trusted issuer about a person.</summary>
public sealed class JwtBearerTests(DatabaseKind database) : AssertionTest(database)
{
    private const string GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer", Portal = "https://portal.example.test", Directory = "https://directory.example.test", Asleep = "https://asleep.example.test";
    private static readonly TestKey Key = TestKey.Rsa("p"), DirectoryKey = TestKey.Elliptic("d"), ClientKey = TestKey.Elliptic("c");
    private static readonly TestClient Bearer = new("bearer", "bearer-secret"), Uninvited = new("uninvited", "uninvited-secret"), WithoutGrant = new("without-grant", "without-secret");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            {
              "clients": [
                { "clientId": "bearer", "clientSecrets": [{ "value": "bearer-secret" }], "allowedGrantTypes": ["{{GrantType}}"], "allowOfflineAccess": true, "allowedScopes": ["openid", "profile", "api.read"] },
                { "clientId": "uninvited", "clientSecrets": [{ "value": "uninvited-secret" }], "allowedGrantTypes": ["{{GrantType}}"], "allowedScopes": ["api.read"] },
                { "clientId": "without-grant", "clientSecrets": [{ "value": "without-secret" }], "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["api.read"] },
                { "clientId": "signing", "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{TestKey.Set(ClientKey)}}, "allowedGrantTypes": ["{{GrantType}}"], "allowedScopes": ["api.read"] }
              ],
              "assertionIssuers": [
                { "issuer": "{{Portal}}", "jwks": {{TestKey.Set(Key)}}, "allowedClients": ["bearer", "without-grant", "signing"] },
                { "issuer": "{{Directory}}", "jwks": {{TestKey.Set(DirectoryKey)}}, "subject": "sub", "allowedClients": ["bearer"] },
                { "issuer": "{{Asleep}}", "enabled": false, "jwks": {{TestKey.Set(Key)}}, "allowedClients": ["bearer"] }
              ]
            }
            """),
    };

    [Test]
    public async Task An_assertion_about_a_person_becomes_an_access_token_for_that_person_and_nothing_more()
    {
        var tokens = (await BringAsync(Key.Sign("RS256", About("alice")), "api.read")).Expected();

        var token = Jwt.Parse(tokens.AccessToken!);
        Assert.That((token.Text("sub"), token.Text("client_id"), token.Text("scope"), token.Text("aud")), Is.EqualTo((await SubjectAsync("alice"), "bearer", "api.read", "urn:test:api")));
        Assert.That(token.IsSignedBy(await Server.NewRelyingParty(Bearer).KeySetAsync()), Is.True);
        Assert.That((tokens.IdToken, tokens.RefreshToken), Is.EqualTo(((string?)null, (string?)null)));
    }

    [TestCase("ALICE")]
    [TestCase("Alice")]
    public async Task The_user_name_is_compared_as_at_sign_in(string name) => (await BringAsync(Key.Sign("RS256", About(name)), "api.read")).Expected();

    [Test]
    public async Task An_issuer_may_name_people_by_the_subject_of_this_provider_instead()
    {
        var alice = await SubjectAsync("alice");

        var tokens = (await BringAsync(DirectoryKey.Sign("ES256", About(alice, ("iss", Directory))), "api.read")).Expected();

        Assert.That(Jwt.Parse(tokens.AccessToken!).Text("sub"), Is.EqualTo(alice));
        AssertInvalid(await BringAsync(DirectoryKey.Sign("ES256", About("alice", ("iss", Directory))), "api.read"), "may not have tokens");
        AssertInvalid(await BringAsync(Key.Sign("RS256", About(alice)), "api.read"), "may not have tokens");
    }

    [Test]
    public async Task An_ID_token_comes_when_openid_is_asked_for_and_a_refresh_token_with_offline_access()
    {
        var bearer = Server.NewRelyingParty(Bearer);
        var tokens = (await BringAsync(Key.Sign("RS256", About("alice")), "openid profile offline_access")).Expected();

        Assert.That(Jwt.Parse(tokens.IdToken!).Text("sub"), Is.EqualTo(await SubjectAsync("alice")));
        Assert.That((await bearer.UserInfoAsync(tokens.AccessToken!)).Expected().Text("name"), Is.EqualTo("Alice Example"));
        var refreshed = (await bearer.RefreshAsync(tokens.RefreshToken!)).Expected();
        Assert.That(refreshed.RefreshToken, Is.Not.Null.And.Not.EqualTo(tokens.RefreshToken));
        (await bearer.RevokeAsync(refreshed.RefreshToken!)).Expected();
        var revoked = await bearer.UserInfoAsync(refreshed.AccessToken!);
        Assert.That((int)revoked.Status, Is.EqualTo(401));
        Assert.That(revoked.Headers.WwwAuthenticate.ToString(), Does.Contain("invalid_token"));
    }

    [Test]
    public async Task Without_a_scope_the_token_has_the_API_scopes_of_the_client()
    {
        var tokens = (await BringAsync(Key.Sign("RS256", About("alice")), scope: null)).Expected();

        Assert.That(Jwt.Parse(tokens.AccessToken!).Text("scope"), Is.EqualTo("api.read"));
    }

    [TestCase("api.write")]
    [TestCase("email")]
    [TestCase("no.such.scope")]
    public async Task A_scope_that_is_not_the_clients_is_refused(string scope) =>
        Assert.That((await BringAsync(Key.Sign("RS256", About("alice")), scope)).Error, Is.EqualTo("invalid_scope"));

    [TestCase("carol", Description = "disabled")]
    [TestCase("nobody")]
    [TestCase("alice@example.test")]
    public async Task A_person_who_is_disabled_or_unknown_gets_the_same_refusal(string name) =>
        AssertInvalid(await BringAsync(Key.Sign("RS256", About(name)), "api.read"), "The person of this assertion may not have tokens.");

    [TestCase("https://unknown.example.test")]
    [TestCase(Asleep)]
    [TestCase(Portal + "/")]
    [TestCase("HTTPS://PORTAL.EXAMPLE.TEST")]
    [TestCase("bearer")]
    public async Task An_issuer_that_is_not_trusted_is_refused(string issuer) =>
        AssertInvalid(await BringAsync(Key.Sign("RS256", About("alice", ("iss", issuer))), "api.read"), "may not bring");

    [Test]
    public async Task Only_invited_clients_with_the_grant_may_bring_assertions()
    {
        AssertInvalid(await BringAsync(Key.Sign("RS256", About("alice")), "api.read", Uninvited), "may not bring");
        Assert.That((await BringAsync(Key.Sign("RS256", About("alice")), "api.read", WithoutGrant)).Error, Is.EqualTo("unauthorized_client"));
        Assert.That((await BringAsync(Key.Sign("RS256", About("alice")), "api.read", TestClients.Spa)).Error, Is.EqualTo("unauthorized_client"));
        Assert.That((await BringAsync(Key.Sign("RS256", About("alice")), "api.read", new TestClient("bearer", "wrong-secret"))).Error, Is.EqualTo("invalid_client"));
        Assert.That((await BringAsync(Key.Sign("RS256", About("alice")), "api.read", new TestClient("bearer"))).Error, Is.EqualTo("invalid_client"));
    }

    [Test]
    public async Task An_assertion_is_accepted_once_also_of_fifty_at_the_same_time()
    {
        var assertion = Key.Sign("RS256", About("alice"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => BringAsync(assertion, "api.read"))));

        Assert.That(answers.Count(answer => (int)answer.Status == 200), Is.EqualTo(1));
        Assert.That(answers.Where(answer => (int)answer.Status != 200).Select(answer => answer.Error), Is.All.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task The_claims_are_checked()
    {
        foreach (var audience in new object?[] { null, "https://elsewhere.example.test", "bearer", Array.Empty<string>() }) AssertInvalid(await BringAsync(Key.Sign("RS256", About("alice", ("aud", audience))), "api.read"), "aud");
        foreach (var audience in new object[] { Origin + "/connect/token", new[] { "https://elsewhere.example.test", Origin } }) (await BringAsync(Key.Sign("RS256", About("alice", ("aud", audience))), "api.read")).Expected();
        AssertInvalid(await BringAsync(Key.Sign("RS256", About("alice", ("exp", Now - 60))), "api.read"), "expired");
        AssertInvalid(await BringAsync(Key.Sign("RS256", About("alice", ("exp", Now + 7200))), "api.read"), "too far");
        AssertInvalid(await BringAsync(Key.Sign("RS256", About("alice", ("nbf", Now + 90))), "api.read"), "future");
        AssertInvalid(await BringAsync(Key.Sign("RS256", About("alice", ("jti", null))), "api.read"), "jti");
        foreach (var claim in new[] { "iss", "sub", "exp" }) AssertInvalid(await BringAsync(Key.Sign("RS256", About("alice", (claim, null))), "api.read"));
        AssertInvalid(await BringAsync(Key.Sign("RS256", About("alice"), [new("typ", "at+jwt")]), "api.read"), "typ");
    }

    [Test]
    public async Task The_signature_is_checked()
    {
        TestKey stranger = TestKey.Rsa("p"), confused = TestKey.Hmac(Key.ToPem());

        AssertInvalid(await BringAsync(stranger.Sign("RS256", About("alice")), "api.read"), "no key");
        AssertInvalid(await BringAsync(stranger.Sign("RS256", About("alice"), [new("jwk", stranger.ToJwk())]), "api.read"), "no key");
        AssertInvalid(await BringAsync(DirectoryKey.Sign("ES256", About("alice")), "api.read"), "no key");
        AssertInvalid(await BringAsync(confused.Sign("HS256", About("alice"), [new("kid", "p")]), "api.read"), "algorithm");
        var parts = Key.Sign("RS256", About("alice"), [new("alg", "none")]).Split('.');
        AssertInvalid(await BringAsync($"{parts[0]}.{parts[1]}.", "api.read"), "algorithm");
    }

    [TestCase("x")]
    [TestCase("a.b.c")]
    [TestCase("....")]
    public async Task What_is_no_assertion_is_refused(string assertion) => AssertInvalid(await BringAsync(assertion, "api.read"));

    [Test]
    public async Task A_request_without_assertion_is_malformed() =>
        Assert.That((await Server.NewRelyingParty(Bearer).TokenAsync([new("grant_type", GrantType), new("scope", "api.read")])).Error, Is.EqualTo("invalid_request"));

    [Test]
    public async Task Our_own_tokens_are_no_assertions_and_an_assertion_about_a_person_does_not_authenticate_a_client()
    {
        var tokens = (await BringAsync(Key.Sign("RS256", About("alice")), "openid api.read")).Expected();

        AssertInvalid(await BringAsync(tokens.IdToken!, "api.read"));
        AssertInvalid(await BringAsync(tokens.AccessToken!, "api.read"));
        AssertRefused(await TokenAsync(Key.Sign("RS256", About("alice"))));
    }

    [Test]
    public async Task A_client_may_authenticate_by_an_assertion_of_its_own_beside_the_one_it_brings()
    {
        var answer = await PostAsync("/connect/token", ClientKey.Sign("ES256", Claims("signing")), ("grant_type", GrantType), ("assertion", Key.Sign("RS256", About("bob"))), ("scope", "api.read"));

        Assert.That(Jwt.Parse(answer.Expected().AccessToken!).Text("sub"), Is.EqualTo(await SubjectAsync("bob")));
    }

    private Dictionary<string, object?> About(string subject, params (string Name, object? Value)[] changes) => Claims(Portal, [("sub", subject), .. changes]);

    private async Task<TokenAnswer> BringAsync(string assertion, string? scope, TestClient? client = null) =>
        await Server.NewRelyingParty(client ?? Bearer).TokenAsync([new("grant_type", GrantType), new("assertion", assertion), .. scope is null ? [] : new KeyValuePair<string, string>[] { new("scope", scope) }]);

    private Task<string> SubjectAsync(string userName) => Server.WithDatabaseAsync(async db => (await db.Users.SingleAsync(u => u.UserName == userName)).Id.ToString());

    private static void AssertInvalid(TokenAnswer answer, string? because = null)
    {
        Assert.That(((int)answer.Status, answer.Error), Is.EqualTo((400, "invalid_grant")), answer.Body);
        if (because is not null) Assert.That(answer.Text("error_description"), Does.Contain(because));
    }
}
