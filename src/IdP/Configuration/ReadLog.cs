using IdP.Access;

namespace IdP.Configuration;

/// <summary>Everything found wrong while a file is read, by JSON path; and which properties were asked for where, so that a test can compare them with the schema.</summary>
internal sealed class ReadLog
{
    private readonly List<Failure> _failures = [];
    private readonly SortedDictionary<string, SortedSet<string>> _known = new(StringComparer.Ordinal);

    public IReadOnlyList<Failure> Failures => _failures;

    /// <summary>Property names by the place of their object, written as a path without indices such as <c>$.clients[]</c>.</summary>
    public IReadOnlyDictionary<string, SortedSet<string>> Known => _known;

    /// <summary>Adds what is wrong at a path, unless the value that holds it could not be read at all.</summary>
    public void Add(string path, string code, string sentence)
    {
        if (!_failures.Exists(known => Covers(known.Field!, path))) // every failure here has a path
            _failures.Add(Failure.Invalid(code, sentence, path));
    }

    /// <summary>Adds what the rules found about the object at a path, except where its value could not even be read.</summary>
    public void AddRules(string path, IEnumerable<Failure> failures)
    {
        foreach (var failure in failures)
        {
            var at = failure.Field is null ? path : $"{path}.{failure.Field}";
            if (!_failures.Exists(known => Covers(known.Field!, at) || Covers(at, known.Field!))) // every failure here has a path
                _failures.Add(failure with { Field = at, Others = [] });
        }
    }

    public void Ask(string place, string name)
    {
        if (!_known.TryGetValue(place, out var names)) _known.Add(place, names = new SortedSet<string>(StringComparer.Ordinal));
        names.Add(name);
    }

    private static bool Covers(string outer, string inner) =>
        inner.StartsWith(outer, StringComparison.Ordinal) && (inner.Length == outer.Length || inner[outer.Length] is '.' or '[');
}
