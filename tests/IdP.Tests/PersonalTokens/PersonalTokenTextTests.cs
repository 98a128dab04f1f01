using IdP.Protocol.PersonalTokens;

namespace IdP.Tests.PersonalTokens;

/// <summary>How a personal access token looks, which scanners of other people rely on.</summary>
public sealed class PersonalTokenTextTests
{
    [Test]
    public void A_token_has_a_prefix_thirty_random_letters_and_a_checksum()
    {
        var made = Enumerable.Range(0, 200).Select(_ => PersonalTokenText.New()).ToList();

        Assert.That(made, Has.All.Match("^idp_pat_[0-9A-Za-z]{36}$"));
        Assert.That(made, Is.Unique);
        Assert.That(made.TrueForAll(PersonalTokenText.IsIntact), Is.True);
        Assert.That(Math.Log2(Math.Pow(62, 30)), Is.GreaterThan(160));
        Assert.That(made.SelectMany(text => text[8..38]).Distinct().Count(), Is.EqualTo(62), "every letter comes up");
    }

    /// <summary>Reckoned with Python's zlib.crc32.</summary>
    [TestCase("idp_pat_000000000000000000000000000000" + "1pg27K")]
    [TestCase("idp_pat_AbcdefghijKLMNOPQRSTuvwxyz0123" + "1DdfHk")]
    public void The_checksum_is_that_of_other_programs(string text) => Assert.That(PersonalTokenText.IsIntact(text), Is.True);

    [Test]
    public void What_was_mistyped_cut_or_made_up_is_not_looked_for()
    {
        var text = PersonalTokenText.New();
        var wrong = new List<string?> { null, "", "idp_pat_", text[..^1], text + "0", " " + text, text.ToUpperInvariant(), text.Replace("pat", "pad", StringComparison.Ordinal), "idp_pat_" + new string('0', 36), text[..^1] + "\0", text[..20] + "é" + text[21..] };
        for (var i = 0; i < text.Length; i++) wrong.Add(text[..i] + (text[i] == 'a' ? 'b' : 'a') + text[(i + 1)..]);
        for (var i = 8; i < text.Length - 1; i++)
            if (text[i] != text[i + 1]) wrong.Add(text[..i] + text[i + 1] + text[i] + text[(i + 2)..]);

        Assert.That(wrong.Where(PersonalTokenText.IsIntact), Is.Empty);
    }
}
