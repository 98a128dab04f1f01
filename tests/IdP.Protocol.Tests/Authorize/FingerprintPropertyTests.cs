using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Authorize;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Authorize;

/// <summary>What a person answered counts for the request that was shown, so no two requests may look alike to it.</summary>
public sealed class FingerprintPropertyTests
{
    private static readonly Gen<string> Names = Gen.Frequency(
        (5, Gen.Elements("client_id", "scope", "prompt", "max_age", "login_hint", "resource", "claims")), (1, Law.Near("scope", "prompt")), (1, Gen.Elements("login_hint=x\nmax_age", "a=b\nscope", "scope\n", "=")));

    private static readonly Gen<string> Values = Gen.Frequency(
        (5, Gen.Elements("0", "openid", "openid profile", "x", "x\nmax_age=0", "b\nscope=openid")), (1, Law.AnyText.Where(text => text.Length > 0 && !text.Any(char.IsSurrogate))));

    private static readonly Gen<KeyValuePair<string, string>[]> Requests =
        from parameters in Gen.ListOf(from name in Names.Where(name => name.Length > 0 && !name.Any(char.IsSurrogate)) from value in Values select KeyValuePair.Create(name, value))
        select parameters.ToArray();

    [Test]
    public void Two_requests_that_differ_in_any_parameter_have_different_fingerprints() =>
        Law.Holds(from first in Requests from second in Gen.OneOf(Requests, Changed(first)) select (first, second),
            r => Fingerprint(r.first) == Fingerprint(r.second) == (Content(r.first) == Content(r.second)), runs: 20_000);

    [Test]
    public void The_answers_that_travel_with_a_request_do_not_change_it() =>
        Law.Holds(from request in Requests from text in Law.AnyText.Where(text => text.Length > 0) select (request, text),
            r => Fingerprint(r.request) == Fingerprint([.. r.request, KeyValuePair.Create("interaction", r.text), KeyValuePair.Create("consent", r.text)]));

    private static string Fingerprint(IEnumerable<KeyValuePair<string, string>> request) =>
        PendingAuthorizations.FingerprintOf("/connect/authorize?" + string.Join('&', request.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}")))!; // an address of ours

    // The two spellings of one text that a line-wise digest would confuse, or one parameter more, less or else.
    private static Gen<KeyValuePair<string, string>[]> Changed(KeyValuePair<string, string>[] request) =>
        from random in Law.Randoms
        select random.Next(4) switch
        {
            0 when request.Length > 1 => [.. request.Skip(2), KeyValuePair.Create($"{request[0].Key}={request[0].Value}\n{request[1].Key}", request[1].Value)],
            1 when request.Length > 1 => [.. request.Skip(2), KeyValuePair.Create(request[0].Key, $"{request[0].Value}\n{request[1].Key}={request[1].Value}")],
            2 when request.Length > 0 => request[1..],
            _ => [.. request, KeyValuePair.Create("scope", "openid")],
        };

    private static string Content(IEnumerable<KeyValuePair<string, string>> request) =>
        string.Join('\u0001', request.GroupBy(p => p.Key, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .SelectMany(g => g.Select(p => WebEncoders.Base64UrlEncode(System.Text.Encoding.UTF8.GetBytes(p.Key)) + "\u0002" + WebEncoders.Base64UrlEncode(System.Text.Encoding.UTF8.GetBytes(p.Value)))));
}
