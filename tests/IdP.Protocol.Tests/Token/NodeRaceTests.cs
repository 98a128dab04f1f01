using System.Net;
using IdP.Protocol.Tests.Clients;

namespace IdP.Protocol.Tests.Token;

/// <summary>What may be used once is used once, however many nodes are asked at the same moment. The tests' clock does not reach the second node, so nothing here moves it.</summary>
public sealed class NodeRaceTests(DatabaseKind database) : AssertionTest(database)
{
    private const int Parallel = 50;
    private static readonly TestKey Key = TestKey.Elliptic("k");

    private ServerProcess? other;

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = Configuration(Machine("signed", $$""" "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{TestKey.Set(Key)}} """)),
    };

    private Uri Other => (other ?? throw new InvalidOperationException("The second node runs from the fixture's set-up to its tear-down.")).Origin;

    [OneTimeSetUp]
    public async Task StartNodeAsync() => other = await StartOtherNodeAsync();

    [OneTimeTearDown]
    public async Task StopNodeAsync()
    {
        if (other is not null) await other.DisposeAsync();
    }

    [Test]
    public async Task A_code_brought_to_two_nodes_fifty_times_at_once_works_once_and_its_tokens_end()
    {
        using var browser = Server.NewBrowser();
        var (here, there) = Both(TestClients.Web);
        var answer = await here.AuthorizeAsync(browser, "openid offline_access", TestUsers.Alice);

        var answers = await RaceAsync(here, there, party => party.ExchangeCodeAsync(answer));

        await AssertOneWonAndItsFamilyEndedAsync(answers, here, there);
    }

    [Test]
    public async Task A_refresh_token_brought_to_two_nodes_fifty_times_at_once_works_once_and_its_family_ends()
    {
        using var browser = Server.NewBrowser();
        var (here, there) = Both(TestClients.Web);
        var first = await here.SignInAsync(browser, "openid offline_access", TestUsers.Alice);

        var answers = await RaceAsync(here, there, party => party.RefreshAsync(first.RefreshToken!));

        await AssertOneWonAndItsFamilyEndedAsync(answers, here, there);
    }

    [Test]
    public async Task An_assertion_brought_to_two_nodes_fifty_times_at_once_works_once()
    {
        var assertion = Key.Sign("ES256", Claims("signed"));
        var parties = Both(new TestClient("signed"));

        var answers = await RaceAsync(parties.Here, parties.There, async party =>
        {
            using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_assertion_type", AssertionType), new("client_assertion", assertion)]);
            return await TokenAnswer.ReadAsync(await party.Http.PostAsync("/connect/token", form));
        });

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(answers.Where(answer => answer.Status != HttpStatusCode.OK).Select(answer => answer.Error), Has.All.EqualTo("invalid_client"));
    }

    private (RelyingParty Here, RelyingParty There) Both(TestClient client) => (Server.NewRelyingParty(client), new RelyingParty(Other, client.ClientId, client.Secret, client.RedirectUri));

    private static Task<TokenAnswer[]> RaceAsync(RelyingParty here, RelyingParty there, Func<RelyingParty, Task<TokenAnswer>> use) =>
        Task.WhenAll(Enumerable.Range(0, Parallel).Select(i => Task.Run(() => use(i % 2 == 0 ? here : there))));

    private static async Task AssertOneWonAndItsFamilyEndedAsync(TokenAnswer[] answers, params RelyingParty[] nodes)
    {
        var won = answers.Where(answer => answer.Status == HttpStatusCode.OK).ToList();
        Assert.That(won, Has.Count.EqualTo(1));
        Assert.That(answers.Except(won).Select(answer => answer.Error), Has.All.EqualTo("invalid_grant"));
        foreach (var node in nodes)
        {
            Assert.That((await node.RefreshAsync(won[0].RefreshToken!)).Error, Is.EqualTo("invalid_grant"), "RFC 9700 4.14.2: the reuse ended the family");
            Assert.That((await node.UserInfoAsync(won[0].AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        }
    }
}
