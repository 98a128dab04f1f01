using System.Text.RegularExpressions;
using IdP.Access;

namespace IdP.Users;

/// <summary>Names of roles go into tokens and into programs, so they are plain.</summary>
public static partial class RoleRules
{
    public const string NameSentence = "A role has 1 to 100 letters, digits and the characters . _ : / - and nothing else.";

    public static IReadOnlyList<Failure> Check(string name) => IsName(name) ? [] : [Failure.Invalid("bad_name", NameSentence, "name")];

    internal static bool IsName(string name) => Name().IsMatch(name);

    [GeneratedRegex(@"^[A-Za-z0-9._:/\-]{1,100}\z")]
    private static partial Regex Name();
}
