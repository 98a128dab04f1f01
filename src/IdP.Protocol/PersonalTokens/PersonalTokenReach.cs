using IdP.Protocol.Resources;

namespace IdP.Protocol.PersonalTokens;

/// <summary>What personal access tokens open, as scopes and APIs are now: a scope that is switched off or closed to people opens nothing any more, also to tokens that were made with it.</summary>
public static class PersonalTokenReach
{
    /// <summary>What people may choose from: a scope that no API serves would open nothing.</summary>
    public static IReadOnlyList<ApiScope> PersonalScopes(this ResourceSet resources) =>
        [.. resources.ApiScopes.Values.Where(scope => scope.AllowPersonalAccessTokens && resources.ApisOf([scope.Name]).Any()).OrderBy(scope => scope.DisplayName ?? scope.Name, StringComparer.OrdinalIgnoreCase).ThenBy(scope => scope.Name, StringComparer.Ordinal)];

    /// <summary>Those of the scopes that count.</summary>
    public static IReadOnlyList<string> PersonalScopesAmong(this ResourceSet resources, IEnumerable<string> scopes) =>
        [.. scopes.Where(scope => resources.ApiScopes.TryGetValue(scope, out var known) && known.AllowPersonalAccessTokens)];

    /// <summary>The APIs that a token with these scopes is for. One that wants tokens for itself alone is not among others (RFC 8707).</summary>
    public static IReadOnlyList<ApiResource> PersonalAudience(this ResourceSet resources, IEnumerable<string> scopes)
    {
        ApiResource[] apis = [.. resources.ApisOf(scopes)];
        return apis.Length == 1 ? apis : [.. apis.Where(api => !api.RequireResourceIndicator)];
    }
}
