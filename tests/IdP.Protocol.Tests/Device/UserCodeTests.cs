using FsCheck.Fluent;
using IdP.Protocol.Device;
using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Device;

public sealed class UserCodeTests
{
    [TestCase("BCDF-GHJK")]
    [TestCase("bcdfghjk")]
    [TestCase(" bcdf ghjk ")]
    [TestCase("BCDF\u2013GHJK")]
    [TestCase("BCDF\u2014GHJK")]
    [TestCase("BC.DF_GH\u00a0JK")]
    public void Letter_case_dashes_and_spaces_make_no_difference(string typed)
    {
        Assert.That(UserCode.TryParse(typed, out var code), Is.True);
        Assert.That(code, Is.EqualTo("BCDFGHJK"));
        Assert.That(UserCode.Show(code!), Is.EqualTo("BCDF-GHJK"));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("--------")]
    [TestCase("BCDF-GHJ")]
    [TestCase("BCDF-GHJKL")]
    [TestCase("BCDF-GHJA")]
    [TestCase("BCDF-GHJ8")]
    [TestCase("BCDF-GHJ\u212a")]
    [TestCase("BCDF-GH\0K")]
    [TestCase("BCDF-GHJK\n")]
    [TestCase("BCDF-GHJ\u0138")]
    public void Anything_else_is_no_code(string? typed) => Assert.That(UserCode.TryParse(typed, out _), Is.False);

    [Test]
    public void Every_code_is_read_back_however_it_is_shown_and_typed() =>
        Law.Holds(from letters in Gen.Elements(UserCode.Alphabet.ToCharArray()).ArrayOf(UserCode.Length) from separators in Gen.Elements("", "-", " ", "\u2011", "_", " - ").ArrayOf(UserCode.Length + 1) from small in Gen.Elements(true, false)
            select (Code: new string(letters), Typed: string.Concat(separators.Zip([.. letters.Select(l => l.ToString()), ""], (separator, letter) => separator + (small ? letter.ToLowerInvariant() : letter)))),
            sent => UserCode.TryParse(sent.Typed, out var code) && code == sent.Code && UserCode.TryParse(UserCode.Show(code), out var again) && again == code);

    [Test]
    public void Whatever_is_typed_a_code_that_is_read_has_eight_letters_of_the_alphabet() =>
        Law.Holds(Gen.OneOf(Law.AnyText, Law.Near("BCDF-GHJK", "bcdfghjk", "WXZW XZWX")), typed => !UserCode.TryParse(typed, out var code) || (code.Length == UserCode.Length && code.All(UserCode.Alphabet.Contains)), runs: 10_000);

    [Test]
    public void A_text_of_any_length_is_read_in_little_memory() => Assert.That(UserCode.TryParse(new string('-', 1_000_000) + "BCDFGHJK", out _), Is.False);
}
