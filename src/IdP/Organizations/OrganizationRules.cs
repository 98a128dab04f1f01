using System.Globalization;
using System.Text.RegularExpressions;
using IdP.Access;

namespace IdP.Organizations;

public static partial class OrganizationRules
{
    private const int MaxDomains = 200;

    public static IReadOnlyList<Failure> Check(string name, OrganizationSettings settings)
    {
        List<Failure> failures = [];
        if (!Name().IsMatch(name))
            failures.Add(Failure.Invalid("bad_name", "The name of an organization has 1 to 100 small letters, digits and the characters . _ - and starts with a letter or digit.", "name"));
        TextRules.Check(failures, settings.DisplayName, 200, "displayName");
        if (settings.Domains.Count > MaxDomains)
            failures.Add(Failure.Invalid("too_many", $"At most {MaxDomains} domains are allowed.", "domains"));
        TextRules.CheckUnique(failures, settings.Domains.ConvertAll(d => d.Name), "domains");
        for (var i = 0; i < settings.Domains.Count; i++)
            if (!IsDomain(settings.Domains[i].Name))
                failures.Add(Failure.Invalid("bad_domain", "A domain is written in small letters with at least one dot, such as example.com; international ones in punycode.", string.Create(CultureInfo.InvariantCulture, $"domains[{i}].name")));
        return failures;
    }

    /// <summary>A domain name as it is compared: in small ASCII letters, international ones in punycode.</summary>
    public static bool IsDomain(string name) => name.Length <= 253 && Domain().IsMatch(name);

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._\-]{0,99}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^([a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\z")]
    private static partial Regex Domain();
}
