using System.Collections.Immutable;
using System.Globalization;
using IdP.Protocol.Clients;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Storage;

/// <summary>Translates what a client may do into the engine's permission and setting strings.</summary>
internal static class ClientPermissions
{
    public static ImmutableArray<string> Of(Client client)
    {
        var permissions = ImmutableArray.CreateBuilder<string>();
        permissions.Add(Permissions.Endpoints.Token);
        permissions.Add(Permissions.Endpoints.Revocation);
        permissions.Add(Permissions.Endpoints.Introspection);
        permissions.Add(Permissions.Endpoints.EndSession);
        if (client.AllowedGrantTypes.Contains(Clients.GrantTypes.AuthorizationCode))
        {
            permissions.Add(Permissions.Endpoints.Authorization);
            permissions.Add(Permissions.GrantTypes.AuthorizationCode);
            permissions.Add(Permissions.ResponseTypes.Code);
        }
        if (client.AllowedGrantTypes.Contains(Clients.GrantTypes.Implicit))
        {
            permissions.Add(Permissions.Endpoints.Authorization);
            permissions.Add(Permissions.GrantTypes.Implicit);
            permissions.Add(Permissions.ResponseTypes.IdToken);
            if (client.AllowAccessTokensViaBrowser) permissions.Add(Permissions.ResponseTypes.IdTokenToken);
        }
        if (client.AllowedGrantTypes.Contains(Clients.GrantTypes.Hybrid))
        {
            // The engine knows hybrid as both of its halves; what may be asked for is the list of response types.
            permissions.Add(Permissions.Endpoints.Authorization);
            permissions.Add(Permissions.GrantTypes.AuthorizationCode);
            permissions.Add(Permissions.GrantTypes.Implicit);
            permissions.Add(Permissions.ResponseTypes.CodeIdToken);
            if (client.AllowAccessTokensViaBrowser)
            {
                permissions.Add(Permissions.ResponseTypes.CodeToken);
                permissions.Add(Permissions.ResponseTypes.CodeIdTokenToken);
            }
        }
        if (client.AllowedGrantTypes.Contains(Clients.GrantTypes.ClientCredentials))
            permissions.Add(Permissions.GrantTypes.ClientCredentials);
        if (client.AllowedGrantTypes.Contains(Clients.GrantTypes.DeviceCode))
        {
            permissions.Add(Permissions.Endpoints.DeviceAuthorization);
            permissions.Add(Permissions.GrantTypes.DeviceCode);
        }
        if (client.AllowedGrantTypes.Contains(Clients.GrantTypes.TokenExchange) && !client.IsPublic)
            permissions.Add(Permissions.GrantTypes.TokenExchange);
        if (client.AllowedGrantTypes.Contains(Clients.GrantTypes.JwtBearer) && !client.IsPublic)
            permissions.Add(Permissions.Prefixes.GrantType + Clients.GrantTypes.JwtBearer);
        foreach (var custom in client.AllowedGrantTypes.Where(grant => !Clients.GrantTypes.Supported.Contains(grant)))
            permissions.Add(Permissions.Prefixes.GrantType + custom);
        if (client.AllowedGrantTypes.Contains(Clients.GrantTypes.Password))
            permissions.Add(Permissions.GrantTypes.Password);
        if (client.AllowOfflineAccess)
            permissions.Add(Permissions.GrantTypes.RefreshToken);
        return permissions.ToImmutable();
    }

    public static ImmutableDictionary<string, string> Lifetimes(Client client) => ImmutableDictionary<string, string>.Empty
        .Add(Settings.TokenLifetimes.AccessToken, Format(client.AccessTokenLifetime))
        .Add(Settings.TokenLifetimes.IdentityToken, Format(client.IdentityTokenLifetime))
        .Add(Settings.TokenLifetimes.AuthorizationCode, Format(client.AuthorizationCodeLifetime))
        .Add(Settings.TokenLifetimes.DeviceCode, Format(client.DeviceCodeLifetime))
        .Add(Settings.TokenLifetimes.UserCode, Format(client.DeviceCodeLifetime))
        .Add(Settings.TokenLifetimes.RefreshToken, Format(client.SlidingRefreshTokenLifetime));

    private static string Format(int seconds) => TimeSpan.FromSeconds(seconds).ToString("c", CultureInfo.InvariantCulture);
}
