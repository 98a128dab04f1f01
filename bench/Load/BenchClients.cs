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

    private const string Policies = """
        [
          { "name": "two factors for finance", "groups": ["finance"], "factors": "mfa" },
          { "name": "acme from its networks", "organizations": ["acme"], "networks": ["127.0.0.0/8", "::1/128"], "outside": "block" },
          { "name": "staff shows the password once a day", "groups": ["staff"], "maxAge": 86400 },
          { "name": "unusual sign-ins", "risk": { "newNetwork": "ask", "manyFailures": "ask" } }
        ]
        """;

    public static TestUser User(int number) => new($"user{number:0000}", Password);

    public static PasswordHashOptions Hash { get; } = new();

    /// <summary>Everybody has the same password and, so that a thousand people are there in a moment, the same hash; the first is an administrator.</summary>
    /// <param name="withPolicies">Whether policies about memberships, networks and risk are asked at each sign-in; they ask nobody of these people for a factor, but must look.</param>
    public static string Configuration(int users, bool withPolicies)
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
            ["organizations"] = JsonNode.Parse("""[{ "name": "acme" }]"""),
            ["groups"] = JsonNode.Parse("""[{ "name": "staff" }, { "name": "finance" }]"""),
            ["signInPolicies"] = JsonNode.Parse(withPolicies ? Policies : "[]"),
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
                ["organizations"] = new JsonArray(new JsonObject { ["name"] = "acme" }),
                ["groups"] = new JsonArray("staff"),
                ["roles"] = i == 0 ? new JsonArray("owner") : [],
            })]),
        }.ToJsonString();
    }
}
