namespace IdP.Testing;

/// <summary>Clients of the grants that are off by default, for fixtures that register them with <c>TestConfiguration.With(OlderClients.Configuration)</c>.</summary>
public static class OlderClients
{
    /// <summary>Public, implicit, access tokens through the browser.</summary>
    public static readonly TestClient Implicit = new("implicit", null, "https://implicit.example.test/cb");

    /// <summary>Public, implicit, ID tokens only.</summary>
    public static readonly TestClient ImplicitIdentity = new("implicit-identity", null, "https://implicit-identity.example.test/cb");

    /// <summary>Confidential, hybrid, access tokens through the browser, refresh tokens, code challenge optional.</summary>
    public static readonly TestClient Hybrid = new("hybrid", "hybrid-secret", "https://hybrid.example.test/cb");

    /// <summary>Confidential, hybrid, no access tokens through the browser.</summary>
    public static readonly TestClient HybridIdentity = new("hybrid-identity", "hybrid-identity-secret", "https://hybrid-identity.example.test/cb");

    /// <summary>Public, hybrid, reference access tokens through the browser.</summary>
    public static readonly TestClient HybridPublic = new("hybrid-public", null, "https://hybrid-public.example.test/cb");

    /// <summary>Confidential, authorization code, code challenge optional.</summary>
    public static readonly TestClient OptionalPkce = new("optional-pkce", "optional-pkce-secret", "https://optional-pkce.example.test/cb");

    public const string Configuration = """
        {
          "clients": [
            {
              "clientId": "implicit", "clientName": "Old single-page app", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["implicit"], "allowAccessTokensViaBrowser": true,
              "redirectUris": ["https://implicit.example.test/cb"], "postLogoutRedirectUris": ["https://implicit.example.test/out"], "allowedScopes": ["openid", "profile", "email", "api.read"]
            },
            {
              "clientId": "implicit-identity", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["implicit"],
              "redirectUris": ["https://implicit-identity.example.test/cb"], "allowedScopes": ["openid", "profile", "email", "api.read"]
            },
            {
              "clientId": "hybrid", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "hybrid-secret" }],
              "allowedGrantTypes": ["hybrid"], "allowAccessTokensViaBrowser": true, "allowOfflineAccess": true, "requirePkce": false,
              "redirectUris": ["https://hybrid.example.test/cb"], "allowedScopes": ["openid", "profile", "email", "api.read"]
            },
            {
              "clientId": "hybrid-identity", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "hybrid-identity-secret" }],
              "allowedGrantTypes": ["hybrid"], "redirectUris": ["https://hybrid-identity.example.test/cb"], "allowedScopes": ["openid", "profile", "api.read"]
            },
            {
              "clientId": "hybrid-public", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["hybrid"], "allowAccessTokensViaBrowser": true, "accessTokenType": "reference",
              "redirectUris": ["https://hybrid-public.example.test/cb"], "allowedScopes": ["openid", "profile", "api.read"]
            },
            {
              "clientId": "optional-pkce", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "optional-pkce-secret" }],
              "allowedGrantTypes": ["authorization_code"], "requirePkce": false,
              "redirectUris": ["https://optional-pkce.example.test/cb"], "allowedScopes": ["openid", "profile"]
            }
          ]
        }
        """;
}
