using System.Net;
using System.Text;
using IdP.Access;
using IdP.Assignments;
using IdP.Configuration;
using IdP.Tests.Recovery;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Assignments;

/// <summary>Putting people on an app and taking them off, by operation, file and console.</summary>
public sealed class AssignmentOperationTests(DatabaseKind database) : OperationTest(database)
{
    protected override ServerSettings Settings => new(Database)
    {
        Configuration = TestConfiguration.With("""{ "groups": [{ "name": "sales" }, { "name": "desk <b>" }] }"""),
    };

    [Test]
    public async Task People_and_groups_are_put_on_and_taken_off_once_with_an_entry_in_the_audit_log()
    {
        var client = await AddClientAsync();

        var put = await SucceedAsync<AssignApp, int>(o => o.ExecuteAsync(client, [" ALICE ", "bob"], ["sales"], CancellationToken.None));
        var again = await SucceedAsync<AssignApp, int>(o => o.ExecuteAsync(client, ["alice"], ["sales"], CancellationToken.None));
        var taken = await SucceedAsync<UnassignApp, int>(o => o.ExecuteAsync(client, ["bob", "root"], ["sales"], CancellationToken.None));
        var nothing = await SucceedAsync<UnassignApp, int>(o => o.ExecuteAsync(client, ["bob"], [], CancellationToken.None));

        Assert.That((put, again, taken, nothing), Is.EqualTo((3, 0, 2, 0)));
        Assert.That(await AssignedAsync(client), Is.EqualTo("alice"));
        Assert.That((await AuditAsync(client)).Select(e => e.Action).Where(a => a.Contains("assigned", StringComparison.Ordinal)), Is.EqualTo((string[])["client.assigned", "client.unassigned"]));
    }

    [Test]
    public async Task Nobody_without_rights_does_either_and_unknown_names_change_nothing()
    {
        var client = await AddClientAsync();

        var (assign, unassign) = (await RunAsNobodyAsync<AssignApp, Outcome<int>>(o => o.ExecuteAsync(client, ["alice"], [], CancellationToken.None)), await RunAsNobodyAsync<UnassignApp, Outcome<int>>(o => o.ExecuteAsync(client, ["alice"], [], CancellationToken.None)));
        var unknown = await FailAsync<AssignApp, int>(o => o.ExecuteAsync(client, ["alice", "no such person"], ["no such group", "sa\0les"[..2]], CancellationToken.None));
        var hostile = await FailAsync<AssignApp, int>(o => o.ExecuteAsync(client, ["al\0ice"], [], CancellationToken.None));
        var nowhere = await FailAsync<AssignApp, int>(o => o.ExecuteAsync("no such client", ["alice"], [], CancellationToken.None));

        Assert.That((assign.Failure?.Code, unassign.Failure?.Code), Is.EqualTo(("forbidden", "forbidden")));
        Assert.That(unknown.All.Select(f => f.Code), Is.EqualTo((string[])["unknown_user", "unknown_group", "unknown_group"]));
        Assert.That((hostile.Code, nowhere.Code), Is.EqualTo(("bad_character", "not_found")));
        Assert.That(await AssignedAsync(client), Is.Empty);
    }

    [Test]
    public async Task A_file_names_the_whole_list_also_of_people_it_makes_and_applied_again_changes_nothing()
    {
        var (client, person) = (NewName("client"), NewName("u"));
        string File(string users, string groups) => $$"""
            { "clients": [{ "clientId": "{{client}}", "assignmentRequired": true{{users}}{{groups}}, "clientSecrets": [{ "value": "a-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://a.test/cb"], "allowedScopes": ["openid"] }],
              "users": [{ "userName": "{{person}}", "password": "Correct-Horse-7-Battery" }] }
            """;
        var (all, fewer, silent) = (File($$""", "assignedUsers": ["{{person}}", "Alice"]""", """, "assignedGroups": ["sales"]"""), File($$""", "assignedUsers": ["{{person}}"]""", """, "assignedGroups": []"""), File("", ""));

        var first = await ApplyAsync(all);
        var second = await ApplyAsync(all);
        var both = await AssignedAsync(client);
        var third = await ApplyAsync(fewer);
        var fourth = await ApplyAsync(silent);

        Assert.That(first.Changes, Has.Some.EqualTo($"client {client}: assign {person}, Alice").And.Some.EqualTo($"client {client}: assign group sales"));
        Assert.That((second.Changes.Count, both), Is.EqualTo((0, $"alice, {person}, sales")));
        Assert.That(third.Changes, Is.EqualTo((string[])[$"client {client}: take off alice", $"client {client}: take off group sales"]));
        Assert.That((fourth.Changes.Count, await AssignedAsync(client)), Is.EqualTo((0, person)), "what a file does not name stays");
    }

    [Test]
    public async Task A_file_with_a_name_that_nobody_has_says_where_and_is_not_applied()
    {
        var json = """{ "clients": [{ "clientId": "web", "assignedUsers": ["alice", "no such", "ALICE "], "assignedGroups": ["none", "none"] }] }""";

        var outcome = await RunAsync<ConfigurationFile, Outcome<ConfigurationPlan>>(c => c.ApplyAsync(Encoding.UTF8.GetBytes(json), CancellationToken.None));

        Assert.That(outcome.Failure?.All.Select(f => $"{f.Field} {f.Code}"), Is.SupersetOf((string[])["$.clients[0].assignedUsers[1] unknown_user", "$.clients[0].assignedGroups[0] unknown_group", "$.clients[0].assignedGroups[1] duplicate"]));
        Assert.That(await AssignedAsync("web"), Is.Empty);
    }

    [Test]
    public async Task An_owner_makes_an_app_one_for_assigned_people_and_puts_them_on_and_off()
    {
        var client = await AddClientAsync();
        using var owner = Server.NewBrowser();
        await owner.FollowAsync(await owner.SignInAsync(await owner.OpenAsync("/signin"), TestUsers.Root.UserName, TestUsers.Root.Password));
        var url = $"/console/clients/{client}";

        var saved = await owner.FollowAsync(await owner.SubmitAsync((await owner.GetAsync(url)).FormWith("clientName"), [new("assignmentRequired", "true"), new("clientUri", "https://a.test/"), new("showInPortal", "true")]));
        var kept = await ReadAsync(db => db.Clients.AsNoTracking().SingleAsync(c => c.ClientId == client));
        var page = await owner.GetAsync(url + "/people");
        page = await owner.FollowAsync(await owner.SubmitAsync(page.FormWith("user"), [new("user", " Alice ")]));
        page = await owner.FollowAsync(await owner.SubmitAsync(page.Forms.Single(f => f.Has("group")), [new("group", "desk <b>")]));
        var (both, wrong) = (await AssignedAsync(client), await owner.SubmitAsync(page.Forms.Single(f => f.Has("user") && f.Action.AbsolutePath == url + "/people"), [new("user", "no such")]));
        var found = await owner.GetAsync(url + "/people?q=al%00&after=%00");
        page = await owner.FollowAsync(await owner.SubmitAsync(page.Forms.Single(f => f.Has("user") && f.Action.AbsolutePath.EndsWith("/remove", StringComparison.Ordinal)), []));
        page = await owner.FollowAsync(await owner.SubmitAsync(page.Forms.Single(f => f.Has("group") && f.Action.AbsolutePath.EndsWith("/remove", StringComparison.Ordinal)), []));

        Assert.That((saved.Body.Contains("saved", StringComparison.Ordinal), kept.AssignmentRequired, kept.ShowInPortal), Is.EqualTo((true, true, true)));
        Assert.That(both, Is.EqualTo("alice, desk <b>"));
        Assert.That((wrong.Status, wrong.Body.Contains("no user with this name", StringComparison.Ordinal), wrong.Body.Contains("desk &lt;b&gt;", StringComparison.Ordinal), wrong.Body.Contains("<b>", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.BadRequest, true, true, false)));
        Assert.That((found.Status, found.Body.Contains("Alice Example", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.OK, true)));
        Assert.That((await AssignedAsync(client), page.Status), Is.EqualTo(("", HttpStatusCode.OK)));
        Assert.That((await AuditAsync(client)).Where(e => e.Source == "console").Select(e => e.Action), Is.EqualTo((string[])["client.updated", "client.assigned", "client.assigned", "client.unassigned", "client.unassigned"]));
    }

    [Test]
    public async Task The_help_desk_and_everybody_else_stay_outside()
    {
        var (_, desk) = await Server.AddHelperAsync();
        var person = await Server.AddPersonAsync();
        using var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        foreach (var one in (BrowserClient[])[desk, browser])
        {
            var csrf = (await one.GetAsync("/signout")).Forms.First(f => f.Has("csrf"))["csrf"].Value;
            var shown = await one.GetAsync("/console/clients/web/people");
            var put = await one.PostAsync("/console/clients/web/people", [new("csrf", csrf), new("user", person.UserName!)]);

            Assert.That((shown.Status, put.Status), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)));
        }
        Assert.That(await AssignedAsync("web"), Is.Empty);
    }

    private async Task<ConfigurationPlan> ApplyAsync(string json) => await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(Encoding.UTF8.GetBytes(json), CancellationToken.None));

    private async Task<string> AddClientAsync()
    {
        var client = NewName("client");
        await ApplyAsync($$"""{ "clients": [{ "clientId": "{{client}}", "clientSecrets": [{ "value": "a-secret" }], "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://a.test/cb"], "allowedScopes": ["openid"] }] }""");
        return client;
    }

    private async Task<string> AssignedAsync(string clientId) => await ReadAsync(async db =>
    {
        var users = await db.AssignedUsers.Where(a => db.Clients.Any(c => c.Id == a.ClientKey && c.ClientId == clientId)).Join(db.Users, a => a.UserId, u => u.Id, (_, u) => u.UserName!).ToListAsync();
        var groups = await db.AssignedGroups.Where(a => db.Clients.Any(c => c.Id == a.ClientKey && c.ClientId == clientId)).Join(db.Groups, a => a.GroupId, g => g.Id, (_, g) => g.Name).ToListAsync();
        return string.Join(", ", users.Order(StringComparer.Ordinal).Concat(groups.Order(StringComparer.Ordinal)));
    });
}
