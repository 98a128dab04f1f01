using System.Net;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Token;

/// <summary>An administrator who switches an app off, or deletes it, ends what it holds: its access tokens of every form, wherever we are asked about them.</summary>
public sealed class SwitchedOffClientTests(DatabaseKind database) : ServerTest(database)
{
    private const string ExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange", AccessTokenType = "urn:ietf:params:oauth:token-type:access_token", Redirect = "https://off.example.test/cb";
    private static readonly EncryptionKey ApiKey = EncryptionKey.Elliptic("P-256");
    private static readonly TestClient Gateway = new("gateway", "off-secret", Redirect), SealedApi = new("urn:test:sealed", "sealed-secret");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            {
              "apiScopes": [{ "name": "sealed.read" }],
              "apiResources": [{ "name": "urn:test:sealed", "scopes": ["sealed.read"], "apiSecrets": [{ "value": "sealed-secret" }], "accessTokenEncryptedResponseAlg": "ECDH-ES+A256KW", "jwks": {{ApiKey.KeySet}} }],
              "clients": [
                {{App("plain", "")}}, {{App("reference", """ "accessTokenType": "reference", """)}}, {{App("pairwise", """ "subjectType": "pairwise", """)}}, {{App("deleted", "")}},
                {{App("gateway", "")}}
              ]
            }
            """),
    };

    [TestCase("plain", "api.read")]
    [TestCase("plain", "sealed.read")]
    [TestCase("reference", "api.read")]
    [TestCase("reference", "sealed.read")]
    [TestCase("pairwise", "api.read")]
    public async Task The_tokens_of_a_disabled_client_are_worth_nothing_until_it_is_enabled_again(string clientId, string scope)
    {
        using var browser = Server.NewBrowser();
        var (app, api) = (Server.NewRelyingParty(AppOf(clientId)), Server.NewRelyingParty(scope == "api.read" ? TestClients.Api : SealedApi));
        var (own, ofPerson) = ((await app.ClientCredentialsAsync(scope)).Expected().AccessToken!, (await app.SignInAsync(browser, "openid " + scope, TestUsers.Alice)).AccessToken!);
        async Task<bool[]> LiveAsync() =>
        [
            await IsActiveAsync(api, own), await IsActiveAsync(api, ofPerson), (await app.UserInfoAsync(ofPerson)).Status is HttpStatusCode.OK,
        ];
        var before = await LiveAsync();

        await ChangeAsync(clientId, client => client.Enabled = false);
        var disabled = await LiveAsync();
        await ChangeAsync(clientId, client => client.Enabled = true);

        Assert.That(before, Is.All.True);
        Assert.That(disabled, Is.All.False);
        Assert.That(await LiveAsync(), Is.All.True);
    }

    [TestCase("plain")]
    [TestCase("reference")]
    public async Task They_are_exchanged_neither_as_subject_nor_as_actor(string clientId)
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(AppOf(clientId));
        var (own, ofPerson) = ((await app.ClientCredentialsAsync("api.read")).Expected().AccessToken!, (await app.SignInAsync(browser, "openid api.read", TestUsers.Alice)).AccessToken!);
        var ofGateway = (await Server.NewRelyingParty(Gateway).ClientCredentialsAsync("api.read")).Expected().AccessToken!;
        async Task<string?[]> ErrorsAsync() => [(await ExchangeAsync(own)).Error, (await ExchangeAsync(ofPerson)).Error, (await ExchangeAsync(ofPerson, ofGateway)).Error];
        var before = await ErrorsAsync();

        await ChangeAsync(clientId, client => client.Enabled = false);
        var disabled = await ErrorsAsync();
        await ChangeAsync(clientId, client => client.Enabled = true);

        Assert.That(before, Is.All.Null);
        Assert.That(disabled, Is.All.EqualTo("invalid_request"));
    }

    /// <summary>The gateway holds a token that was made out in the name of an app; the app that acts is switched off, not the one whose token it is.</summary>
    [Test]
    public async Task A_disabled_actor_lets_nobody_act()
    {
        using var browser = Server.NewBrowser();
        var ofPerson = (await Server.NewRelyingParty(Gateway).SignInAsync(browser, "openid api.read", TestUsers.Alice)).AccessToken!;
        var ofApp = (await Server.NewRelyingParty(AppOf("plain")).ClientCredentialsAsync("api.read")).Expected().AccessToken!;
        var passedOn = (await ExchangeAsync(ofApp)).Expected().AccessToken!; // the gateway's own token now, about the app
        var before = (await ExchangeAsync(ofPerson, passedOn)).Error;

        await ChangeAsync("plain", client => client.Enabled = false);
        var disabled = (await ExchangeAsync(ofPerson, passedOn)).Error;
        await ChangeAsync("plain", client => client.Enabled = true);

        Assert.That((before, disabled), Is.EqualTo(((string?)null, "invalid_request")));
    }

    [Test]
    public async Task The_tokens_of_a_deleted_client_are_worth_nothing()
    {
        using var browser = Server.NewBrowser();
        var (app, api) = (Server.NewRelyingParty(AppOf("deleted")), Server.NewRelyingParty(TestClients.Api));
        string[] tokens = [(await app.ClientCredentialsAsync("api.read")).Expected().AccessToken!, (await app.SignInAsync(browser, "openid api.read", TestUsers.Alice)).AccessToken!];
        var before = new[] { await IsActiveAsync(api, tokens[0]), await IsActiveAsync(api, tokens[1]) };

        await Server.WithDatabaseAsync(async db =>
        {
            db.Remove(await db.Clients.SingleAsync(c => c.ClientId == "deleted"));
            return await db.SaveChangesAsync();
        });

        Assert.That(before, Is.All.True);
        foreach (var token in tokens)
        {
            Assert.That(await IsActiveAsync(api, token), Is.False);
            Assert.That((await ExchangeAsync(token)).Error, Is.EqualTo("invalid_request"));
        }
        Assert.That((await app.UserInfoAsync(tokens[1])).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private static async Task<bool> IsActiveAsync(RelyingParty caller, string token) => (await caller.IntrospectAsync(token)).Expected().Json.GetProperty("active").GetBoolean();

    private async Task<TokenAnswer> ExchangeAsync(string subject, string? actor = null) => await Server.NewRelyingParty(Gateway).TokenAsync(
    [
        new("grant_type", ExchangeGrant), new("subject_token", subject), new("subject_token_type", AccessTokenType),
        .. actor is null ? (KeyValuePair<string, string>[])[] : [new("actor_token", actor), new("actor_token_type", AccessTokenType)],
    ]);

    private Task<int> ChangeAsync(string clientId, Action<Client> change) => Server.WithDatabaseAsync(async db =>
    {
        change(await db.Clients.SingleAsync(c => c.ClientId == clientId));
        return await db.SaveChangesAsync();
    });

    private static TestClient AppOf(string id) => new(id, "off-secret", Redirect);

    private static string App(string id, string more) => $$"""
        { "clientId": "{{id}}", "clientSecrets": [{ "value": "off-secret" }], "allowedGrantTypes": ["authorization_code", "client_credentials", "{{ExchangeGrant}}"], {{more}} "redirectUris": ["{{Redirect}}"],
          "allowedScopes": ["openid", "api.read", "sealed.read"] }
        """;
}
