using System.Net;
using System.Text;
using IdP.Access;
using IdP.Assignments;
using IdP.Audit;
using IdP.Configuration;
using IdP.Groups;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Assignments;

/// <summary>Whoever is taken off an app loses there what they hold, and the app hears of it.</summary>
public sealed class EndLostAccessTests(DatabaseKind database) : OperationTest(database)
{
    private const string Scope = "openid offline_access api.read", Redirect = "https://vault.example.test/cb";
    private static readonly TestClient Vault = new("vault", "vault-secret", Redirect), Handles = new("handles", "vault-secret", Redirect), Open = new("lobby", "vault-secret", Redirect);

    private static readonly string VaultJson = Client("vault", "\"assignmentRequired\": true, \"assignedGroups\": [\"crew\", \"guests\", \"passing\"],"), HandlesJson = Client("handles", "\"assignmentRequired\": true, \"accessTokenType\": \"reference\","),
        LobbyJson = Client("lobby", "\"assignedGroups\": [\"crew\"],");

    protected override ServerSettings Settings => new(Database)
    {
        Configuration = TestConfiguration.With($$"""
            { "groups": [{ "name": "crew" }, { "name": "guests" }, { "name": "passing" }],
              "clients": [
                {{VaultJson}}, {{HandlesJson}}, {{LobbyJson}} ] }
            """),
    };

    [Test]
    public async Task Refresh_tokens_reference_tokens_and_codes_end_and_the_app_is_told_where_a_session_goes_on()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        await SucceedAsync<AssignApp, int>(o => o.ExecuteAsync("handles", [person.UserName!, other.UserName!], [], CancellationToken.None));
        var app = Server.NewRelyingParty(Handles);
        using var browser = Server.NewBrowser();
        var (tokens, kept) = (await app.SignInAsync(browser, Scope, Account(person)), await app.SignInAsync(Server.NewBrowser(), Scope, Account(other)));
        var web = await Server.NewRelyingParty(TestClients.Web).SignInAsync(browser, "openid offline_access", Account(person));
        var code = await app.AuthorizeAsync(browser, Scope);

        await SucceedAsync<UnassignApp, int>(o => o.ExecuteAsync("handles", [person.UserName!], [], CancellationToken.None));
        await SucceedAsync<AssignApp, int>(o => o.ExecuteAsync("handles", [person.UserName!], [], CancellationToken.None));
        var (refreshed, exchanged, userInfo) = (await app.RefreshAsync(tokens.RefreshToken!), await app.ExchangeCodeAsync(code), await app.UserInfoAsync(tokens.AccessToken!));
        var again = await app.AuthorizeAsync(browser, Scope);

        Assert.That((refreshed.Error, exchanged.Error, userInfo.Status), Is.EqualTo(("invalid_grant", "invalid_grant", HttpStatusCode.Unauthorized)), "also for whoever was put on again");
        Assert.That((await app.ExchangeCodeAsync(again)).AccessToken, Is.Not.Null);
        Assert.That((await app.RefreshAsync(kept.RefreshToken!)).AccessToken, Is.Not.Null, "nobody else lost anything");
        Assert.That((await Server.NewRelyingParty(TestClients.Web).RefreshAsync(web.RefreshToken!)).AccessToken, Is.Not.Null, "nor at another app");
        Assert.That(await ToldAsync(person), Is.EqualTo(1));
        Assert.That(await ToldAsync(other), Is.Zero);
        var entry = (await EndedAsync(person)).Single();
        Assert.That((entry.Source, entry.Details), Is.EqualTo(("system", """{"app":"handles"}""")));
    }

    [Test]
    public async Task A_group_that_is_taken_off_or_left_or_deleted_ends_it_for_those_who_have_no_other_way()
    {
        var (left, staying, twice, deleted) = (await AddAsync("crew"), await AddAsync("crew"), await AddAsync("crew", "guests"), await AddAsync("passing"));
        var app = Server.NewRelyingParty(Vault);
        var lobby = Server.NewRelyingParty(Open);
        var tokens = new Dictionary<Guid, string>();
        foreach (var one in new[] { left, staying, twice, deleted }) tokens[one.Id] = (await app.SignInAsync(Server.NewBrowser(), Scope, Account(one))).RefreshToken!;
        var open = (await lobby.SignInAsync(Server.NewBrowser(), Scope, Account(left))).RefreshToken!;
        async Task<bool> LivesAsync(User one) => await ReadAsync(db => db.Grants.AnyAsync(g => g.Subject == one.Id.ToString() && g.Status == "valid" && db.Clients.Any(c => c.Id == g.ClientKey && c.ClientId == "vault")));

        await SetGroupsAsync(left, []);
        await SetGroupsAsync(twice, ["guests"]);
        var afterLeaving = (await LivesAsync(left), await LivesAsync(staying), await LivesAsync(twice));
        await SucceedAsync<DeleteGroup, string>(async o => await o.ExecuteAsync("passing", await ReadAsync(db => db.Groups.Where(g => g.Name == "passing").Select(g => g.Version).SingleAsync()), CancellationToken.None));
        var afterDeletion = (await LivesAsync(deleted), await LivesAsync(staying));
        await SucceedAsync<UnassignApp, int>(o => o.ExecuteAsync("vault", [], ["crew"], CancellationToken.None));
        var afterUnassigning = (await LivesAsync(staying), await LivesAsync(twice));

        Assert.That((afterLeaving, afterDeletion, afterUnassigning), Is.EqualTo(((false, true, true), (false, true), (false, true))));
        Assert.That((await app.RefreshAsync(tokens[twice.Id])).AccessToken, Is.Not.Null);
        Assert.That((await app.RefreshAsync(tokens[left.Id])).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await lobby.RefreshAsync(open)).AccessToken, Is.Not.Null, "it is for everybody");
        foreach (var one in new[] { left, staying, deleted }) Assert.That((await ToldAsync(one), (await EndedAsync(one)).Count), Is.EqualTo((1, 1)));
        Assert.That((await ToldAsync(twice), (await EndedAsync(twice)).Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Of_a_file_the_end_counts_and_whoever_it_gives_another_way_to_the_app_keeps_everything()
    {
        var (moved, gone) = (await AddAsync("guests"), await AddAsync("guests"));
        var app = Server.NewRelyingParty(Vault);
        var (kept, lost) = ((await app.SignInAsync(Server.NewBrowser(), Scope, Account(moved))).RefreshToken!, (await app.SignInAsync(Server.NewBrowser(), Scope, Account(gone))).RefreshToken!);
        var client = Client("vault", $"\"assignmentRequired\": true, \"assignedUsers\": [\"{moved.UserName}\"],");
        var json = $$"""{ "users": [{ "userName": "{{moved.UserName}}", "groups": [] }, { "userName": "{{gone.UserName}}", "groups": [] }], "clients": [{{client}}] }""";

        var outcome = await RunAsync<ConfigurationFile, Outcome<ConfigurationPlan>>(c => c.ApplyAsync(Encoding.UTF8.GetBytes(json), CancellationToken.None));

        Assert.That(outcome.Failure, Is.Null);
        Assert.That(((await app.RefreshAsync(kept)).AccessToken is null, (await app.RefreshAsync(lost)).Error), Is.EqualTo((false, "invalid_grant")));
        Assert.That((await ToldAsync(moved), await ToldAsync(gone)), Is.EqualTo((0, 1)));
    }

    [Test]
    public async Task How_many_statements_it_takes_depends_on_no_number_of_people()
    {
        async Task<int> CountAsync(int people)
        {
            var names = new List<string>();
            for (var i = 0; i < people; i++)
            {
                var person = await Server.AddPersonAsync(user => user.PasswordHash = null);
                names.Add(person.UserName!);
                await Server.WithDatabaseAsync(async db =>
                {
                    db.Grants.Add(new() { ClientKey = await db.Clients.Where(c => c.ClientId == "handles").Select(c => c.Id).SingleAsync(), Subject = person.Id.ToString(), CreatedAt = DateTimeOffset.UnixEpoch });
                    return await db.SaveChangesAsync();
                });
            }
            await SucceedAsync<AssignApp, int>(o => o.ExecuteAsync("handles", names, [], CancellationToken.None));
            var recording = await Server.RecordSqlAsync(() => SucceedAsync<UnassignApp, int>(o => o.ExecuteAsync("handles", names, [], CancellationToken.None)));
            Assert.That(await ReadAsync(db => db.AuditEntries.CountAsync(a => a.Action == "user.app_access_ended")), Is.GreaterThanOrEqualTo(people));
            return recording.Statements.Count(s => !s.Text.Contains("INSERT", StringComparison.Ordinal) && !s.Text.Contains("DELETE", StringComparison.Ordinal));
        }

        Assert.That(await CountAsync(20), Is.EqualTo(await CountAsync(2)));
    }

    private static string Client(string id, string more) => $$"""
        { "clientId": "{{id}}", {{more}} "clientSecrets": [{ "value": "vault-secret" }], "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true, "requirePkce": false, "requireConsent": false,
          "redirectUris": ["{{Redirect}}"], "allowedScopes": ["openid", "api.read"], "backChannelLogoutUri": "http://127.0.0.1:9/logout" }
        """;

    private async Task<User> AddAsync(params string[] groups)
    {
        var person = await Server.AddPersonAsync();
        await WriteAsync(db => db.GroupMembers.AddRange(groups.Select(name => new GroupMember { UserId = person.Id, GroupId = db.Groups.Single(g => g.Name == name).Id })));
        return person;
    }

    private async Task SetGroupsAsync(User person, List<string> groups)
    {
        var (settings, stamp) = await Server.WithDatabaseAsync(async db =>
        {
            var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == person.Id);
            return (await UserSettings.LoadAsync(db, user, CancellationToken.None), user.ConcurrencyStamp);
        });
        settings.Groups = groups;
        await SucceedAsync<UpdateUser, User>(o => o.ExecuteAsync(person.Id, stamp, settings, CancellationToken.None));
    }

    /// <summary>How many logout tokens were queued about somebody.</summary>
    private Task<int> ToldAsync(User person) => ReadAsync(db => db.LogoutDeliveries.CountAsync(d => d.Subject == person.Id.ToString()));

    private async Task<List<AuditEntry>> EndedAsync(User person) => [.. (await AuditAsync(person.Id.ToString())).Where(e => e.Action == "user.app_access_ended")];

    private static TestUser Account(User person) => new(person.UserName!, People.Password);
}
