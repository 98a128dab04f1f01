using IdP.Protocol.Clients;

namespace IdP.Clients;

/// <summary>What an administrator should know about a client's settings: allowed, and still weaker than what RFC 9700 recommends.</summary>
/// <param name="Code">Stable name.</param>
/// <param name="Message">What is wrong with it and what to do instead, in words.</param>
public sealed record ClientWarning(string Code, string Message);

public static class ClientWarnings
{
    public static IReadOnlyList<ClientWarning> Of(Client client) => [.. Find(client)];

    private static IEnumerable<ClientWarning> Find(Client client)
    {
        var grants = client.AllowedGrantTypes;
        if (grants.Contains(GrantTypes.Password))
            yield return new("password_grant", "This app collects people's passwords (password grant). Whoever controls it can keep them, and neither a second factor nor single sign-on nor consent is possible. Move it to the authorization code grant (RFC 9700 2.4).");
        if (grants.Contains(GrantTypes.Implicit))
            yield return new("implicit_grant", client.AllowAccessTokensViaBrowser
                ? "This app receives access tokens in the browser's address (implicit grant), where history, extensions and scripts can read them. Move it to the authorization code grant with PKCE (RFC 9700 2.1.2)."
                : "This app receives ID tokens in the browser's address (implicit grant). Move it to the authorization code grant with PKCE (RFC 9700 2.1.2).");
        if (grants.Contains(GrantTypes.Hybrid) && client.AllowAccessTokensViaBrowser)
            yield return new("browser_access_tokens", "This app may receive access tokens in the browser's address (hybrid grant), where history, extensions and scripts can read them. Let it take them from the token endpoint only (RFC 9700 2.1.2).");
        if (!client.RequirePkce && !client.IsPublic && (grants.Contains(GrantTypes.AuthorizationCode) || grants.Contains(GrantTypes.Hybrid)))
            yield return new("pkce_optional", "This app may ask for codes without PKCE, so a stolen code can be slipped into somebody else's sign-in. Demand PKCE as soon as the app sends it (RFC 9700 2.1.1).");
        if (client.RefreshTokenReuseGrace > 0)
            yield return new("refresh_grace", $"A used refresh token of this app works again for {client.RefreshTokenReuseGrace} seconds, for a thief too. Choose 0 when the app sends one refresh at a time (RFC 9700 4.14.2).");
    }
}
