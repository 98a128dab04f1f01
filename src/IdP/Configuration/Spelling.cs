namespace IdP.Configuration;

/// <summary>Finds the name somebody probably meant.</summary>
internal static class Spelling
{
    private const int MaxMistakes = 3;
    private const int MaxLength = 60;

    public static string? Nearest(string name, IEnumerable<string> candidates)
    {
        if (name.Length > MaxLength) return null;
        var (nearest, mistakes) = candidates.Select(candidate => (candidate, Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .OrderBy(pair => pair.Item2).ThenBy(pair => pair.candidate, StringComparer.Ordinal).FirstOrDefault();
        return nearest is not null && mistakes <= Math.Min(MaxMistakes, name.Length / 2) ? nearest : null;
    }

    /// <summary>Levenshtein: how many letters must be put in, taken out or exchanged.</summary>
    private static int Distance(string a, string b)
    {
        var above = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var row = new int[b.Length + 1];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var exchanged = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(exchanged, Math.Min(above[j], row[j - 1]) + 1);
            }
            above = row;
        }
        return above[^1];
    }
}
