using System.Net;
using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Token;

/// <summary>The optional window in which a used refresh token gives its one successor again (RFC 9700 4.14.2).</summary>
public sealed class RefreshGraceTests(DatabaseKind database) : ServerTest(database)
{
    private const int Parallel = 50;
    private static readonly TestClient Tabs = new("tabs", "tabs-secret", "https://tabs.example.test/cb");
    private static readonly TestClient OpaqueTabs = new("opaque-tabs", "opaque-tabs-secret", "https://opaque-tabs.example.test/cb");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            {
              "clients": [
                {
                  "clientId": "tabs", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "tabs-secret" }], "allowedGrantTypes": ["authorization_code"],
                  "allowOfflineAccess": true, "refreshTokenReuseGrace": 30, "redirectUris": ["https://tabs.example.test/cb"], "allowedScopes": ["openid", "profile", "api.read"]
                },
                {
                  "clientId": "opaque-tabs", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "opaque-tabs-secret" }], "allowedGrantTypes": ["authorization_code"],
                  "allowOfflineAccess": true, "refreshTokenReuseGrace": 30, "accessTokenType": "reference", "redirectUris": ["https://opaque-tabs.example.test/cb"], "allowedScopes": ["openid", "api.read"]
                }
              ]
            }
            """),
    };

    private async Task<(RelyingParty App, string Token)> SignInAsync(TestClient client)
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(client);
        return (app, (await app.SignInAsync(browser, "openid api.read offline_access", TestUsers.Alice)).RefreshToken!);
    }

    private bool ReuseWasReported => Server.Logs.Entries.Any(entry => entry.Event.Id == 2103);

    [Test]
    public async Task Within_the_window_a_used_token_gives_the_same_successor_and_a_fresh_access_token()
    {
        var (app, first) = await SignInAsync(Tabs);

        var second = (await app.RefreshAsync(first)).Expected();
        Server.Clock.Advance(TimeSpan.FromSeconds(25));
        var again = (await app.RefreshAsync(first)).Expected();

        Assert.That(again.RefreshToken, Is.EqualTo(second.RefreshToken));
        Assert.That(again.AccessToken, Is.Not.EqualTo(second.AccessToken));
        foreach (var token in new[] { second.AccessToken, again.AccessToken }) Assert.That((await app.UserInfoAsync(token!)).Status, Is.EqualTo(HttpStatusCode.OK));
        (await app.RefreshAsync(again.RefreshToken!)).Expected();
    }

    [Test]
    public async Task After_the_window_a_used_token_ends_its_family_and_is_reported()
    {
        var (app, first) = await SignInAsync(Tabs);
        var second = (await app.RefreshAsync(first)).Expected();

        Server.Clock.Advance(TimeSpan.FromSeconds(31));
        var late = await app.RefreshAsync(first);

        Assert.That(late.Error, Is.EqualTo("invalid_grant"));
        Assert.That((await app.RefreshAsync(second.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await app.UserInfoAsync(second.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(ReuseWasReported, Is.True);
    }

    [Test]
    public async Task Of_many_parallel_refreshes_all_end_with_the_same_successor([Values] bool opaque)
    {
        var (app, first) = await SignInAsync(opaque ? OpaqueTabs : Tabs);
        var api = Server.NewRelyingParty(TestClients.Api);

        var answers = await Task.WhenAll(Enumerable.Range(0, Parallel).Select(_ => app.RefreshAsync(first)));

        Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.OK), string.Join(Environment.NewLine, answers.Select(answer => answer.Body).Distinct().Take(3)));
        Assert.That(answers.Select(answer => answer.RefreshToken).Distinct().ToList(), Has.Count.EqualTo(1));
        Assert.That(answers.Select(answer => answer.AccessToken).Distinct().ToList(), Has.Count.EqualTo(Parallel));
        foreach (var answer in answers) Assert.That((await api.IntrospectAsync(answer.AccessToken!)).Text("active"), Is.EqualTo("True"));
        (await app.RefreshAsync(answers[0].RefreshToken!)).Expected();
        var live = await Server.WithDatabaseAsync(db => db.Tokens.CountAsync(token => token.Type == "urn:ietf:params:oauth:token-type:refresh_token" && token.Status == TokenStatus.Valid
            && db.Grants.Any(grant => grant.Id == token.GrantId && grant.ClientKey == token.ClientKey && db.Clients.Any(client => client.Id == grant.ClientKey && client.ClientId == app.ClientId) && grant.Status == TokenStatus.Valid)
            && token.CreatedAt > Server.Clock.Time.GetUtcNow().AddSeconds(-20)));
        Assert.That(live, Is.EqualTo(1), "one lineage");
    }

    [Test]
    public async Task The_window_outlives_a_restart()
    {
        var (app, first) = await SignInAsync(Tabs);
        var second = (await app.RefreshAsync(first)).Expected();

        await Server.RestartAsync();

        Assert.That((await app.RefreshAsync(first)).Expected().RefreshToken, Is.EqualTo(second.RefreshToken));
    }

    [Test]
    public async Task A_revoked_family_gives_nothing_within_the_window()
    {
        var (app, first) = await SignInAsync(Tabs);
        var second = (await app.RefreshAsync(first)).Expected();

        (await app.RevokeAsync(second.RefreshToken!)).Expected();

        Assert.That((await app.RefreshAsync(first)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await app.RefreshAsync(second.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Revoking_a_used_token_ends_its_family_and_asking_about_it_does_not()
    {
        var (app, first) = await SignInAsync(Tabs);
        var second = (await app.RefreshAsync(first)).Expected();

        Assert.That((await app.IntrospectAsync(first)).Text("active"), Is.EqualTo("False"));
        second = (await app.RefreshAsync(second.RefreshToken!)).Expected();
        Assert.That((await app.RevokeAsync(first)).Status, Is.EqualTo(HttpStatusCode.OK));

        Assert.That((await app.RefreshAsync(second.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Another_client_gets_nothing_for_a_used_token_and_disturbs_nobody()
    {
        var (app, first) = await SignInAsync(Tabs);
        var second = (await app.RefreshAsync(first)).Expected();

        var stolen = await Server.NewRelyingParty(OpaqueTabs).RefreshAsync(first);

        Assert.That((stolen.Error, stolen.RefreshToken), Is.EqualTo(("invalid_grant", (string?)null)));
        (await app.RefreshAsync(second.RefreshToken!)).Expected();
    }

    [Test]
    public async Task A_narrower_repetition_keeps_the_successor_with_its_whole_scope()
    {
        var (app, first) = await SignInAsync(Tabs);
        var second = (await app.RefreshAsync(first)).Expected();

        var narrow = (await app.RefreshAsync(first, [new("scope", "api.read")])).Expected();

        Assert.That((narrow.RefreshToken, Jwt.Parse(narrow.AccessToken!).Text("scope")), Is.EqualTo((second.RefreshToken, "api.read")));
        Assert.That(Jwt.Parse((await app.RefreshAsync(narrow.RefreshToken!)).Expected().AccessToken!).Text("scope")!.Split(' '), Does.Contain("openid"));
        Assert.That((await app.RefreshAsync(first, [new("scope", "openid api.write")])).Error, Is.AnyOf("invalid_scope", "invalid_grant"));
    }

    [Test]
    public async Task The_table_alone_reveals_no_successor()
    {
        var (app, first) = await SignInAsync(Tabs);
        var second = (await app.RefreshAsync(first)).Expected();

        var rows = await Server.WithDatabaseAsync(db => db.Tokens.AsNoTracking().Where(token => token.Successor != null).ToListAsync());

        Assert.That(rows, Is.Not.Empty);
        Assert.That(rows.Select(row => row.Successor), Has.None.Contains(second.RefreshToken!).And.None.Contains(first));
        Assert.That(rows.Select(row => System.Text.Encoding.Latin1.GetString(Convert.FromBase64String(row.Successor!))), Has.None.Contains(second.RefreshToken!));
        Assert.That(rows.Select(row => row.ReferenceId), Has.None.EqualTo(second.RefreshToken).And.None.EqualTo(first));
    }

    [Test]
    public async Task A_client_without_a_window_leaves_no_successor_behind()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid offline_access", TestUsers.Bob);

        (await web.RefreshAsync(tokens.RefreshToken!)).Expected();

        Assert.That(await Server.WithDatabaseAsync(db => db.Tokens.CountAsync(token => token.Successor != null && db.Clients.Any(client => client.Id == token.ClientKey && client.ClientId == "web"))), Is.Zero);
    }

    [Test]
    public async Task A_public_client_held_to_OAuth_2_1_has_no_window_even_when_its_row_says_so()
    {
        await Server.WithDatabaseAsync(async db =>
        {
            db.Clients.Add(new()
            {
                ClientId = "strict-tabs", TokenEndpointAuthMethod = "none", AllowedGrantTypes = ["authorization_code"], AllowOfflineAccess = true, RefreshTokenReuseGrace = 30, SecurityProfile = "oauth-2.1",
                RedirectUris = ["https://strict-tabs.example.test/cb"], AllowedScopes = ["openid", "api.read"],
            });
            return await db.SaveChangesAsync();
        });
        var (app, first) = await SignInAsync(new TestClient("strict-tabs", null, "https://strict-tabs.example.test/cb"));
        var second = (await app.RefreshAsync(first)).Expected();

        Assert.That((await app.RefreshAsync(first)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await app.RefreshAsync(second.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task A_refresh_with_a_window_takes_at_most_four_statements_and_its_repetition_three()
    {
        var (app, first) = await SignInAsync(Tabs);
        first = (await app.RefreshAsync(first)).Expected().RefreshToken!;

        var refresh = await Server.RecordSqlAsync(async () => (await app.RefreshAsync(first)).Expected());
        var repetition = await Server.RecordSqlAsync(async () => (await app.RefreshAsync(first)).Expected());

        Assert.That(refresh.Statements, Has.Count.LessThanOrEqualTo(4), refresh.ToString());
        Assert.That(repetition.Statements, Has.Count.LessThanOrEqualTo(3), repetition.ToString());
    }

    [Test]
    public async Task Nothing_usable_survives_a_revocation_that_runs_in_parallel_with_refreshes([Values] bool window)
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(window ? Tabs : TestClients.Web);
        for (var round = 0; round < 12; round++)
        {
            var token = (await app.SignInAsync(browser, "openid offline_access", TestUsers.Alice)).RefreshToken!;
            token = (await app.RefreshAsync(token)).Expected().RefreshToken!;

            var refreshes = Enumerable.Range(0, window ? 6 : 1).Select(_ => app.RefreshAsync(token)).ToList();
            var revocation = app.RevokeAsync(token);
            var answers = await Task.WhenAll(refreshes);
            Assert.That((await revocation).Status, Is.EqualTo(HttpStatusCode.OK));

            foreach (var answer in answers.Where(answer => answer.Status is HttpStatusCode.OK))
            {
                Assert.That((await app.UserInfoAsync(answer.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), $"access token, round {round}");
                Assert.That((await app.RefreshAsync(answer.RefreshToken!)).Error, Is.EqualTo("invalid_grant"), $"refresh token, round {round}");
            }
            Assert.That((await app.RefreshAsync(token)).Error, Is.EqualTo("invalid_grant"));
        }
    }
}
