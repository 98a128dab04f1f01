using IdP.Protocol.Clients;

namespace IdP.Protocol.Registration;

/// <summary>
/// Translates between the pair <c>grant_types</c> / <c>response_types</c> of RFC 7591 2.1 and the grants of our client model, where the
/// implicit and the hybrid flow are grants of their own.
/// </summary>
internal static class ResponseTypes
{
    private const string Code = "code", IdToken = "id_token", CodeIdToken = "code id_token";

    /// <summary>Writes grants onto the client; answers what does not fit together.</summary>
    public static string? Apply(Client client, List<string>? grantTypes, List<string>? responseTypes)
    {
        var types = responseTypes?.ConvertAll(Normal) ?? (grantTypes is null || grantTypes.Contains(GrantTypes.AuthorizationCode) ? [Code] : []);
        var grants = grantTypes ?? [.. types.Exists(UsesCode) ? (string[])[GrantTypes.AuthorizationCode] : [], .. types.Exists(UsesFrontChannel) ? (string[])[GrantTypes.Implicit] : []];
        if (types.Find(type => !IsKnown(type)) is { } unknown) return $"The response type \"{unknown}\" is not supported.";
        if (grants.Find(grant => grant is GrantTypes.Hybrid || grant != GrantTypes.RefreshToken && !GrantTypes.Supported.Contains(grant)) is { } strange) return $"The grant type \"{strange}\" is not supported.";
        // RFC 7591 2.1: each side needs its counterpart.
        if (types.Exists(UsesCode) != grants.Contains(GrantTypes.AuthorizationCode)) return "Response types with \"code\" and the grant type \"authorization_code\" need each other.";
        if (types.Exists(UsesFrontChannel) != grants.Contains(GrantTypes.Implicit)) return "Response types with \"id_token\" or \"token\" and the grant type \"implicit\" need each other.";

        client.AllowedGrantTypes =
        [
            .. types.Contains(Code) ? (string[])[GrantTypes.AuthorizationCode] : [],
            .. types.Exists(type => !UsesCode(type)) ? (string[])[GrantTypes.Implicit] : [],
            .. types.Exists(type => UsesCode(type) && UsesFrontChannel(type)) ? (string[])[GrantTypes.Hybrid] : [],
            .. grants.Where(grant => grant is not (GrantTypes.AuthorizationCode or GrantTypes.Implicit or GrantTypes.RefreshToken)).Distinct(StringComparer.Ordinal),
        ];
        client.AllowAccessTokensViaBrowser = types.Exists(type => type.Split(' ').Contains("token"));
        client.AllowOfflineAccess = grants.Contains(GrantTypes.RefreshToken);
        if (client.AllowOfflineAccess && !client.AllowedGrantTypes.Exists(GrantTypes.AllowsRefresh)) return "The grant type \"refresh_token\" needs one in which a person takes part.";
        return client.AllowedGrantTypes.Count == 0 ? "No grant type is left." : null;
    }

    public static IReadOnlyList<string> GrantTypesOf(Client client)
    {
        var grants = client.AllowedGrantTypes;
        return
        [
            .. grants.Exists(grant => grant is GrantTypes.AuthorizationCode or GrantTypes.Hybrid) ? (string[])[GrantTypes.AuthorizationCode] : [],
            .. grants.Exists(grant => grant is GrantTypes.Implicit or GrantTypes.Hybrid) ? (string[])[GrantTypes.Implicit] : [],
            .. grants.Where(grant => !GrantTypes.IsInteractive(grant)),
            .. client.AllowOfflineAccess ? (string[])[GrantTypes.RefreshToken] : [],
        ];
    }

    public static IReadOnlyList<string> ResponseTypesOf(Client client)
    {
        var grants = client.AllowedGrantTypes;
        var token = client.AllowAccessTokensViaBrowser;
        return
        [
            .. grants.Contains(GrantTypes.AuthorizationCode) ? (string[])[Code] : [],
            .. grants.Contains(GrantTypes.Implicit) ? (string[])[IdToken, .. token ? (string[])["id_token token"] : []] : [],
            .. grants.Contains(GrantTypes.Hybrid) ? (string[])[CodeIdToken, .. token ? (string[])["code token", "code id_token token"] : []] : [],
        ];
    }

    /// <summary>The order of the words means nothing (OAuth 2.0 Multiple Response Type Encoding Practices 3).</summary>
    private static string Normal(string type) => string.Join(' ', type.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

    private static bool IsKnown(string type) => type is Code or IdToken or "id_token token" or CodeIdToken or "code token" or "code id_token token";

    private static bool UsesCode(string type) => type.Split(' ').Contains(Code);

    private static bool UsesFrontChannel(string type) => type.Split(' ').Any(word => word is "token" or IdToken);
}
