using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Claims;

namespace IdP.Protocol.Tests.Claims;

/// <summary>The parser of the <c>claims</c> parameter: what strangers send must come out as a bounded request or as one sentence.</summary>
public sealed class ClaimsRequestPropertyTests
{
    private static readonly string[] Good =
    [
        "{}", """{"id_token":{"email":null}}""", """{"userinfo":{"given_name":{"essential":true},"nickname":null},"id_token":{"auth_time":{"essential":true},"acr":{"values":["urn:a","urn:b"]},"sub":{"value":"248289761001"}}}""",
        """{"userinfo":null,"other":{"x":[1,2,{"y":{}}]}}""", """{"id_token":{"http://example.info/claims/groups":{"value":7},"größe":{"values":[true,null,1.5]}}}""",
    ];

    [Test]
    public void Any_text_is_either_understood_or_refused_in_a_sentence() =>
        Law.Holds(Gen.OneOf(Law.AnyText, Law.Near(Good)), text =>
        {
            var understood = ClaimsRequest.TryParse(text, out var request, out var problem);
            return understood
                ? problem is null && request.Names.All(name => name.Length is > 0 and <= 200) && request.IdToken.Count <= 50 && request.UserInfo.Count <= 50
                : problem is { Length: > 0 and < 200 } && !request.Names.Any();
        }, runs: 20_000);

    [Test]
    public void What_is_written_is_what_is_read() =>
        Law.Holds(
            from names in Gen.ListOf(Law.AnyText.Where(name => name.Length is > 0 and < 40 && !name.Any(c => char.IsControl(c) || char.IsSurrogate(c))))
            from essential in Gen.Elements(true, false)
            select (Names: names.Distinct(StringComparer.Ordinal).Take(20).ToList(), essential),
            given =>
            {
                var json = JsonSerializer.Serialize(new { userinfo = given.Names.ToDictionary(name => name, _ => new { given.essential, values = new[] { "a", "b" } }) });
                if (json.Length > 4096) return true;
                return ClaimsRequest.TryParse(json, out var request, out _) && request.UserInfo.Keys.SequenceEqual(given.Names) && request.UserInfo.Values.All(c => c.Essential == given.essential && c.Values.SequenceEqual(["a", "b"])) && request.IdToken.Count == 0;
            });

    [TestCase("[]")]
    [TestCase("\"id_token\"")]
    [TestCase("""{"id_token":[]}""")]
    [TestCase("""{"id_token":{"email":true}}""")]
    [TestCase("""{"id_token":{"email":{"essential":"yes"}}}""")]
    [TestCase("""{"id_token":{"email":{"values":"a"}}}""")]
    [TestCase("""{"id_token":{"email":null,"email":null}}""")]
    [TestCase("""{"id_token":{"":null}}""")]
    [TestCase("""{"id_token":{"\ud800":null}}""")]
    [TestCase("""{"id_token":{"a":{"value":{"b":{"c":{"d":{"e":{"f":{}}}}}}}}}""")]
    [TestCase("""{"id_token":{}} trailing""")]
    public void What_the_specification_does_not_allow_is_refused(string json)
    {
        Assert.That(ClaimsRequest.TryParse(json, out _, out var problem), Is.False);
        Assert.That(problem, Does.Contain("claims"));
    }

    [Test]
    public void Size_is_bounded() => Assert.Multiple(() =>
    {
        Assert.That(ClaimsRequest.TryParse("{\"id_token\":{" + string.Join(',', Enumerable.Range(0, 51).Select(i => $"\"c{i}\":null")) + "}}", out _, out _), Is.False);
        Assert.That(ClaimsRequest.TryParse("{\"id_token\":{" + string.Join(',', Enumerable.Range(0, 50).Select(i => $"\"c{i}\":null")) + "}}", out var request, out _), Is.True);
        Assert.That(request.IdToken, Has.Count.EqualTo(50));
        Assert.That(ClaimsRequest.TryParse($$"""{"id_token":{"{{new string('a', 201)}}":null} }""", out _, out _), Is.False);
        Assert.That(ClaimsRequest.TryParse($$"""{"x":"{{new string('a', 5000)}}"}""", out _, out _), Is.False);
        Assert.That(ClaimsRequest.TryParse(new string('[', 4000), out _, out _), Is.False);
    });
}
