using IdP.Access;
using IdP.Protocol.LocalApi;

namespace IdP.Configuration;

/// <summary>What a configuration file changes, one line each, in words and without secrets or passwords.</summary>
public sealed record ConfigurationPlan(IReadOnlyList<string> Changes)
{
    public bool IsEmpty => Changes.Count == 0;
}

/// <summary>One write of a plan.</summary>
/// <param name="Path">JSON path of the object in the file it comes from.</param>
/// <param name="Words">What it changes; a step that changes nothing is not made.</param>
/// <param name="ApplyAsync">Calls the operation; answers why not, or null.</param>
internal sealed record Step(string Path, IReadOnlyList<string> Words, Func<CancellationToken, Task<Failure?>> ApplyAsync)
{
    public static Step Create<T>(string path, string thing, Func<CancellationToken, Task<Outcome<T>>> create) =>
        new(path, [$"{thing}: create"], async ct => (await create(ct)).Failure);

    public static Step? Update<T>(string path, string thing, IEnumerable<string> changes, Func<CancellationToken, Task<Outcome<T>>> update) =>
        changes.Select(change => $"{thing}: {change}").ToList() is { Count: > 0 } words ? new(path, words, async ct => (await update(ct)).Failure) : null;
}

/// <summary>A plan in the making: what was found wrong, what is to be done, and which names exist once that is done.</summary>
internal sealed class Draft(ReadLog log)
{
    public ReadLog Log { get; } = log;
    public List<Step> Steps { get; } = [];
    public HashSet<string> IdentityResources { get; } = new(StringComparer.Ordinal);
    public HashSet<string> ApiScopes { get; } = new(StringComparer.Ordinal);
    public HashSet<string> ApiResources { get; } = new(StringComparer.Ordinal);
    /// <summary>Where the file names its API resources.</summary>
    public Dictionary<string, string> ApiResourcePaths { get; } = new(StringComparer.Ordinal);

    /// <summary>Normalized user names that the file names.</summary>
    public HashSet<string> Users { get; } = new(StringComparer.Ordinal);

    /// <summary>Who shall be assigned to which client of the file.</summary>
    public List<AssignmentSection.Wanted> Assignments { get; } = [];

    public HashSet<string> Clients { get; } = new(StringComparer.Ordinal);
    public HashSet<string> Roles { get; } = new(StringComparer.Ordinal);
    public HashSet<string> Groups { get; } = new(StringComparer.Ordinal);
    public HashSet<string> Organizations { get; } = new(StringComparer.Ordinal);

    public IReadOnlySet<string> Scopes => IdentityResources.Concat(ApiScopes).Concat(AccountResource.ScopeNames).ToHashSet(StringComparer.Ordinal);

    public void Add(Step? step)
    {
        if (step is not null) Steps.Add(step);
    }

    /// <summary>The objects of a section with their names; those without a usable name, or with one that stood before, are reported and left out.</summary>
    public List<(string Name, ObjectReader Json)> Named(ObjectReader file, string section, string nameProperty, StringComparer? comparer = null)
    {
        List<(string, ObjectReader)> named = [];
        var seen = new HashSet<string>(comparer ?? StringComparer.Ordinal);
        foreach (var json in file.Objects(section) ?? [])
        {
            var name = json.RequiredText(nameProperty);
            if (name is not null && !seen.Add(name))
                Log.Add(json.At(nameProperty), "duplicate", $"\"{name}\" stands twice in {section}.");
            named.Add((name ?? "", json));
        }
        return named;
    }
}
