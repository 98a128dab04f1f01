using System.Text.RegularExpressions;

namespace IdP.Tests.Docs;

/// <summary>The pages for integrators and extenders show pieces of programs that are compiled and run by other tests, and nothing else.</summary>
public sealed partial class SnippetTests
{
    private static readonly string[] Integrate = [.. Repository.Files("docs/integrate", "*.md")];

    private static readonly string[] Pages = [.. Integrate, .. Repository.Files("docs/extend", "*.md")];

    [TestCaseSource(nameof(Pages))]
    public void A_block_of_code_names_its_source_and_equals_it(string page)
    {
        var blocks = Blocks(page);

        Assert.Multiple(() =>
        {
            foreach (var block in blocks)
            {
                Assert.That(block.Source, Is.Not.Null, $"{page}, line {block.Line}: no <!-- snippet: FILE#NAME --> in the line before this block.");
                if (block.Source is not null) Assert.That(block.Code, Is.EqualTo(Snippet.Read(block.Source)), $"{page}, line {block.Line}: {block.Source}");
            }
        });
    }

    [TestCaseSource(nameof(Pages))]
    public void A_snippet_comment_stands_before_a_block_of_code(string page)
    {
        var comments = SnippetComment().Count(Repository.Read(page));

        Assert.That(comments, Is.EqualTo(Blocks(page).Count(block => block.Source is not null)));
    }

    [TestCaseSource(nameof(Pages))]
    public void A_link_to_a_file_of_the_repository_leads_somewhere(string page)
    {
        var folder = Path.GetDirectoryName(Repository.PathOf(page))!;

        var broken = RelativeLink().Matches(Repository.Read(page)).Select(link => link.Groups["target"].Value).Where(target => !File.Exists(Path.Combine(folder, target)));

        Assert.That(broken, Is.Empty);
    }

    [Test]
    public void Every_marked_piece_of_a_sample_or_script_is_on_a_page()
    {
        var shown = Pages.SelectMany(Blocks).Select(block => block.Source).ToHashSet();

        var marked = Repository.Files("samples", "*").Concat(Repository.Files("docs/integrate/snippets", "*.sh")).SelectMany(Snippet.NamesIn);
        var unused = marked.Concat(IntegratorConfiguration.Files).Where(snippet => !shown.Contains(snippet));

        Assert.That(shown, Is.Not.Empty);
        Assert.That(unused, Is.Empty);
    }

    [Test]
    public void Every_page_is_in_the_index()
    {
        var index = Repository.Read("docs/integrate/README.md");

        Assert.That(Integrate.Select(Path.GetFileName).Where(page => page != "README.md"), Has.All.Matches<string>(page => index.Contains($"]({page})", StringComparison.Ordinal)));
    }

    private static List<Block> Blocks(string page)
    {
        var lines = Repository.Read(page).Split('\n');
        List<Block> blocks = [];
        for (var i = 0; i < lines.Length; i++)
        {
            var fence = Fence().Match(lines[i]);
            if (!fence.Success) continue;

            var end = Array.FindIndex(lines, i + 1, line => line.Trim() == fence.Groups["ticks"].Value);
            Assert.That(end, Is.Not.Negative, $"{page}, line {i + 1}: the block of code has no end.");
            var source = i > 0 ? SnippetComment().Match(lines[i - 1]) : Match.Empty;
            blocks.Add(new Block(i + 1, source.Success ? source.Groups["source"].Value : null, string.Join('\n', lines[(i + 1)..end])));
            i = end;
        }

        return blocks;
    }

    // Every language, none given included: a block that is no code of ours has nothing to do on these pages.
    [GeneratedRegex(@"^\s*(?<ticks>`{3,}|~{3,})")]
    private static partial Regex Fence();

    [GeneratedRegex("<!-- snippet: (?<source>\\S+) -->")]
    private static partial Regex SnippetComment();

    [GeneratedRegex(@"\]\((?<target>[^)#:]+)(#[^)]*)?\)")]
    private static partial Regex RelativeLink();

    private sealed record Block(int Line, string? Source, string Code);
}
