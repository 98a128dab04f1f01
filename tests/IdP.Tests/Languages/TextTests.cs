using System.Text.RegularExpressions;
using System.Xml.Linq;
using IdP.Protocol.Languages;

namespace IdP.Tests.Languages;

/// <summary>The texts of the pages for people: complete in every language, all of them used, and none outside.</summary>
public sealed partial class TextTests
{
    /// <summary>What is not for everybody: it speaks English.</summary>
    private static readonly string[] English = ["src/IdP.UI/Console/", "src/IdP.UI/Playground/", "src/IdP.UI/Mailbox/"];

    /// <summary>Names, which are the same in every language.</summary>
    private static readonly string[] Names = ["IdP"];

    private static IReadOnlyList<string> TextFiles => [.. Repository.Files("src", "*.resx").Where(file => !Path.GetFileNameWithoutExtension(file).Contains('.', StringComparison.Ordinal))];

    private static IReadOnlyList<string> Pages => [.. Repository.Files("src/IdP.UI", "*.razor").Where(IsForEverybody)];

    private static IReadOnlyList<string> Sources => [.. Repository.Files("src/IdP.UI", "*.cs").Where(IsForEverybody), .. Pages];

    [TestCaseSource(nameof(TextFiles))]
    public void A_text_is_there_in_every_language_with_the_same_places_for_values(string file)
    {
        var english = Read(file);
        Assert.Multiple(() =>
        {
            foreach (var language in Language.All.Except([Language.English]))
            {
                var texts = Read(Path.ChangeExtension(file, language.Culture.Name + ".resx"));
                Assert.That(texts.Keys, Is.EquivalentTo(english.Keys), language.Tag);
                foreach (var (key, text) in texts)
                {
                    Assert.That(PlacesIn(text), Is.EqualTo(PlacesIn(english.GetValueOrDefault(key, ""))), $"{language.Tag} {key}");
                    Assert.That(text, Is.Not.Empty.And.Not.Contain("  ").And.EqualTo(text.Trim()), $"{language.Tag} {key}");
                }
            }
        });
    }

    /// <summary>Who copies a sentence and forgets to translate it leaves it in English.</summary>
    [TestCaseSource(nameof(TextFiles))]
    public void A_sentence_is_not_left_in_English(string file)
    {
        var english = Read(file);

        var left = from language in Language.All.Except([Language.English])
                   from text in Read(Path.ChangeExtension(file, language.Culture.Name + ".resx"))
                   where text.Value == english[text.Key] && text.Value.Count(c => c == ' ') > 1 && !text.Key.StartsWith("Format_", StringComparison.Ordinal)
                   select $"{language.Tag} {text.Key}";

        Assert.That(left, Is.Empty);
    }

    [Test]
    public void Every_text_is_used()
    {
        var literals = Sources.SelectMany(file => KeyLiteral().Matches(Repository.Read(file)).Select(match => match.Groups["key"].Value)).ToHashSet();

        var unused = TextFiles.SelectMany(file => Read(file).Keys.Where(key => !literals.Contains(key) && !literals.Contains(key[..(key.IndexOf('_', StringComparison.Ordinal) + 1)])).Select(key => $"{file}: {key}"));

        Assert.That(unused, Is.Empty);
    }

    /// <summary>Each folder has its texts; what a page of it names by <c>T</c> is there. An endpoint may hand a <c>Text</c> to a page of another folder.</summary>
    [Test]
    public void Every_text_that_a_page_names_exists()
    {
        var missing = from file in Sources
                      let folder = Path.GetDirectoryName(file)!.Replace('\\', '/')
                      let own = TextFiles.Where(texts => Path.GetDirectoryName(texts)!.Replace('\\', '/') == folder).ToArray()
                      let texts = file.EndsWith(".cs", StringComparison.Ordinal) ? TextFiles : own.Length > 0 ? own : TextFiles.Where(texts => texts.EndsWith("/LanguageTexts.resx", StringComparison.Ordinal)) // Design has those of every page
                      let keys = texts.SelectMany(t => Read(t).Keys).ToHashSet()
                      from use in KeyUse().Matches(Repository.Read(file))
                      where !keys.Contains(use.Groups["key"].Value)
                      select $"{file}: {use.Groups["key"].Value}";

        Assert.That(missing, Is.Empty);
    }

    [TestCaseSource(nameof(Pages))]
    public void A_page_has_no_words_of_its_own(string file)
    {
        var page = Repository.Read(file);
        var markup = new[] { Code(), Comment(), Parenthesized(), Expression(), Statement() }.Aggregate(page, (text, pattern) => pattern.Replace(text, ""));

        var between = BetweenTags().Matches(markup).Select(match => match.Groups["text"].Value.Trim()).Where(text => Word().IsMatch(text) && !Names.Contains(text));
        var attributes = WordyAttribute().Matches(markup).Select(match => match.Value);

        Assert.That(between.Concat(attributes), Is.Empty);
        Assert.That(page, Does.Not.Contain("Failure.Message"), "a refusal is said by its code");
    }

    /// <summary>From the endpoints of these pages to the operations they call, and on to the rules that those ask.</summary>
    [Test]
    public void Every_refusal_that_can_reach_a_page_is_translated()
    {
        var operations = Repository.Files("src/IdP", "*.cs").Select(file => (Name: Path.GetFileNameWithoutExtension(file), Text: Repository.Read(file)))
            .Where(file => file.Text.Contains("Failure.", StringComparison.Ordinal) && !ForAdministrators.Contains(file.Name)).ToLookup(file => file.Name, file => file.Text);
        var reached = new HashSet<string>();
        var next = new Queue<string>(Sources.Where(file => file.EndsWith("Endpoints.cs", StringComparison.Ordinal)).Select(Repository.Read));
        while (next.TryDequeue(out var source))
            foreach (var name in Identifier().Matches(source).Select(match => match.Value).Where(name => operations.Contains(name) && reached.Add(name)).ToArray())
                foreach (var text in operations[name]) next.Enqueue(text);
        var translated = Read(TextFiles.Single(file => file.EndsWith("/FailureTexts.resx", StringComparison.Ordinal)));

        var codes = reached.SelectMany(name => operations[name]).SelectMany(text => FailureCode().Matches(text)).Select(match => match.Groups["code"].Value).ToHashSet();
        if (reached.SelectMany(name => operations[name]).Any(text => text.Contains("Failure.NotFound(", StringComparison.Ordinal))) codes.Add("not_found");
        if (reached.SelectMany(name => operations[name]).Any(text => text.Contains("Failure.Busy(", StringComparison.Ordinal))) codes.Add("busy");

        Assert.That(reached, Has.Member("ChangePassword").And.Member("PasswordRules").And.Member("AddPasskey").And.Member("TextRules"));
        Assert.That(codes.Where(code => !translated.ContainsKey("Failure_" + code)), Is.Empty);
    }

    [Test]
    public void Styles_know_a_start_and_an_end_but_no_left_and_right()
    {
        var strays = Physical().Matches(Repository.Read("src/IdP.UI/assets/app.css")).Select(match => match.Value);

        Assert.That(strays, Is.Empty);
    }

    /// <summary>What these refuse is told to administrators. FinishSignUp meets it too, and says it in words of its own.</summary>
    private static readonly string[] ForAdministrators = ["Administration", "CreateUser", "UserRules", "UserSettings", "UserLookups", "InitialPassword", "ImportedHash"];

    private static bool IsForEverybody(string file) => !English.Any(folder => file.StartsWith(folder, StringComparison.Ordinal));

    private static Dictionary<string, string> Read(string file) =>
        XDocument.Load(Repository.PathOf(file)).Descendants("data").ToDictionary(data => data.Attribute("name")!.Value, data => data.Element("value")!.Value); // the format has both

    private static string[] PlacesIn(string text) => [.. Place().Matches(text).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"\{\d+\}")]
    private static partial Regex Place();

    [GeneratedRegex(@"""(?<key>[A-Z]\w*)""")]
    private static partial Regex KeyLiteral();

    [GeneratedRegex(@"\bT\[(\w+ \? ""(?<key>\w+)"" : |(\w+\.\w+ \? ""(?<key>\w+)"" : ))?""(?<key>\w+)""[\],]|new( Text)?\(""(?<key>[A-Z]\w*)""[,)]")]
    private static partial Regex KeyUse();

    [GeneratedRegex(@"@code \{.*", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"@\*.*?\*@|^@(inject|using|attribute)[^\n]*", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Comment();

    [GeneratedRegex(@"@(if|foreach|switch)? ?\((?>[^()]+|\((?<depth>)|\)(?<-depth>))*(?(depth)(?!))\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Parenthesized();

    [GeneratedRegex(@"@[\w.!]+((\[[^\]]*\])|(\([^()]*(\([^()]*\)[^()]*)*\)))*", RegexOptions.ExplicitCapture)]
    private static partial Regex Expression();

    [GeneratedRegex(@"\b(break;|case [^:]+:|default:)")]
    private static partial Regex Statement();

    [GeneratedRegex(@">(?<text>[^<>{}]*)<")]
    private static partial Regex BetweenTags();

    [GeneratedRegex(@"\b(Label|Title|Hint|placeholder|aria-label|alt|title|data-label|data-cancelled|data-failed|data-known)=""[^""]*\p{L}{2,}[^""]*""")]
    private static partial Regex WordyAttribute();

    [GeneratedRegex(@"\p{L}{2,}")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"Failure\.(Invalid|Conflict)\(""(?<code>\w+)""")]
    private static partial Regex FailureCode();

    [GeneratedRegex(@"\b(left|right)(-\w+)?\s*:|-(left|right)\b|:\s*(left|right)\s*[;}]")]
    private static partial Regex Physical();
}
