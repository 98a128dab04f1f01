using System.Text;
using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Clients;

public sealed class AssertionPropertyTests
{
    private const string Header = """{"alg":"RS256","kid":"1","typ":"JWT"}""";
    private const string Claims = """{"iss":"app","sub":"app","aud":["https://id.example.com"],"exp":1900000000,"nbf":1800000000,"iat":1800000000.5,"jti":"x"}""";

    private static readonly Gen<string> Tokens = Gen.OneOf(
        Law.AnyText, Law.Near(Token(Header, Claims)),
        from random in Law.Randoms select HostileJwt.Mutate(Token(Header, Claims), random),
        from random in Law.Randoms from twice in Gen.Elements(true, false) select Token(random.Next(2) == 0 ? HostileJson.Mutate(Header, random) : Header, twice ? HostileJson.Mutate(HostileJson.Mutate(Claims, random), random) : HostileJson.Mutate(Claims, random)));

    [Test]
    public void Text_is_read_as_an_assertion_only_when_it_says_everything_an_assertion_must() =>
        Law.Holds(Tokens, token => Assertion.Parse(token) is not { } read
            || (read.Issuer.Length > 0 && read.Subject.Length > 0 && read.Algorithm.Length > 0 && read.ExpiresAt > DateTimeOffset.UnixEpoch.AddSeconds(-1) && token.StartsWith(Encoding.ASCII.GetString(read.SigningInput) + ".", StringComparison.Ordinal)), runs: 20_000);

    [Test]
    public void One_assertion_is_written_in_one_way_only() =>
        Law.Holds(Tokens, token => Assertion.Parse(token) is not { } read
            || token == Encoding.ASCII.GetString(read.SigningInput) + "." + WebEncoders.Base64UrlEncode(read.Signature), runs: 20_000);

    [Test]
    public void The_plain_one_is_read() => Assert.That(Assertion.Parse(Token(Header, Claims))?.Audiences, Is.EqualTo(new[] { "https://id.example.com" }));

    private static string Token(string header, string claims) => $"{WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(header))}.{WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(claims))}.{WebEncoders.Base64UrlEncode(new byte[32])}";
}
