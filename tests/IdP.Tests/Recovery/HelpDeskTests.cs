using System.Net;
using IdP.Links;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Recovery;

/// <summary>What the role helpdesk opens, and for whom it may do it.</summary>
public sealed class HelpDeskTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with { More = new Dictionary<string, string> { ["Mail:Mailbox"] = "true", ["Recovery:Supervised"] = "true" } };

    /// <summary>Everything of the console that the help desk may call; whatever is added later is closed to it.</summary>
    private static readonly string[] Open = ["GET /console/users", "GET /console/users/{id:guid}", "POST /console/users/{id:guid}/signout", "POST /console/users/{id:guid}/pass", "POST /console/users/{id:guid}/pass/revoke", "GET /console/recoveries", "POST /console/recoveries/{id:guid}", "POST /console/theme"];

    [Test]
    public async Task The_help_desk_sees_people_and_helps_them_and_every_other_page_and_form_of_the_console_is_forbidden()
    {
        var (person, (_, desk)) = (await Server.AddPersonAsync(), await Server.AddHelperAsync());
        var csrf = await desk.CsrfAsync();
        var routes = Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.TrimStart('/').StartsWith("console", StringComparison.Ordinal))
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => (Method: method, Path: "/" + e.RoutePattern.RawText!.Trim('/')))).Distinct().ToList();

        foreach (var (method, path) in routes)
        {
            var url = path.Replace("{id:guid}", person.Id.ToString(), StringComparison.Ordinal).Replace("{token:guid}", person.Id.ToString(), StringComparison.Ordinal).Replace("{clientId}", "web", StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);
            foreach (var known in (string[])["get", "post"])
            {
                var answer = known == "get" ? await desk.GetAsync(url) : await desk.PostAsync(url, [new("csrf", csrf), new("reason", "test"), new("theme", "light")]);
                if (Open.Contains($"{known.ToUpperInvariant()} {path}")) Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK).Or.EqualTo(HttpStatusCode.SeeOther).Or.EqualTo(HttpStatusCode.NotFound), $"{known} {path}");
                else if (method.Equals(known, StringComparison.OrdinalIgnoreCase)) Assert.That((answer.Status, answer.Body.Contains("<h1", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.Forbidden, true)), $"{known} {path}");
                else Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Forbidden).Or.EqualTo(HttpStatusCode.MethodNotAllowed).Or.EqualTo(HttpStatusCode.OK).Or.EqualTo(HttpStatusCode.NotFound), $"{known} {path}");
            }
        }

        Assert.That(routes, Has.Count.GreaterThan(30));
        Assert.That(Open.Select(o => (o.Split(' ')[0], o.Split(' ')[1])), Is.SubsetOf(routes));
        Assert.That((await Server.ReadAsync(person)).Enabled, Is.True);
    }

    [Test]
    public async Task Nobody_of_the_console_is_reached_without_a_role_for_it()
    {
        var nobody = Server.NewBrowser();
        await nobody.TrySignInAsync(TestUsers.Alice.UserName, TestUsers.Alice.Password);

        foreach (var path in (string[])["/console/users", $"/console/users/{Guid.NewGuid()}", "/console"]) Assert.That((await nobody.GetAsync(path)).Status, Is.EqualTo(HttpStatusCode.Forbidden), path);
        Assert.That((await Server.NewBrowser().OpenAsync("/console/users")).AsksToSignIn, Is.True);
    }

    [Test]
    public async Task What_the_help_desk_sees_has_nothing_it_may_not_do()
    {
        var (person, (helper, desk)) = (await Server.AddPersonAsync(), await Server.AddHelperAsync());
        await Server.AddAppAsync(person);
        await Server.NewBrowser().BeginAsync(person);

        var list = await desk.GetAsync("/console/users?q=" + person.UserName);
        var page = await desk.GetAsync($"/console/users/{person.Id}");
        var self = await desk.GetAsync($"/console/users/{helper.Id}");
        var account = await desk.GetAsync("/account");

        Assert.That(list.Body, Does.Contain(person.UserName!).And.Not.Contain("/console/invitations").And.Not.Contain("/console/users/new").And.Not.Contain("\"/console/clients\""));
        Assert.That(page.Forms.Select(f => f.Action.AbsolutePath), Is.EquivalentTo(new[] { "/console/theme", $"/console/users/{person.Id}/pass" }));
        Assert.That(page.Body, Does.Not.Contain("/console/decisions"));
        Assert.That(self.Forms.Select(f => f.Action.AbsolutePath), Is.EqualTo(new[] { "/console/theme" }));
        Assert.That(account.Body, Does.Contain("href=\"/console/users\""));
    }

    [Test]
    public async Task The_help_desk_helps_no_owner_nobody_of_its_own_and_not_itself()
    {
        var ((helper, desk), (colleague, _), (owner, _)) = (await Server.AddHelperAsync(), await Server.AddHelperAsync(), await Server.AddHelperAsync(Role.Owner));
        var csrf = await desk.CsrfAsync();

        foreach (var person in (User[])[helper, colleague, owner])
        {
            Page[] answers =
            [
                await desk.TryIssuePassAsync(person), await desk.TryIssuePassAsync(person, lost: true),
                await desk.PostAsync($"/console/users/{person.Id}/pass/revoke", [new("csrf", csrf)]), await desk.PostAsync($"/console/users/{person.Id}/signout", [new("csrf", csrf)]),
            ];
            Assert.That(answers.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.Forbidden), person.Id.ToString());
        }
        Assert.That(await Server.WithDatabaseAsync(db => db.OneTimeLinks.CountAsync(l => l.Purpose == LinkPurposes.TemporaryPass && (l.UserId == helper.Id || l.UserId == colleague.Id || l.UserId == owner.Id))), Is.Zero);
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.CountAsync(s => s.UserId == owner.Id && s.EndedAt == null)), Is.EqualTo(1));
    }

    [Test]
    public async Task Owners_help_the_help_desk_and_other_owners_but_not_themselves()
    {
        var ((owner, own), (other, _), (helper, _)) = (await Server.AddHelperAsync(Role.Owner), await Server.AddHelperAsync(Role.Owner), await Server.AddHelperAsync());

        Assert.That(await own.IssuePassAsync(other), Is.Not.Empty);
        Assert.That(await own.IssuePassAsync(helper), Is.Not.Empty);
        Assert.That((await own.TryIssuePassAsync(owner)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Signing_somebody_out_everywhere_is_done_and_audited()
    {
        var (person, (helper, desk)) = (await Server.AddPersonAsync(), await Server.AddHelperAsync());
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);

        await desk.SubmitAsync((await desk.GetAsync($"/console/users/{person.Id}")).Forms.Single(f => f.Action.AbsolutePath.EndsWith("/signout", StringComparison.Ordinal)), []);

        Assert.That((await browser.OpenAsync("/account")).AsksToSignIn, Is.True);
        Assert.That(await Server.WithDatabaseAsync(db => db.AuditEntries.Where(e => e.TargetId == person.Id.ToString() && e.Action == "user.signed_out").Select(e => e.ActorId).ToListAsync()), Is.EqualTo(new Guid?[] { helper.Id }));
    }

    [Test]
    public async Task An_old_proof_or_one_without_the_factor_there_is_issues_no_pass()
    {
        var (person, (helper, desk)) = (await Server.AddPersonAsync(), await Server.AddHelperAsync());
        await Server.AddAppAsync(helper);

        var without = await desk.TryIssuePassAsync(person);
        await desk.TypeCodeAsync(await desk.FollowAsync(without), Server.Code());
        var with = await desk.IssuePassAsync(person);
        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var late = await desk.TryIssuePassAsync(person);

        Assert.That((without.Location?.AbsolutePath, late.Location?.AbsolutePath), Is.EqualTo(("/signin/stepup", "/signin/password")));
        Assert.That(without.Location!.Query, Does.Contain(person.Id.ToString()));
        Assert.That(with, Is.Not.Empty);
    }

    [Test]
    public async Task The_role_is_there_from_the_start_and_stays()
    {
        await using var scope = Server.Services.CreateAsyncScope();

        var deleted = await scope.ServiceProvider.GetRequiredService<DeleteRole>().ExecuteAsync(Role.HelpDesk, default);

        Assert.That(deleted.Failure?.Code, Is.EqualTo("helpdesk_needed"));
        Assert.That(await Server.WithDatabaseAsync(db => db.Roles.CountAsync(r => r.Name == Role.HelpDesk)), Is.EqualTo(1));
    }
}
