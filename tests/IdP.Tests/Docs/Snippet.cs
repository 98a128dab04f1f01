using System.Text.RegularExpressions;

namespace IdP.Tests.Docs;

/// <summary>
/// A piece of a file: <c>samples/X/Program.cs#name</c> between <c>#region docs_name</c> and <c>#endregion</c>, or between
/// <c>&lt;snippet name&gt;</c> and <c>&lt;/snippet&gt;</c> in a comment; without <c>#name</c> the whole file.
/// </summary>
internal static partial class Snippet
{
    /// <returns>The lines between the markers, without the indentation that all of them share.</returns>
    public static string Read(string source)
    {
        var (file, name) = source.Split('#') is [var path, var piece] ? (path, piece) : (source, null);
        var lines = Repository.Read(file).TrimEnd('\n').Split('\n');
        if (name is null) return string.Join('\n', lines);

        var start = Array.FindIndex(lines, line => NameOf(line) == name);
        Assert.That(start, Is.Not.Negative, $"{file} has no snippet \"{name}\".");
        var end = Array.FindIndex(lines, start, line => EndMarker().IsMatch(line));
        Assert.That(end, Is.Not.Negative, $"The snippet \"{name}\" of {file} has no end.");
        return WithoutCommonIndent(lines[(start + 1)..end]);
    }

    public static IEnumerable<string> NamesIn(string file) =>
        from line in Repository.Read(file).Split('\n')
        let name = NameOf(line)
        where name is not null
        select $"{file}#{name}";

    private static string? NameOf(string line) => StartMarker().Match(line) is { Success: true } marker ? marker.Groups["name"].Value : null;

    private static string WithoutCommonIndent(string[] lines)
    {
        var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart(' ').Length);
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line));
    }

    [GeneratedRegex(@"^\s*(#region docs_(?<name>\S+)|(//|#) <snippet (?<name>[^>\s]+)>)\s*$")]
    private static partial Regex StartMarker();

    [GeneratedRegex(@"^\s*(#endregion|(//|#) </snippet>)\s*$")]
    private static partial Regex EndMarker();
}
