using System.Text.Json.Nodes;
using IdP.Credentials.Passwords;
using IdP.Users;
using Microsoft.Extensions.Options;

namespace Load;

/// <summary>The clients that every subject has, and the configuration file that gives them to this provider.</summary>
internal static class BenchClients
{
    public const string RedirectUri = "https://app.example.test/cb";
    public const string Password = "Correct-Horse-7-Battery";
    public const string Scope = "openid profile api.read offline_access";

    public static readonly TestClient Service = new("service", "service-secret");
    public static readonly TestClient ServiceEs256 = new("service-es256", "service-es256-secret");
    public static readonly TestClient ServiceReference = new("service-reference", "service-reference-secret");
    public static readonly TestClient App = new("app", "app-secret", RedirectUri);

    /// <summary>As <see cref="App"/>; its tokens are for the userinfo endpoint where a provider makes a difference.</summary>
    public static readonly TestClient Reader = new("reader", "reader-secret", RedirectUri);

    public static readonly TestClient Api = new("urn:bench:api", "api-secret");

    public static TestUser User(int number) => new($"user{number:0000}", Password);

    public static PasswordHashOptions Hash { get; } = new();

    /// <summary>Everybody has the same password and, so that a thousand people are there in a moment, the same hash; the first is an administrator.</summary>
    public static string Configuration(int users)
    {
        var hash = new PasswordHasher(Options.Create(Hash)).HashPassword(new User(), Password);
        return new JsonObject
        {
            ["identityResources"] = JsonNode.Parse("""
                [
                  { "name": "openid", "displayName": "Your user id", "required": true, "userClaims": ["sub"] },
                  { "name": "profile", "displayName": "Your profile", "userClaims": ["name", "family_name", "given_name", "preferred_username", "locale", "updated_at"] }
                ]
                """),
            ["apiScopes"] = JsonNode.Parse("""[{ "name": "api.read", "displayName": "Read the API" }]"""),
            ["apiResources"] = JsonNode.Parse("""[{ "name": "urn:bench:api", "displayName": "API", "scopes": ["api.read"], "apiSecrets": [{ "value": "api-secret" }] }]"""),
            ["clients"] = JsonNode.Parse("""
                [
                  { "clientId": "service", "clientSecrets": [{ "value": "service-secret" }], "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["api.read"] },
                  { "clientId": "service-es256", "clientSecrets": [{ "value": "service-es256-secret" }], "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["api.read"], "idTokenSignedResponseAlg": "ES256" },
                  { "clientId": "service-reference", "clientSecrets": [{ "value": "service-reference-secret" }], "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["api.read"], "accessTokenType": "reference" },
                  { "clientId": "app", "clientSecrets": [{ "value": "app-secret" }], "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true, "redirectUris": ["https://app.example.test/cb"], "allowedScopes": ["openid", "profile", "api.read"], "requireConsent": false },
                  { "clientId": "reader", "clientSecrets": [{ "value": "reader-secret" }], "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true, "redirectUris": ["https://app.example.test/cb"], "allowedScopes": ["openid", "profile", "api.read"], "requireConsent": false }
                ]
                """),
            ["roles"] = JsonNode.Parse("""[{ "name": "owner" }]"""),
            ["users"] = new JsonArray([.. Enumerable.Range(0, users).Select(i => new JsonObject
            {
                ["userName"] = User(i).UserName,
                ["passwordHash"] = new JsonObject { ["format"] = "argon2id", ["value"] = hash },
                ["email"] = $"{User(i).UserName}@example.test",
                ["emailVerified"] = true,
                ["name"] = $"Person {i:0000}",
                ["givenName"] = "Person",
                ["familyName"] = $"{i:0000}",
                ["locale"] = "en",
                ["roles"] = i == 0 ? new JsonArray("owner") : [],
            })]),
        }.ToJsonString();
    }
}
