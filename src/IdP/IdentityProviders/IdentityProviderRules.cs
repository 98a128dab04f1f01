using System.Globalization;
using System.Text.RegularExpressions;
using IdP.Access;
using IdP.Clients;
using IdP.Organizations;
using IdP.Protocol.Clients;
using IdP.Protocol.Upstream;

namespace IdP.IdentityProviders;

/// <summary>What an upstream provider must satisfy, whichever door it comes through.</summary>
public static partial class IdentityProviderRules
{
    private const int MaxScopes = 50, MaxAcrValues = 20, MaxDomains = 200, MaxOrganizations = 200, MaxSecret = 2000;

    /// <summary>Names that mean something else in sessions and addresses.</summary>
    private static readonly HashSet<string> BuiltIn = new(StringComparer.Ordinal) { "google", "local", "external" };

    /// <param name="secret">A secret that is set with this change; null keeps the stored one.</param>
    /// <param name="hasSecret">Whether one is stored.</param>
    /// <param name="organizations">All names of <see cref="IdentityProviderSettings.Organizations"/> that exist.</param>
    public static IReadOnlyList<Failure> Check(string name, IdentityProviderSettings settings, string? secret, bool hasSecret, IReadOnlySet<string> organizations)
    {
        List<Failure> failures = [];
        if (!IsName(name)) failures.Add(Failure.Invalid("bad_name", $"The name of a provider has 1 to {IdentityProvider.MaxName} small letters, digits and hyphens and starts with a letter or digit: it stands in addresses.", "name"));
        else if (BuiltIn.Contains(name)) failures.Add(Failure.Conflict("taken", "This name is built in.", "name"));
        if (string.IsNullOrWhiteSpace(settings.DisplayName)) failures.Add(Failure.Invalid("bad_display_name", "People must be told who signs them in: give a displayName.", "displayName"));
        TextRules.Check(failures, settings.DisplayName, 100, "displayName");
        CheckRegistration(failures, settings, secret, hasSecret);
        CheckWords(failures, settings.Scopes, MaxScopes, "scopes");
        CheckWords(failures, settings.AcrValues, MaxAcrValues, "acrValues");
        if (!settings.Scopes.Contains("openid")) failures.Add(Failure.Invalid("openid_required", "Without the scope openid no ID token comes (OpenID Connect Core 3.1.2.1).", "scopes"));
        foreach (var (field, claim) in ((string, string)[])[("nameClaim", settings.NameClaim), ("givenNameClaim", settings.GivenNameClaim), ("familyNameClaim", settings.FamilyNameClaim), ("emailClaim", settings.EmailClaim), ("emailVerifiedClaim", settings.EmailVerifiedClaim)])
            if (claim.Length is 0 or > 100 || claim.Any(c => c is <= ' ' or > '~')) failures.Add(Failure.Invalid("bad_claim", "The name of a claim has 1 to 100 printable ASCII characters without spaces.", field));
        CheckDomains(failures, settings, organizations);
        return failures;
    }

    public static bool IsName(string name) => Name().IsMatch(name);

    private static void CheckRegistration(List<Failure> failures, IdentityProviderSettings settings, string? secret, bool hasSecret)
    {
        if (settings.Issuer.Length > 500 || settings.Issuer.Contains('?') || UriRules.EndpointProblem(settings.Issuer) is not null)
            failures.Add(Failure.Invalid("bad_issuer", "An issuer is an https address (http on this machine only) of at most 500 characters without query and fragment, as the provider itself writes it.", "issuer"));
        if (settings.ClientId.Length is 0 or > 255 || settings.ClientId.Any(c => c is < ' ' or > '~'))
            failures.Add(Failure.Invalid("bad_client_id", "A client id has 1 to 255 printable ASCII characters.", "clientId"));
        if (!UpstreamClient.Methods.Contains(settings.TokenEndpointAuthMethod))
            failures.Add(Failure.Invalid("unsupported", $"\"{settings.TokenEndpointAuthMethod}\" is not supported; supported: {string.Join(", ", UpstreamClient.Methods)}.", "tokenEndpointAuthMethod"));
        else if (settings.NeedsSecret && secret is null && !hasSecret)
            failures.Add(Failure.Invalid("secret_required", "This authentication method needs the client secret that the provider gave.", "clientSecret"));
        else if (!settings.NeedsSecret && secret is not null)
            failures.Add(Failure.Invalid("no_secret", "With this authentication method there is no client secret.", "clientSecret"));
        if (secret is not null && (secret.Length is 0 or > MaxSecret || secret.Any(char.IsControl)))
            failures.Add(Failure.Invalid("bad_secret", $"A client secret has 1 to {MaxSecret} characters.", "clientSecret"));
        if (!UpstreamSigningKey.Algorithms.Contains(settings.TokenEndpointAuthSigningAlg))
            failures.Add(Failure.Invalid("unsupported", $"\"{settings.TokenEndpointAuthSigningAlg}\" is not supported; supported: {string.Join(", ", UpstreamSigningKey.Algorithms)}.", "tokenEndpointAuthSigningAlg"));
    }

    private static void CheckDomains(List<Failure> failures, IdentityProviderSettings settings, IReadOnlySet<string> organizations)
    {
        if (settings.AllowedDomains.Count > MaxDomains) failures.Add(Failure.Invalid("too_many", $"At most {MaxDomains} entries are allowed.", "allowedDomains"));
        TextRules.CheckUnique(failures, settings.AllowedDomains, "allowedDomains");
        for (var i = 0; i < settings.AllowedDomains.Count; i++)
            if (settings.AllowedDomains[i] != "*" && !OrganizationRules.IsDomain(settings.AllowedDomains[i]))
                failures.Add(Failure.Invalid("bad_domain", "A domain is written in small letters with at least one dot, such as example.com; international ones in punycode. * stands for all.", At("allowedDomains", i)));
        if (settings.Organizations.Count > MaxOrganizations) failures.Add(Failure.Invalid("too_many", $"At most {MaxOrganizations} entries are allowed.", "organizations"));
        TextRules.CheckUnique(failures, settings.Organizations, "organizations");
        for (var i = 0; i < settings.Organizations.Count; i++)
            if (!organizations.Contains(settings.Organizations[i]))
                failures.Add(Failure.Invalid("unknown_organization", $"There is no organization \"{settings.Organizations[i]}\".", At("organizations", i)));
        if (settings.Organizations.Count > 0 && settings.AllowedDomains.Count > 0)
            failures.Add(Failure.Invalid("two_domain_lists", "A provider of organizations speaks for their verified domains: allowedDomains is for providers without organizations.", "allowedDomains"));
        if (settings.OnlyWay && settings.Organizations.Count == 0)
            failures.Add(Failure.Invalid("no_organization", "onlyWay is about the people of organizations, and this provider has none.", "onlyWay"));
    }

    private static void CheckWords(List<Failure> failures, List<string> words, int most, string field)
    {
        if (words.Count > most) failures.Add(Failure.Invalid("too_many", $"At most {most} entries are allowed.", field));
        TextRules.CheckUnique(failures, words, field);
        for (var i = 0; i < words.Count; i++)
            if (words[i].Length is 0 or > 200 || words[i].Any(c => c is <= ' ' or > '~' or '"' or '\\'))
                failures.Add(Failure.Invalid("bad_character", "1 to 200 printable ASCII characters without spaces, quotes and backslashes are allowed (RFC 6749 3.3).", At(field, i)));
    }

    private static string At(string field, int index) => string.Create(CultureInfo.InvariantCulture, $"{field}[{index}]");

    [GeneratedRegex(@"^[a-z0-9][a-z0-9\-]{0,49}\z")]
    private static partial Regex Name();
}
