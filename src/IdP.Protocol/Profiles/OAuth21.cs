using IdP.Protocol.Clients;

namespace IdP.Protocol.Profiles;

/// <summary>OAuth 2.1 (draft-ietf-oauth-v2-1), which is RFC 6749 as RFC 9700 wants it used. What this provider does for every client stands here too, so that the list is the whole of it.</summary>
public static class OAuth21
{
    public const string ProofKey = "proof_key";
    public const string NoFrontChannelTokens = "no_front_channel_tokens";
    public const string NoPasswords = "no_passwords";
    public const string SecureRedirects = "secure_redirects";
    public const string OneTimeRefreshTokens = "one_time_refresh_tokens";
    public const string ExactRedirects = "exact_redirects";
    public const string OneTimeCodes = "one_time_codes";
    public const string RegisteredAuthentication = "registered_authentication";
    public const string NoTokensInAddresses = "no_tokens_in_addresses";

    public static Profile Profile { get; } = new(SecurityProfiles.OAuth21, "OAuth 2.1",
    [
        new(ProofKey, "OAuth 2.1 4.1.1, RFC 9700 2.1.1", "Every code is bound to the app that asked for it by PKCE with S256.",
            (client, _) => client.RequirePkce || !client.AllowedGrantTypes.Exists(grant => grant is GrantTypes.AuthorizationCode or GrantTypes.Hybrid) ? null : "PKCE is not demanded."),
        new(NoFrontChannelTokens, "OAuth 2.1 10.1, RFC 9700 2.1.2", "Access tokens never travel through the browser's address.",
            (client, _) => client.AllowedGrantTypes.Contains(GrantTypes.Implicit) ? "The implicit grant is allowed." : client.AllowAccessTokensViaBrowser ? "Access tokens may come from the authorization endpoint." : null),
        new(NoPasswords, "OAuth 2.1 10, RFC 9700 2.4", "The app never sees a person's password.",
            (client, _) => client.AllowedGrantTypes.Contains(GrantTypes.Password) ? "The password grant is allowed." : null),
        new(SecureRedirects, "OAuth 2.1 8.4.2, RFC 8252 8.3", "Codes go to https, to a literal loopback address or to the app's own scheme.",
            (client, _) => client.RedirectUris.Find(IsPlain) is { } plain ? $"{plain} is plain http to a name: use https, or 127.0.0.1 for a native app." : null),
        new(OneTimeRefreshTokens, "OAuth 2.1 4.3.1, RFC 9700 2.2.2", "A refresh token of a public client works once.",
            (client, _) => client.IsPublic && client.RefreshTokenReuseGrace > 0 ? $"A used refresh token is taken again for {client.RefreshTokenReuseGrace} seconds." : null),
        new(ExactRedirects, "OAuth 2.1 2.3.1, RFC 9700 2.1", "Redirect URIs are compared character by character.", (_, _) => null),
        new(OneTimeCodes, "OAuth 2.1 4.1.3, RFC 9700 4.2.4", "A code works once; a second use ends what the first one led to.", (_, _) => null),
        new(RegisteredAuthentication, "OAuth 2.1 2.4, RFC 7591 2", "The app proves who it is in the one way it registered.", (_, _) => null),
        new(NoTokensInAddresses, "OAuth 2.1 5.1.1, RFC 9700 4.3.2", "Access tokens are taken from headers and forms, never from an address.", (_, _) => null),
    ]);

    /// <summary>Plain http is safe to a literal loopback address alone: the name localhost may resolve elsewhere.</summary>
    internal static bool IsPlain(string redirectUri) =>
        redirectUri.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !(AbsoluteUri.TryParse(redirectUri, out var uri) && System.Net.IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && System.Net.IPAddress.IsLoopback(address));
}
