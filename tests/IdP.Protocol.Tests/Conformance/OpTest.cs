using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Conformance;

/// <summary>What the modules of the OpenID Foundation's plans need: an app that may use every flow, a person with every standard claim, and a sign-in of any variant.</summary>
public abstract class OpTest(DatabaseKind database) : ServerTest(database)
{
    protected const string Callback = "https://op.example.test/cb";

    protected static readonly TestClient App = new("op", "op-secret-0123456789", Callback, "https://op.example.test/out");
    protected static readonly TestClient Post = new("op-post", "op-post-secret-0123456789", Callback);
    protected static readonly TestUser Person = new("fulla", "Correct-Horse-5-Battery");

    protected const string Configuration = """
        {
          "identityResources": [
            { "name": "address", "userClaims": ["address"] },
            { "name": "phone", "userClaims": ["phone_number", "phone_number_verified"] }
          ],
          "clients": [
            {
              "clientId": "op", "clientSecrets": [{ "value": "op-secret-0123456789" }], "allowedGrantTypes": ["authorization_code", "implicit", "hybrid"], "allowAccessTokensViaBrowser": true, "allowOfflineAccess": true, "requirePkce": false,
              "redirectUris": ["https://op.example.test/cb", "https://op.example.test/cb?foo=bar"], "postLogoutRedirectUris": ["https://op.example.test/out"], "allowedScopes": ["openid", "profile", "email", "address", "phone"]
            },
            {
              "clientId": "op-post", "tokenEndpointAuthMethod": "client_secret_post", "clientSecrets": [{ "value": "op-post-secret-0123456789" }], "allowedGrantTypes": ["authorization_code", "implicit", "hybrid"],
              "allowAccessTokensViaBrowser": true, "requirePkce": false, "redirectUris": ["https://op.example.test/cb"], "allowedScopes": ["openid"]
            }
          ],
          "users": [
            {
              "userName": "fulla", "password": "Correct-Horse-5-Battery", "email": "fulla@example.test", "emailVerified": true, "phoneNumber": "+15550100", "phoneNumberVerified": true, "name": "Fulla Claims", "givenName": "Fulla",
              "familyName": "Claims", "locale": "en", "claims": [{ "type": "address", "value": { "street_address": "1 Main Street", "locality": "Springfield", "country": "US" } }, { "type": "birthdate", "value": "1990-01-02" }]
            }
          ]
        }
        """;

    protected override ServerSettings Settings => new(Database) { Configuration = TestConfiguration.With(Configuration) };

    protected string Issuer => Server.Origin.ToString().TrimEnd('/');

    /// <summary>The changes that turn a request into one of the variant, as the suite sends it: without PKCE.</summary>
    protected static List<KeyValuePair<string, string?>> Request(Variant variant, params (string Name, string? Value)[] more)
    {
        List<KeyValuePair<string, string?>> changes = [new("response_type", variant.ResponseType), new("response_mode", variant.ResponseMode), new("code_challenge", null), new("code_challenge_method", null)];
        foreach (var (name, value) in more)
        {
            changes.RemoveAll(change => change.Key == name);
            changes.Add(new(name, value));
        }
        return changes;
    }

    /// <summary>What the app holds after a sign-in, from wherever the variant delivers it.</summary>
    protected async Task<Session> SignInAsync(BrowserClient browser, Variant variant, string scope = "openid", TestUser? user = null, params (string Name, string? Value)[] more) =>
        await CollectAsync(await Server.NewRelyingParty(App).AuthorizeAsync(browser, scope, user, Request(variant, more)), variant);

    protected async Task<Session> CollectAsync(AuthorizationAnswer answer, Variant variant)
    {
        if (answer.Error is not null) throw new InvalidOperationException($"{answer.Error}: {answer.Parameters.GetValueOrDefault("error_description")}");
        TokenAnswer? exchanged = null;
        if (variant.HasCode)
            exchanged = (await Server.NewRelyingParty(App).TokenAsync([new("grant_type", "authorization_code"), new("code", answer.Code), new("redirect_uri", Callback)])).Expected();
        return new Session(answer, exchanged, exchanged?.IdToken ?? answer.Parameters["id_token"], exchanged?.AccessToken ?? answer.Parameters.GetValueOrDefault("access_token"));
    }

    /// <summary>Everything an app must check in an ID token (OpenID Connect Core 3.1.3.7, 3.2.2.11, 3.3.2.11).</summary>
    protected void AssertIdToken(string idToken, AuthorizationAnswer answer, JsonElement keys, string? code, string? accessToken)
    {
        var token = Jwt.Parse(idToken);
        var now = Server.Clock.Time.GetUtcNow();
        Assert.Multiple(() =>
        {
            Assert.That(token.IsSignedBy(keys), Is.True);
            Assert.That(token.Header.GetProperty("alg").GetString(), Is.EqualTo("RS256"));
            Assert.That(token.Text("iss"), Is.EqualTo(Issuer));
            Assert.That(token.Text("aud"), Is.EqualTo(App.ClientId));
            Assert.That(token.Text("sub"), Is.Not.Empty.And.Length.LessThanOrEqualTo(255));
            Assert.That(token.Text("nonce"), Is.EqualTo(answer.Request.Nonce));
            Assert.That(token.Instant("exp"), Is.GreaterThan(now));
            Assert.That(token.Instant("iat"), Is.EqualTo(now).Within(TimeSpan.FromMinutes(1)));
            if (code is not null) Assert.That(token.Text("c_hash"), Is.EqualTo(HalfHash(code)));
            if (accessToken is not null) Assert.That(token.Text("at_hash"), Is.EqualTo(HalfHash(accessToken)));
        });
    }

    protected static string HalfHash(string text) => WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(text)).AsSpan(0, 16));

    protected static long AuthTime(string idToken) => Jwt.Parse(idToken).Payload.GetProperty("auth_time").GetInt64();

    /// <param name="Exchanged">The answer of the token endpoint; null where there is no code.</param>
    protected sealed record Session(AuthorizationAnswer Answer, TokenAnswer? Exchanged, string IdToken, string? AccessToken);
}
