using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using IdP.Data;
using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Token;

/// <summary>The server dies in the middle of a storm of refreshes. Whatever a client was told must still be true afterwards.</summary>
[TestFixtureSource(typeof(Databases), nameof(Databases.All))]
public sealed class CrashTests(DatabaseKind kind)
{
    private const string RefreshToken = "urn:ietf:params:oauth:token-type:refresh_token";
    private const int Families = 200;
    private const int AcknowledgedBeforeTheKill = 450;

    [Test, CancelAfter(240_000)]
    public async Task A_kill_amid_200_parallel_refreshes_loses_no_acknowledged_token_and_leaves_no_family_with_two()
    {
        var configuration = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"crash-{kind}.json");
        await File.WriteAllTextAsync(configuration, TestConfiguration.Default);
        var settings = new ServerSettings(kind) { More = new Dictionary<string, string> { ["Configuration:File"] = configuration } };
        var port = LoopbackPort.Free();
        await using var database = await MigratedDatabases.CopyAsync(kind);
        await using var doomed = await ServerProcess.StartProviderAsync(settings, database, port);
        using var web = new RelyingParty(doomed.Origin, TestClients.Web.ClientId, TestClients.Web.Secret, TestClients.Web.RedirectUri);
        var families = await SignInAsync(web);

        var answers = new ConcurrentDictionary<HttpStatusCode, int>();
        var acknowledged = 0;
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var storm = families.Select(family => Task.Run(async () =>
        {
            while (await family.TryRefreshAsync(web, answers))
                if (Interlocked.Increment(ref acknowledged) == AcknowledgedBeforeTheKill)
                    enough.SetResult();
        })).ToArray();
        await Task.WhenAny(enough.Task, Task.WhenAll(storm));
        await doomed.KillAsync();
        await Task.WhenAll(storm);

        await using var reborn = await ServerProcess.StartProviderAsync(settings, database, port);
        var rows = await RefreshTokensAsync(database);
        var lost = 0;
        foreach (var family in families)
        {
            var held = rows.Single(row => row.ReferenceId == Hash(family.Token));
            var live = rows.Where(row => row.GrantId == held.GrantId && row.Status == TokenStatus.Valid).ToArray();
            Assert.That(live, Has.Length.EqualTo(1), $"family {held.GrantId}: exactly one live token");
            if (held.Status != TokenStatus.Valid)
            {
                lost++;
                Assert.That(held.Status, Is.EqualTo(TokenStatus.Redeemed), "the token in the client's hand was used up by the request whose answer was lost");
                Assert.That(live[0].Id, Is.GreaterThan(held.Id), "the live token is its successor");
            }
        }

        // The ones whose answer was lost stay untouched: their use would rightly end the family.
        var refreshed = await Task.WhenAll(families.Select(async family => (family, introspected: (await web.IntrospectAsync(family.Token)).Json.GetProperty("active").GetBoolean())));
        foreach (var (family, active) in refreshed)
        {
            Assert.That(active, Is.EqualTo(rows.Single(row => row.ReferenceId == Hash(family.Token)).Status == TokenStatus.Valid));
            if (active) Assert.That((await web.RefreshAsync(family.Token)).Status, Is.EqualTo(HttpStatusCode.OK));
        }

        await TestContext.Out.WriteLineAsync($"{kind}: {acknowledged} acknowledged, {lost} committed without an answer, {families.Count - lost} families go on.");
        Assert.That(acknowledged, Is.GreaterThanOrEqualTo(AcknowledgedBeforeTheKill), "The kill came in the middle of the storm.");
        Assert.That(answers.Keys, Is.EquivalentTo((HttpStatusCode[])[HttpStatusCode.OK]), "Before the kill every refresh succeeded.");
        Assert.That(families, Has.All.Matches<Family>(family => family is { WasCutOff: true }), "The kill met every family with a refresh on its way.");
        File.Delete(configuration);
    }

    private static async Task<IReadOnlyList<Family>> SignInAsync(RelyingParty web)
    {
        using var browser = new BrowserClient(web.Http.BaseAddress!); // set when the relying party was made
        await web.SignInAsync(browser, "openid offline_access", TestUsers.Alice);
        var families = new List<Family>();
        while (families.Count < Families)
            families.Add(new Family((await web.ExchangeCodeAsync(await web.AuthorizeAsync(browser, "openid offline_access"))).Expected().RefreshToken!));
        return families;
    }

    private static async Task<IReadOnlyList<GrantToken>> RefreshTokensAsync(TestDatabase database)
    {
        var provider = Enum.Parse<DatabaseProvider>(database.Kind.ToString());
        var options = new DbContextOptionsBuilder<IdpDbContext>();
        options.UseDatabase(provider, database.ConnectionString);
        await using var db = new IdpDbContext(options.Options);
        return await db.Tokens.AsNoTracking().Where(token => token.ReferenceId != null && token.Type == RefreshToken).ToListAsync();
    }

    private static string Hash(string token) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private sealed class Family(string first)
    {
        /// <summary>The last token the client was given.</summary>
        public string Token { get; private set; } = first;

        public bool WasCutOff { get; private set; }

        /// <summary>Whether the client was given a new token; the connection breaks when the server dies.</summary>
        public async Task<bool> TryRefreshAsync(RelyingParty web, ConcurrentDictionary<HttpStatusCode, int> answers)
        {
            try
            {
                var answer = await web.RefreshAsync(Token);
                answers.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
                if (answer.Status is not HttpStatusCode.OK) return false;
                Token = answer.RefreshToken!; // part of every successful refresh
                return true;
            }
            catch (HttpRequestException)
            {
                WasCutOff = true;
                return false;
            }
        }
    }
}
