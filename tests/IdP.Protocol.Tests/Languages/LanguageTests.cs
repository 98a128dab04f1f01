using IdP.Protocol.Languages;

namespace IdP.Protocol.Tests.Languages;

/// <summary>RFC 4647 3.4, lookup.</summary>
public sealed class LanguageTests
{
    [TestCase("de", "de")]
    [TestCase("DE-at", "de")]
    [TestCase("de-Latn-DE-1996-x-mine", "de")]
    [TestCase("zh-Hans-CN", "zh-Hans")]
    [TestCase("zh-Hant-TW", "zh-Hans")]
    [TestCase("zh", "zh-Hans")]
    [TestCase("pt-PT pt", "pt")]
    [TestCase("se fr-CA de", "fr")]
    [TestCase("tlh", null)]
    [TestCase("deutsch", null)]
    [TestCase("-de", null)]
    [TestCase("d", null)]
    [TestCase("", null)]
    [TestCase("   ", null)]
    [TestCase(null, null)]
    public void The_first_range_that_a_language_matches_wins(string? list, string? expected) => Assert.That(Language.LookupList(list)?.Tag, Is.EqualTo(expected));

    [Test]
    public void Only_so_many_ranges_are_looked_at_as_somebody_could_mean() =>
        Assert.That((Language.LookupList(string.Concat(Enumerable.Repeat("xx ", 19)) + "de")?.Tag, Language.LookupList(string.Concat(Enumerable.Repeat("xx ", 20)) + "de")), Is.EqualTo(("de", (Language?)null)));

    [Test]
    public void A_huge_list_costs_nothing()
    {
        var list = new string('x', 10_000_000) + " de";
        var before = GC.GetAllocatedBytesForCurrentThread();

        var found = Language.LookupList(list);

        Assert.That(found, Is.Null);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }

    [Test]
    public void A_language_is_called_by_a_name_of_its_own() => Assert.That(Language.All.Select(language => language.Name), Is.Unique);
}
