using IdP.Protocol.Clients;

namespace IdP.Clients;

/// <summary>Safe settings to start a client of each kind with; the console's wizard asks only for what is left open.</summary>
public static class ClientDefaults
{
    public static ClientSettings For(ApplicationType type) => type switch
    {
        ApplicationType.Web => new()
        {
            ApplicationType = type,
            AllowedGrantTypes = [GrantTypes.AuthorizationCode],
            AllowedScopes = ["openid", "profile", "email"],
        },
        // Tokens in a browser are within reach of every script on the page, so they are short-lived.
        ApplicationType.Spa => new()
        {
            ApplicationType = type,
            TokenEndpointAuthMethod = ClientAuthenticationMethods.None,
            AllowedGrantTypes = [GrantTypes.AuthorizationCode],
            AllowedScopes = ["openid", "profile"],
            AccessTokenLifetime = 600,
            SlidingRefreshTokenLifetime = 3600,
            AbsoluteRefreshTokenLifetime = 43_200,
        },
        // RFC 8252 8.6: another app can pretend to be this one, so the person is asked.
        ApplicationType.Native => new()
        {
            ApplicationType = type,
            TokenEndpointAuthMethod = ClientAuthenticationMethods.None,
            AllowedGrantTypes = [GrantTypes.AuthorizationCode],
            AllowedScopes = ["openid", "profile"],
            AllowOfflineAccess = true,
            RequireConsent = true,
        },
        ApplicationType.Machine => new()
        {
            ApplicationType = type,
            AllowedGrantTypes = [GrantTypes.ClientCredentials],
        },
        // RFC 8628 5.4: the device is not trusted more than any other public client.
        ApplicationType.Device => new()
        {
            ApplicationType = type,
            TokenEndpointAuthMethod = ClientAuthenticationMethods.None,
            AllowedGrantTypes = [GrantTypes.DeviceCode],
            AllowedScopes = ["openid", "profile"],
            AllowOfflineAccess = true,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown application type."),
    };
}
