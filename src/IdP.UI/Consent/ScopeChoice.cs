using IdP.Protocol.Resources;

namespace IdP.UI.Consent;

/// <summary>A scope in plain words.</summary>
public sealed record ScopeChoice(string Name, string Title, string? Description, bool IsPersonal, bool Required, bool Emphasize)
{
    public static IReadOnlyList<ScopeChoice> Describe(IEnumerable<string> scopes, ResourceSet resources) => [.. scopes.Distinct(StringComparer.Ordinal).Select(scope =>
        scope == ResourceSet.OfflineAccess ? new ScopeChoice(scope, "Stay connected when you are away", "The app can renew its access without asking you to sign in.", false, false, false)
        : resources.IdentityResources.TryGetValue(scope, out var identity) ? new ScopeChoice(scope, identity.DisplayName ?? scope, identity.Description, true, identity.Required, identity.Emphasize)
        : resources.ApiScopes.TryGetValue(scope, out var api) ? new ScopeChoice(scope, api.DisplayName ?? scope, api.Description, false, api.Required, api.Emphasize)
        : null).OfType<ScopeChoice>().OrderByDescending(s => s.IsPersonal)];
}
