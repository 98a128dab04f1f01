using System.Net;
using IdP.Notices;
using IdP.Organizations;
using IdP.Tests.AccountApi;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Notices;

/// <summary>People freeze their own account, and leave organizations where they may.</summary>
public sealed class OwnFreezeTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With(AccountApps.Configuration),
        More = new Dictionary<string, string> { ["Organizations:MembersMayLeave"] = "true" },
    };

    [Test]
    public async Task Freezing_ends_every_session_and_every_token_and_nobody_gets_in()
    {
        var person = await Server.AddPersonAsync();
        var (browser, other) = (Server.NewBrowser(), Server.NewBrowser());
        await other.TrySignInAsync(person.UserName!, People.Password);
        var app = Server.NewRelyingParty(AccountApps.Manager);
        var granted = await app.SignInAsync(browser, "openid offline_access idp.account.read", new(person.UserName!, People.Password));

        var page = await browser.GetAsync("/account/freeze");
        var done = await browser.FollowAsync(await browser.SubmitAsync(page.Forms.Single(form => form.Action.AbsolutePath == "/account/freeze"), []));

        Assert.That(done.Body, Does.Contain("Your account is frozen"));
        Assert.That(((await other.GetAsync("/account")).IsRedirect, (await browser.GetAsync("/account")).IsRedirect), Is.EqualTo((true, true)));
        Assert.That(((await app.RefreshAsync(granted.RefreshToken!)).Error, (await Server.CallAsync(granted.AccessToken, HttpMethod.Get, "")).Code), Is.EqualTo(("invalid_grant", "invalid_token")));
        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.False);
        var row = await Server.ReadAsync(person);
        Assert.That((row.Enabled, row.DisabledReason), Is.EqualTo((false, FreezeAccount.OwnReason)));
    }

    [Test]
    public async Task It_needs_a_recent_proof_and_the_last_owner_stays()
    {
        var (late, owner) = (await Server.AddPersonAsync(), await Server.WithDatabaseAsync(db => db.Users.AsNoTracking().SingleAsync(u => u.UserName == TestUsers.Root.UserName)));
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(late.UserName!, People.Password);
        Server.Clock.Advance(TimeSpan.FromMinutes(16));

        var asked = await browser.GetAsync("/account/freeze");
        var root = Server.NewBrowser();
        await root.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);
        var refused = await root.SubmitAsync((await root.GetAsync("/account/freeze")).Forms.Single(form => form.Action.AbsolutePath == "/account/freeze"), []);

        Assert.That(asked.Location?.AbsolutePath, Is.EqualTo("/signin/password"));
        Assert.That(refused.Body, Does.Contain("the last person who may administer this provider"));
        Assert.That(((await root.GetAsync("/account")).Status, (await Server.ReadAsync(owner)).Enabled), Is.EqualTo((HttpStatusCode.OK, true)));
    }

    [Test]
    public async Task An_organization_is_shown_with_its_roles_and_left_unless_it_owns_the_person_s_address()
    {
        var domain = $"d{Guid.NewGuid():N}.example";
        var person = await Server.AddPersonAsync(user => (user.Email, user.NormalizedEmail, user.EmailConfirmed) = ("me@" + domain, ("me@" + domain).ToUpperInvariant(), true));
        var (own, joined) = (await JoinAsync(person, "Own house", domain), await JoinAsync(person, "Club", null));
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        var token = await Server.AccountTokenAsync(person, browser: browser);

        var page = await browser.GetAsync("/account/connections");
        var form = page.FormsWith("organization").Single();
        var listed = (await Server.CallAsync(token, HttpMethod.Get, "/organizations")).List("organizations");
        var refused = await Server.CallAsync(token, HttpMethod.Delete, "/organizations/" + own);
        var left = await browser.FollowAsync(await browser.SubmitAsync(form, []));

        Assert.That(page.Body, Does.Contain("Own house").And.Contain("Club").And.Contain("auditor"));
        Assert.That(listed.Select(o => (o.GetProperty("name").GetString(), o.GetProperty("mayLeave").GetBoolean(), o.GetProperty("roles")[0].GetString())), Is.EquivalentTo(new[] { (own, false, "auditor"), (joined, true, "auditor") }));
        Assert.That(refused.Refusal, Is.EqualTo((HttpStatusCode.Conflict, "leaving_not_allowed")));
        Assert.That(left.Body, Does.Contain("You have left the organization"));
        Assert.That(await Server.WithDatabaseAsync(db => db.OrganizationMembers.CountAsync(m => m.UserId == person.Id)), Is.EqualTo(1));
    }

    private Task<string> JoinAsync(User person, string displayName, string? domain) => Server.WithDatabaseAsync(async db =>
    {
        var organization = new Organization { Name = "o" + Guid.NewGuid().ToString("N")[..12], DisplayName = displayName, CreatedAt = DateTimeOffset.UnixEpoch };
        if (domain is not null) organization.Domains.Add(new() { Name = domain, VerifiedAt = DateTimeOffset.UnixEpoch });
        db.Organizations.Add(organization);
        db.OrganizationMembers.Add(new() { OrganizationId = organization.Id, UserId = person.Id, Roles = ["auditor"], JoinedAt = DateTimeOffset.UnixEpoch });
        await db.SaveChangesAsync();
        return organization.Name;
    });
}
