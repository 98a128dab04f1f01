using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Clients;
using IdP.Protocol.Resources;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Resources;

/// <summary>RFC 8707 as laws: names are exact, lists are sets, and no token is ever for more than was asked for and granted.</summary>
public sealed class ResourcePropertyTests(DatabaseKind database) : ResourceTest(database)
{
    private static readonly string[] Allowed = [Orders, Billing, Vault];
    private static readonly string[] Others = ["urn:test:nothing", "urn:test:off", "urn:test:foreign", "plain", "urn:test:part#one", "", "/etc/passwd"];

    /// <summary>Which scopes each API of the fixture serves.</summary>
    private static readonly Dictionary<string, string[]> Served = new(StringComparer.Ordinal) { [Orders] = ["orders.read", "orders.write"], [Billing] = ["billing.read"], [Vault] = ["vault.open"] };

    private static readonly Gen<Asked> Requests =
        from scopes in Some(["orders.read", "orders.write", "billing.read", "vault.open"]) from resources in Some(Allowed) select new Asked(scopes, resources);

    private sealed record Asked(string[] Scopes, string[] Resources)
    {
        public override string ToString() => $"scope={string.Join(' ', Scopes)} resource={string.Join(',', Resources)}";
    }

    /// <summary>What came of a request, without the order in which it was told.</summary>
    private sealed record Outcome(string? Error, string Audience, string Scopes)
    {
        public static Outcome Of(TokenAnswer answer) =>
            answer.Error is { } error ? new(error, "", "") : new(null, Sorted(ResourceTest.Audience(answer)), Sorted(ResourceTest.Scopes(answer)));

        private static string Sorted(string[] names) => string.Join(' ', names.Order(StringComparer.Ordinal));
    }

    [Test]
    public async Task A_text_names_an_api_of_this_client_when_it_is_its_name_character_by_character_and_never_otherwise()
    {
        var (indicators, shop) = (Server.Services.GetRequiredService<ResourceIndicators>(), await ShopAsync());

        await Law.HoldsAsync(Gen.OneOf(Law.AnyText, Law.Near(Allowed), Law.Near(Others), Gen.Elements(Allowed)),
            async text => await indicators.CheckAsync([text], shop, default) is null == Allowed.Contains(text, StringComparer.Ordinal), runs: 10_000);
    }

    [Test]
    public async Task Several_resources_are_good_when_each_of_them_is_in_whatever_order_and_however_often()
    {
        var (indicators, shop) = (Server.Services.GetRequiredService<ResourceIndicators>(), await ShopAsync());
        async Task<bool> IsGoodAsync(IEnumerable<string> names) => await indicators.CheckAsync([.. names], shop, default) is null;

        string[] names = [.. Allowed, .. Allowed, .. Others];
        await Law.HoldsAsync(from one in Gen.ListOf(Gen.Elements(names)) from other in Gen.ListOf(Gen.Elements(names)) select (one, other),
            async r => await IsGoodAsync([.. r.one, .. r.other]) == (await IsGoodAsync(r.one) && await IsGoodAsync(r.other)) && await IsGoodAsync(r.one) == await IsGoodAsync(r.one.Concat(r.one).OrderDescending(StringComparer.Ordinal)), runs: 5000);
    }

    [Test]
    public async Task The_order_of_scopes_and_resources_and_their_repetition_make_no_difference()
    {
        var shop = Server.NewRelyingParty(Shop);

        await Law.HoldsAsync(from asked in Requests from random in Law.Randoms select (asked, written: new Asked(Rewritten(asked.Scopes, random), Rewritten(asked.Resources, random))),
            async r => await AskAsync(shop, r.asked) == await AskAsync(shop, r.written));
    }

    [Test]
    public async Task A_token_is_for_nothing_that_was_not_asked_for_and_each_of_its_scopes_fits_one_of_its_apis()
    {
        var shop = Server.NewRelyingParty(Shop);

        await Law.HoldsAsync(Requests, async asked =>
        {
            var outcome = await AskAsync(shop, asked);
            if (outcome.Error is not null) return outcome.Error is "invalid_target" or "invalid_scope";
            string[] audience = outcome.Audience.Split(' '), scopes = outcome.Scopes.Split(' ');
            return (asked.Resources.Length == 0 || !audience.Except(asked.Resources).Any()) && (asked.Scopes.Length == 0 || !scopes.Except(asked.Scopes).Any())
                && audience.All(api => api == "plain" || api == "urn:test:part#one" || Served[api].Intersect(scopes).Any())
                && scopes.All(scope => scope is "plain.read" or "part.read" || audience.Any(api => Served.GetValueOrDefault(api, []).Contains(scope)))
                && (!audience.Contains(Vault) || audience.Length == 1);
        });
    }

    [Test]
    public async Task Asking_for_exactly_what_was_given_gives_the_same_again()
    {
        var shop = Server.NewRelyingParty(Shop);

        await Law.HoldsAsync(Requests.Where(asked => asked.Scopes.Length > 0), async asked =>
        {
            var outcome = await AskAsync(shop, asked);
            return outcome.Error is not null || await AskAsync(shop, new Asked(outcome.Scopes.Split(' '), outcome.Audience.Split(' '))) == outcome;
        });
    }

    [Test]
    public async Task What_a_refresh_gives_depends_on_the_grant_and_the_request_and_not_on_how_earlier_ones_were_narrowed()
    {
        using var browser = Server.NewBrowser();
        var shop = Server.NewRelyingParty(Shop);
        string refreshToken = (await shop.SignInAsync(browser, Everything, TestUsers.Alice)).RefreshToken!, granted = Everything;
        var first = new Dictionary<string, Outcome>(StringComparer.Ordinal);

        await Law.HoldsAsync(Some(Allowed), async resources =>
        {
            var answer = await shop.RefreshAsync(refreshToken, resources.Select(r => KeyValuePair.Create("resource", r)));
            refreshToken = answer.RefreshToken ?? refreshToken;
            var outcome = Outcome.Of(answer);
            var key = string.Join(' ', resources.Distinct().Order(StringComparer.Ordinal));
            return outcome.Error is null or "invalid_target" && !outcome.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Except(granted.Split(' ')).Any() && first.TryAdd(key, outcome) | first[key] == outcome;
        }, runs: 80);
        Assert.That(first.Values.Count(outcome => outcome.Error is null), Is.GreaterThanOrEqualTo(4), "all of them, each alone, and two together");
    }

    private static async Task<Outcome> AskAsync(RelyingParty shop, Asked asked) => Outcome.Of(await MachineAsync(shop, string.Join(' ', asked.Scopes), asked.Resources));

    private async Task<Client> ShopAsync() => (await Server.Services.GetRequiredService<Catalog>().FindClientAsync("shop", default))!; // of the fixture

    /// <summary>Some of these, in some order.</summary>
    private static Gen<string[]> Some(string[] all) => from random in Law.Randoms select all.Where(_ => random.Next(2) == 0).OrderBy(_ => random.Next()).ToArray();

    /// <summary>The same set, in another order and with repetitions.</summary>
    private static string[] Rewritten(string[] set, Random random) => [.. set.Concat(set.Where(_ => random.Next(3) == 0)).OrderBy(_ => random.Next())];
}
