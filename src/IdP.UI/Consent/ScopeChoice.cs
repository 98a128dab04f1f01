using IdP.Protocol.Claims;
using IdP.Protocol.Resources;
using IdP.Resources;
using Microsoft.Extensions.Localization;

namespace IdP.UI.Consent;

/// <summary>A scope, or a single claim (<see cref="ConsentItem"/>), in plain words.</summary>
public sealed record ScopeChoice(string Name, string Title, string? Description, bool IsPersonal, bool Required, bool Emphasize)
{
    public static IReadOnlyList<ScopeChoice> Describe(IEnumerable<string> asked, ResourceSet resources, IStringLocalizer texts) => [.. asked.Distinct(StringComparer.Ordinal).Select(scope =>
        scope == ResourceSet.OfflineAccess ? new ScopeChoice(scope, texts["OfflineAccess"], texts["OfflineAccess_Description"], false, false, false)
        : resources.IdentityResources.TryGetValue(scope, out var identity) ? new ScopeChoice(scope, TitleOf(identity, texts), DescriptionOf(identity, texts), true, identity.Required, identity.Emphasize)
        : resources.ApiScopes.TryGetValue(scope, out var api) ? new ScopeChoice(scope, api.DisplayName ?? scope, api.Description, false, api.Required, api.Emphasize)
        : ConsentItem.ClaimOf(scope) is { } claim ? new ScopeChoice(scope, TitleOf(claim, texts), null, true, false, false)
        : null).OfType<ScopeChoice>().OrderByDescending(s => s.IsPersonal)];

    /// <summary>The standard scopes are named by us until an operator names them: that text stays as it is.</summary>
    private static string TitleOf(IdentityResource scope, IStringLocalizer texts) =>
        IsOurs(scope.Name, scope.DisplayName, standard => standard.DisplayName) ? texts["Scope_" + scope.Name] : scope.DisplayName ?? scope.Name;

    private static string? DescriptionOf(IdentityResource scope, IStringLocalizer texts) =>
        IsOurs(scope.Name, scope.Description, standard => standard.Description) ? texts["ScopeDescription_" + scope.Name] : scope.Description;

    private static bool IsOurs(string scope, string? text, Func<IdentityResourceSettings, string?> ours) =>
        text is not null && StandardIdentityResources.All.TryGetValue(scope, out var standard) && text == ours(standard);

    private static string TitleOf(string claim, IStringLocalizer texts) => texts["Claim_" + claim] is { ResourceNotFound: false } known ? known : texts["Claim_other", claim.Replace('_', ' ')];
}
