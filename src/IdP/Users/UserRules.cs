using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using IdP.Access;

namespace IdP.Users;

/// <summary>The names a person may be connected to.</summary>
public sealed record UserReferences(IReadOnlySet<string> Roles, IReadOnlySet<string> Groups, IReadOnlySet<string> Organizations);

/// <summary>What an account must satisfy, whichever door it comes through. Fields are named as in configuration files.</summary>
public static partial class UserRules
{
    private const int MaxClaims = 100;
    private const int MaxClaimLength = 4000;

    // Claims of the protocol itself, and those whose value another property decides: setting them here would forge a token or be overwritten.
    private static readonly FrozenDictionary<string, string> Reserved = new Dictionary<string, string>
    {
        ["name"] = "name", ["given_name"] = "givenName", ["family_name"] = "familyName", ["locale"] = "locale", ["preferred_username"] = "userName",
        ["email"] = "email", ["email_verified"] = "emailVerified", ["phone_number"] = "phoneNumber", ["phone_number_verified"] = "phoneNumberVerified",
        ["role"] = "roles", ["roles"] = "roles", ["groups"] = "groups", ["updated_at"] = "",
        ["sub"] = "", ["iss"] = "", ["aud"] = "", ["exp"] = "", ["nbf"] = "", ["iat"] = "", ["jti"] = "", ["azp"] = "", ["nonce"] = "", ["auth_time"] = "", ["acr"] = "", ["amr"] = "",
        ["sid"] = "", ["idp"] = "", ["client_id"] = "", ["scope"] = "", ["cnf"] = "", ["act"] = "", ["may_act"] = "", ["at_hash"] = "", ["c_hash"] = "", ["s_hash"] = "", ["typ"] = "",
        ["active"] = "", ["token_type"] = "", ["token_usage"] = "", ["username"] = "",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyList<Failure> Check(UserSettings user, UserReferences references)
    {
        List<Failure> failures = [];
        if (!IsUserName(user.UserName))
            failures.Add(Failure.Invalid("bad_user_name", "A user name has 1 to 200 letters, digits and the characters . _ - + @ \\ and nothing else.", "userName"));
        CheckContact(failures, user);
        ProfileRules.Check(failures, user.Name, user.GivenName, user.FamilyName, user.Locale);
        CheckNames(failures, user.Groups, references.Groups, "groups", "group");
        CheckNames(failures, user.Roles, references.Roles, "roles", "role");
        CheckOrganizations(failures, user.Organizations, references.Organizations);
        CheckClaims(failures, user.Claims);
        return failures;
    }

    public static bool IsEmail(string text) => text.Length <= 254 && EmailAddress().IsMatch(text) && Fits(text);

    public static bool IsUserName(string text) => UserName().IsMatch(text) && Fits(text);

    /// <summary>Some letters become several when they are normalized, and those are what the tables hold.</summary>
    private static bool Fits(string text) => text.Normalize().Length <= 256;

    private static void CheckContact(List<Failure> failures, UserSettings user)
    {
        if (user.Email is not null && !IsEmail(user.Email))
            failures.Add(Failure.Invalid("bad_email", "This is no e-mail address.", "email"));
        if (user.EmailVerified && user.Email is null)
            failures.Add(Failure.Invalid("email_required", "There is no e-mail address that could be verified.", "emailVerified"));
        if (user.PhoneNumber is not null && !PhoneNumber().IsMatch(user.PhoneNumber))
            failures.Add(Failure.Invalid("bad_phone_number", "A telephone number is + and 5 to 15 digits with the country code first (E.164).", "phoneNumber"));
        if (user.PhoneNumberVerified && user.PhoneNumber is null)
            failures.Add(Failure.Invalid("phone_number_required", "There is no telephone number that could be verified.", "phoneNumberVerified"));
    }

    private static void CheckNames(List<Failure> failures, List<string> names, IReadOnlySet<string> known, string field, string thing)
    {
        TextRules.CheckUnique(failures, names, field);
        for (var i = 0; i < names.Count; i++)
            if (!known.Contains(names[i]))
                failures.Add(Failure.Invalid($"unknown_{thing}", $"There is no {thing} \"{names[i]}\".", At(field, i)));
    }

    private static void CheckOrganizations(List<Failure> failures, List<Membership> memberships, IReadOnlySet<string> known)
    {
        TextRules.CheckUnique(failures, [.. memberships.Select(m => m.Name)], "organizations");
        for (var i = 0; i < memberships.Count; i++)
        {
            var field = At("organizations", i);
            if (!known.Contains(memberships[i].Name))
                failures.Add(Failure.Invalid("unknown_organization", $"There is no organization \"{memberships[i].Name}\".", field + ".name"));
            TextRules.CheckUnique(failures, memberships[i].Roles, field + ".roles");
            for (var j = 0; j < memberships[i].Roles.Count; j++)
                if (!RoleRules.IsName(memberships[i].Roles[j]))
                    failures.Add(Failure.Invalid("bad_name", RoleRules.NameSentence, At(field + ".roles", j)));
        }
    }

    private static void CheckClaims(List<Failure> failures, List<UserClaim> claims)
    {
        if (claims.Count > MaxClaims)
            failures.Add(Failure.Invalid("too_many", $"At most {MaxClaims} claims are allowed.", "claims"));
        for (var i = 0; i < claims.Count; i++)
        {
            var (type, value, field) = (claims[i].Type, claims[i].Value, At("claims", i));
            if (type.Length is 0 or > 200 || type.Any(c => c is <= ' ' or > '~'))
                failures.Add(Failure.Invalid("bad_claim_type", "A claim type has 1 to 200 printable ASCII characters without spaces.", field + ".type"));
            else if (Reserved.TryGetValue(type, out var property))
                failures.Add(Failure.Invalid("reserved_claim", property.Length > 0 ? $"The claim \"{type}\" comes from the property {property}." : $"The claim \"{type}\" is set by the provider itself.", field + ".type"));
            if (value.GetValueKind() is JsonValueKind.Null || UserClaimValue.ToText(value).Length > MaxClaimLength)
                failures.Add(Failure.Invalid("bad_claim_value", $"A claim value is not null and has at most {MaxClaimLength} characters as JSON.", field + ".value"));
            else if (claims.Take(i).Any(other => other.ToString() == claims[i].ToString()))
                failures.Add(Failure.Invalid("duplicate", "This claim is listed twice.", field));
        }
    }

    private static string At(string field, int index) => string.Create(CultureInfo.InvariantCulture, $"{field}[{index}]");

    [GeneratedRegex(@"^[\p{L}\p{M}\p{N}._\-+@\\]{1,200}\z")]
    private static partial Regex UserName();

    // Dots stand between other characters (RFC 5321 4.1.2).
    [GeneratedRegex(@"^(?!\.)(?![^@]*\.\.)(?![^@]*\.@)[^\s@""<>(),:;\[\]\\\p{C}]{1,64}@[\p{L}\p{N}]([\p{L}\p{N}\-]*[\p{L}\p{N}])?(\.[\p{L}\p{N}]([\p{L}\p{N}\-]*[\p{L}\p{N}])?)*\z")]
    private static partial Regex EmailAddress();

    [GeneratedRegex(@"^\+[0-9]{5,15}\z")]
    private static partial Regex PhoneNumber();
}
