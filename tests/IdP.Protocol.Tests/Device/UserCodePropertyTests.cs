using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Device;

namespace IdP.Protocol.Tests.Device;

public sealed partial class UserCodePropertyTests
{
    private static readonly Gen<string> Codes = Gen.ArrayOf(Gen.Elements(UserCode.Alphabet.ToCharArray()), UserCode.Length).Select(letters => new string(letters));

    [Test]
    public void A_code_is_read_however_it_is_cased_and_parted() =>
        Law.Holds(from code in Codes from random in Law.Randoms select (code, typed: Type(code, random)),
            c => UserCode.TryParse(c.typed, out var read) && read == c.code && UserCode.TryParse(UserCode.Show(c.code), out var shown) && shown == c.code);

    [Test]
    public void Nothing_but_the_letters_of_a_code_and_separators_is_read_as_one() =>
        Law.Holds(Gen.OneOf(Law.AnyText, Law.Near("BCDF-GHJK", "bcdfghjk", "ＢＣＤＦＧＨＪＫ", "BCDF-GHJA", "BCDFGHJKL"), Codes.SelectMany(code => Law.Near(code, UserCode.Show(code)))),
            typed => !UserCode.TryParse(typed, out var code) || (Bare().IsMatch(code) && Letters().Replace(typed, "").Equals(code, StringComparison.OrdinalIgnoreCase) && typed.All(c => c < 128 ? char.IsAsciiLetter(c) || c is '-' or ' ' or '_' or '.' : !char.IsLetterOrDigit(c))), runs: 20_000);

    private static string Type(string code, Random random) =>
        string.Concat(code.Select(c => (random.Next(2) == 0 ? c : char.ToLowerInvariant(c)) + ((string[])["", "", "", "-", " ", "–", "\u00a0", "_", "."])[random.Next(9)]));

    [GeneratedRegex(@"\A[BCDFGHJKLMNPQRSTVWXZ]{8}\z")]
    private static partial Regex Bare();

    [GeneratedRegex("[^A-Za-z]")]
    private static partial Regex Letters();
}
