using System.Text.RegularExpressions;
using IdP.Access;

namespace IdP.Users;

/// <summary>How people may be called, whoever says so.</summary>
internal static partial class ProfileRules
{
    public static void Check(List<Failure> failures, string? name, string? givenName, string? familyName, string? locale)
    {
        TextRules.Check(failures, name, 200, "name");
        TextRules.Check(failures, givenName, 100, "givenName");
        TextRules.Check(failures, familyName, 100, "familyName");
        if (locale is not null && !LanguageTag().IsMatch(locale))
            failures.Add(Failure.Invalid("bad_locale", "A locale is a language tag such as en or de-CH (BCP 47).", "locale"));
    }

    [GeneratedRegex(@"^(?=.{2,35}\z)[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\z")]
    private static partial Regex LanguageTag();
}
