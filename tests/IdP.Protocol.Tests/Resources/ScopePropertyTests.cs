using System.Net;
using FsCheck;
using FsCheck.Fluent;

namespace IdP.Protocol.Tests.Resources;

/// <summary>The <c>scope</c> parameter (RFC 6749 3.3) as laws: a set of case-sensitive names, and never more in a token than in the request.</summary>
public sealed class ScopePropertyTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly string[] Allowed = ["api.read", "api.write"];

    private static readonly Gen<string> AnyScope = Gen.OneOf(
        Law.AnyText, Law.Near("api.read", "api.read api.write", "api.write"), Gen.Elements("api.read\tapi.write", "api.read\u00a0api.write", "api.read\napi.write", "api.read,api.write", "api.read+api.write", "\"api.read\"", "api\\.read", "ａpi.read", "api.rëad", "API.READ", "offline_access", "openid"));

    private static readonly Gen<string[]> Lists = Gen.ArrayOf(Gen.Elements("api.read", "api.read", "api.write", "api.write", "api.delete", "openid", "Api.read")).Where(list => list.Length is > 0 and < 8);

    [Test]
    public async Task Whatever_is_asked_for_a_token_has_no_other_scope_and_a_refusal_is_proper()
    {
        var machine = Server.NewRelyingParty(TestClients.Machine);

        await Law.HoldsAsync(AnyScope, async text =>
        {
            var answer = await machine.ClientCredentialsAsync(text);
            if (answer.Status is HttpStatusCode.BadRequest) return answer.Error is "invalid_scope" or "invalid_request" && !Allowed.Contains(text);
            var asked = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return answer.Status is HttpStatusCode.OK && Granted(answer) is var granted && granted.Count > 0 && granted.IsSubsetOf(Allowed) && (asked.Length == 0 || granted.SetEquals(asked));
        }, runs: 1000);
    }

    [Test]
    public async Task Order_repetition_and_more_than_one_space_make_no_difference()
    {
        var machine = Server.NewRelyingParty(TestClients.Machine);

        await Law.HoldsAsync(from list in Lists from random in Law.Randoms select (list, written: string.Join(random.Next(3) == 0 ? "  " : " ", list.Concat(list.Where(_ => random.Next(2) == 0)).OrderBy(_ => random.Next()))),
            async s => await AskAsync(machine, string.Join(' ', s.list)) == await AskAsync(machine, s.written));
    }

    [Test]
    public async Task Two_sets_together_give_what_they_give_alone_and_one_bad_scope_refuses_the_whole_request()
    {
        var machine = Server.NewRelyingParty(TestClients.Machine);

        await Law.HoldsAsync(from one in Lists from other in Lists select (one, other), async s =>
        {
            var (one, other, both) = (await AskAsync(machine, string.Join(' ', s.one)), await AskAsync(machine, string.Join(' ', s.other)), await AskAsync(machine, string.Join(' ', s.one.Concat(s.other))));
            return (both.Error is null) == (one.Error is null && other.Error is null) && (both.Error is not null || both.Scopes.Split(' ').ToHashSet().SetEquals(one.Scopes.Split(' ').Concat(other.Scopes.Split(' '))));
        });
    }

    [Test]
    public async Task The_same_letters_in_another_case_are_another_scope()
    {
        var machine = Server.NewRelyingParty(TestClients.Machine);

        await Law.HoldsAsync(from random in Law.Randoms select string.Concat("api.read".Select(c => random.Next(3) == 0 ? char.ToUpperInvariant(c) : c)),
            async text => await AskAsync(machine, text) is var outcome && outcome.Error == (text == "api.read" ? null : "invalid_scope"));
    }

    [Test]
    public async Task Scopes_are_judged_alike_at_the_authorization_endpoint_and_at_the_push()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        await Law.HoldsAsync(Gen.OneOf(AnyScope, Lists.Select(list => string.Join(' ', list)), Law.Near("openid profile", "openid offline_access")), async text =>
        {
            var pushed = (await web.PushAsync(text)).Answer;
            var visited = await browser.GetAsync(web.NewRequest(text).Url);
            return pushed.Status is HttpStatusCode.Created or HttpStatusCode.BadRequest && visited.LocationParameters.GetValueOrDefault("error") == pushed.Error;
        });
    }

    private sealed record Outcome(string? Error, string Scopes);

    private static async Task<Outcome> AskAsync(RelyingParty machine, string scope)
    {
        var answer = await machine.ClientCredentialsAsync(scope);
        return answer.Error is { } error ? new(error, "") : new(null, string.Join(' ', Granted(answer).Order(StringComparer.Ordinal)));
    }

    private static HashSet<string> Granted(TokenAnswer answer) => [.. Jwt.Parse(answer.Expected().AccessToken!).Text("scope")!.Split(' ')];
}
