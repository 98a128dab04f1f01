using System.Text.Json;

namespace IdP.Protocol.Tests.Resources;

/// <summary>A fixture with several APIs and an app that may ask for most of them.</summary>
public abstract class ResourceTest(DatabaseKind database) : ServerTest(database)
{
    protected const string Orders = "urn:test:orders", Billing = "https://billing.example.test/api", Vault = "urn:test:vault";
    protected const string Everything = "openid offline_access orders.read billing.read vault.open";

    protected static readonly TestClient Shop = new("shop", "shop-secret", "https://shop.example.test/cb");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "apiScopes": [{ "name": "orders.read" }, { "name": "orders.write" }, { "name": "billing.read" }, { "name": "vault.open" }, { "name": "plain.read" }, { "name": "foreign.read" }, { "name": "part.read" }],
              "apiResources": [
                { "name": "urn:test:orders", "scopes": ["orders.read", "orders.write"] }, { "name": "https://billing.example.test/api", "scopes": ["billing.read"] },
                { "name": "urn:test:vault", "scopes": ["vault.open"], "requireResourceIndicator": true }, { "name": "plain", "scopes": ["plain.read"] },
                { "name": "urn:test:foreign", "scopes": ["foreign.read"] }, { "name": "urn:test:off", "scopes": ["orders.write"], "enabled": false }, { "name": "urn:test:part#one", "scopes": ["part.read"] }
              ],
              "clients": [
                { "clientId": "shop", "clientSecrets": [{ "value": "shop-secret" }], "allowedGrantTypes": ["authorization_code", "client_credentials", "password"], "allowOfflineAccess": true,
                  "redirectUris": ["https://shop.example.test/cb"], "allowedScopes": ["openid", "profile", "orders.read", "orders.write", "billing.read", "vault.open", "plain.read", "part.read"] }
              ] }
            """),
    };

    protected static string[] Audience(TokenAnswer tokens)
    {
        var payload = Jwt.Parse(tokens.Expected().AccessToken!).Payload;
        if (!payload.TryGetProperty("aud", out var audience)) return [];
        return audience.ValueKind is JsonValueKind.Array ? [.. audience.EnumerateArray().Select(a => a.GetString()!)] : [audience.GetString()!];
    }

    protected static string[] Scopes(TokenAnswer tokens) => Jwt.Parse(tokens.AccessToken!).Text("scope")!.Split(' ');

    protected static Task<TokenAnswer> MachineAsync(RelyingParty app, string scope, params string[] resources) =>
        app.TokenAsync([new("grant_type", "client_credentials"), .. scope.Length > 0 ? [KeyValuePair.Create("scope", scope)] : Array.Empty<KeyValuePair<string, string>>(), .. resources.Select(r => KeyValuePair.Create("resource", r))]);
}
