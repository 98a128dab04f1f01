using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace IdP.Audit;

/// <summary>One property that became different: what the audit log keeps and what a plan prints.</summary>
/// <param name="Property">In camel case, as in configuration files.</param>
public sealed record Change(string Property, string? Before, string? After, IReadOnlyList<string>? Added = null, IReadOnlyList<string>? Removed = null)
{
    public override string ToString() => (Added, Removed) switch
    {
        (null, _) or (_, null) => $"{Property}: {Before ?? "nothing"} -> {After ?? "nothing"}",
        (_, []) => $"{Property}: add {string.Join(", ", Added)}",
        ([], _) => $"{Property}: remove {string.Join(", ", Removed)}",
        _ => $"{Property}: add {string.Join(", ", Added)}; remove {string.Join(", ", Removed)}",
    };

    /// <summary>Compares two sets of settings property by property; the order of a list means nothing.</summary>
    public static IReadOnlyList<Change> Between<T>(T before, T after) where T : class =>
        [.. typeof(T).GetProperties().Where(property => property.CanWrite).Select(property => Of(Name(property.Name), property.GetValue(before), property.GetValue(after))).OfType<Change>()];

    private static Change? Of(string name, object? before, object? after)
    {
        if (before is not string && (before ?? after) is IEnumerable and not string)
        {
            var (old, now) = (Texts(before), Texts(after));
            IReadOnlyList<string> added = [.. now.Except(old)], removed = [.. old.Except(now)];
            return added.Count + removed.Count == 0 ? null : new Change(name, null, null, added, removed);
        }
        return Equals(before, after) ? null : new Change(name, Text(before), Text(after));
    }

    private static List<string> Texts(object? list) => [.. ((IEnumerable?)list ?? Array.Empty<string>()).Cast<object>().Select(item => Text(item)!)];

    private static string? Text(object? value) => value switch
    {
        null => null,
        bool flag => flag ? "true" : "false",
        Enum choice => Name(choice.ToString()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    private static string Name(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);
}
