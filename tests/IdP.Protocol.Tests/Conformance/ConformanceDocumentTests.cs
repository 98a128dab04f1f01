using System.Text.RegularExpressions;

namespace IdP.Protocol.Tests.Conformance;

/// <summary>docs/conformance.md promises tests: each one exists, no row is empty, and no module of a plan is left out.</summary>
public sealed partial class ConformanceDocumentTests
{
    /// <summary>How many modules each plan has (release 5.2 of the suite), by the heading of its section.</summary>
    private static readonly Dictionary<string, int> Plans = new()
    {
        ["Configuration"] = 1, ["Basic: response type `code`"] = 38, ["Implicit: `id_token` and `id_token token`"] = 31, ["Hybrid: `code id_token`, `code token`, `code id_token token`"] = 37, ["Dynamic registration"] = 23,
        ["Sign-in begun by a third party"] = 2, ["RP-initiated logout"] = 11, ["Session management"] = 2, ["Front-channel logout"] = 2, ["Back-channel logout"] = 2,
    };

    private static readonly string Document = Repository.Read("docs/conformance.md");

    [Test]
    public void Every_module_of_every_plan_has_a_row()
    {
        var sections = Section().Matches(Document).ToDictionary(match => match.Groups["title"].Value, match => match.Groups["body"].Value);

        foreach (var (plan, count) in Plans)
            Assert.That(Row().Matches(sections[plan]).Count(row => row.Groups["what"].Value.StartsWith("`oidcc-", StringComparison.Ordinal)), Is.EqualTo(count), plan);
    }

    [Test]
    public void No_row_is_empty_and_every_test_named_exists()
    {
        var sources = Repository.Files("tests", "*.cs").Select(Repository.Read).ToList();
        var rows = Row().Matches(Document).Where(row => !row.Groups["what"].Value.StartsWith("--", StringComparison.Ordinal) && row.Groups["proof"].Value != "Test").ToList();

        var wrong = rows.Select(row => (What: row.Groups["what"].Value, Proof: row.Groups["proof"].Value))
            .Where(row => !(Named().Match(row.Proof) is { Success: true } named ? Exists(named.Groups["class"].Value, named.Groups["method"].Value) : Argued().IsMatch(row.Proof)));

        Assert.That(rows, Has.Count.GreaterThan(200));
        Assert.That(wrong, Is.Empty);

        bool Exists(string type, string method) => sources.Exists(source => source.Contains($"class {type}(", StringComparison.Ordinal) && Regex.IsMatch(source, $@"public (async Task|void) {method}\("));
    }

    [GeneratedRegex(@"^## (?<title>[^\n]+)\n(?<body>.*?)(?=^#{1,2} |\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex(@"^\| (?<what>[^|]+?) \| (?<proof>[^|]*?) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("^`(?<class>[A-Za-z0-9]+)\\.(?<method>[A-Za-z0-9_]+)`$")]
    private static partial Regex Named();

    /// <summary>A row without a test gives its reason.</summary>
    [GeneratedRegex(@"^\*(not offered|argued against):\* \S+( \S+){4,}$")]
    private static partial Regex Argued();
}
