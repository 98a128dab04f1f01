using IdP.Protocol.Claims;
using IdP.Protocol.Resources;

namespace IdP.UI.Consent;

/// <summary>A scope, or a single claim (<see cref="ConsentItem"/>), in plain words.</summary>
public sealed record ScopeChoice(string Name, string Title, string? Description, bool IsPersonal, bool Required, bool Emphasize)
{
    public static IReadOnlyList<ScopeChoice> Describe(IEnumerable<string> scopes, ResourceSet resources) => [.. scopes.Distinct(StringComparer.Ordinal).Select(scope =>
        scope == ResourceSet.OfflineAccess ? new ScopeChoice(scope, "Stay connected when you are away", "The app can renew its access without asking you to sign in.", false, false, false)
        : resources.IdentityResources.TryGetValue(scope, out var identity) ? new ScopeChoice(scope, identity.DisplayName ?? scope, identity.Description, true, identity.Required, identity.Emphasize)
        : resources.ApiScopes.TryGetValue(scope, out var api) ? new ScopeChoice(scope, api.DisplayName ?? scope, api.Description, false, api.Required, api.Emphasize)
        : ConsentItem.ClaimOf(scope) is { } claim ? new ScopeChoice(scope, Words.GetValueOrDefault(claim) ?? $"Your {claim.Replace('_', ' ')}", null, true, false, false)
        : null).OfType<ScopeChoice>().OrderByDescending(s => s.IsPersonal)];

    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["email"] = "Your e-mail address",
        ["email_verified"] = "Whether your e-mail address is verified",
        ["given_name"] = "Your first name",
        ["family_name"] = "Your last name",
        ["preferred_username"] = "Your user name",
        ["locale"] = "Your language",
        ["zoneinfo"] = "Your time zone",
        ["birthdate"] = "Your date of birth",
        ["phone_number"] = "Your telephone number",
        ["phone_number_verified"] = "Whether your telephone number is verified",
        ["address"] = "Your postal address",
        ["updated_at"] = "When your profile was changed last",
    };
}
