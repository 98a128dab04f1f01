using IdP.Access;

namespace IdP.Groups;

/// <summary>What an administrator decides about a group; who belongs to it is decided at the person.</summary>
public sealed class GroupSettings
{
    public string? Description { get; set; }

    public static GroupSettings From(Group group) => new() { Description = group.Description };
}

public static class GroupRules
{
    public static IReadOnlyList<Failure> Check(string name, GroupSettings settings)
    {
        List<Failure> failures = [];
        if (name.Length == 0 || name != name.Trim())
            failures.Add(Failure.Invalid("bad_name", "A group has a name, and it does not start or end with a space.", "name"));
        TextRules.Check(failures, name, 200, "name");
        TextRules.Check(failures, settings.Description, 1000, "description");
        return failures;
    }
}
