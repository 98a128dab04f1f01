using System.Net;
using IdP.Links;
using IdP.Tests.Mail;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace IdP.Tests.SignUp;

/// <summary>An owner invites somebody: the link is for one address with its roles, once, and can be taken back.</summary>
public sealed class InvitationTests(DatabaseKind database) : MailTest(database)
{
    private const string Chosen = "An-Unusual-Pelican-42";

    [Test]
    public async Task The_invited_person_gets_the_address_and_the_role_that_were_chosen_for_them()
    {
        var (address, owner) = (NewAddress(), await OwnerAsync());

        var answer = await InviteAsync(owner, address, "owner");
        var mail = await Mail.NextAsync(address);
        var browser = Server.NewBrowser();
        var form = (await browser.GetAsync(mail.Link("/signup/finish"))).FormWith("password");
        var done = await browser.PostAsync(form.Action.AbsoluteUri, [.. form.Fill([new("name", "Ivo Invited"), new("password", Chosen)]), new("email", "elsewhere@mail.example"), new("roles", "other")]);

        var user = await Server.WithDatabaseAsync(db => db.Users.SingleAsync(u => u.Email == address));
        var roles = await Server.WithDatabaseAsync(db => db.UserRoles.Where(r => r.UserId == user.Id).Join(db.Roles, r => r.RoleId, r => r.Id, (_, r) => r.Name).ToListAsync());
        Assert.That((answer.IsRedirect, done.IsRedirect, user.EmailConfirmed), Is.EqualTo((true, true, true)));
        Assert.That(roles, Is.EqualTo(new[] { "owner" }));
        Assert.That((await browser.GetAsync("/console")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await owner.GetAsync("/console/invitations")).Body, Does.Not.Contain(address));
        var audited = await Server.WithDatabaseAsync(db => db.AuditEntries.Where(e => e.TargetType == "invitation").Select(e => e.Action).ToListAsync());
        Assert.That(audited, Does.Contain("invitation.created").And.Contain("invitation.accepted"));
    }

    [Test]
    public async Task A_taken_back_a_replaced_and_an_old_invitation_open_nothing()
    {
        var owner = await OwnerAsync();
        string[] addresses = [NewAddress(), NewAddress(), NewAddress()];
        foreach (var address in addresses) await InviteAsync(owner, address);
        var links = new List<string>();
        foreach (var address in addresses) links.Add((await Mail.NextAsync(address)).Link("/signup/finish"));
        var id = await Server.WithDatabaseAsync(db => db.OneTimeLinks.Where(l => l.Purpose == LinkPurposes.Invitation && l.Data!.Contains(addresses[0])).Select(l => l.Id).SingleAsync());

        var list = await owner.GetAsync("/console/invitations");
        await owner.SubmitAsync(list.Forms.Single(f => f.Action.AbsolutePath == $"/console/invitations/{id}/revoke"), []);
        await InviteAsync(owner, addresses[1]);
        var replaced = await Server.NewBrowser().GetAsync(links[1]);
        Server.Clock.Advance(TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));

        Assert.That((await Server.NewBrowser().GetAsync(links[0])).Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That(replaced.Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That((await Server.NewBrowser().GetAsync(links[2])).Status, Is.EqualTo(HttpStatusCode.Gone));
    }

    [Test]
    public async Task An_invitation_ends_with_the_rights_of_whoever_made_it_and_the_newcomer_is_told_of_no_intruder()
    {
        var (one, other, inviter) = (NewAddress(), NewAddress(), await AddMailPersonAsync());
        await Server.WithDatabaseAsync(async db =>
        {
            db.UserRoles.Add(new() { UserId = inviter.Id, RoleId = await db.Roles.Where(r => r.Name == "owner").Select(r => r.Id).SingleAsync() });
            return await db.SaveChangesAsync();
        });
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(inviter.UserName!, People.Password);
        foreach (var address in (string[])[one, other]) await InviteAsync(browser, address);
        var links = ((await Mail.NextAsync(one)).Link("/signup/finish"), (await Mail.NextAsync(other)).Link("/signup/finish"));

        var newcomer = Server.NewBrowser();
        await newcomer.SubmitAsync((await newcomer.GetAsync(links.Item1)).FormWith("password"), [new("name", "N"), new("password", Chosen)]);
        await Server.WithDatabaseAsync(db => db.UserRoles.Where(r => r.UserId == inviter.Id).ExecuteDeleteAsync());
        var late = await Server.NewBrowser().GetAsync(links.Item2);
        await Task.Delay(500);

        Assert.That((await newcomer.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(Mail.Unread(one), Is.Null);
        Assert.That(late.Status, Is.EqualTo(HttpStatusCode.Gone));
    }

    [Test]
    public async Task Nobody_is_invited_who_has_an_account_or_by_somebody_who_is_no_owner()
    {
        var (person, owner) = (await AddMailPersonAsync(), await OwnerAsync());
        var alice = Server.NewBrowser();
        await alice.TrySignInAsync(TestUsers.Alice.UserName, TestUsers.Alice.Password);

        var taken = await InviteAsync(owner, person.Email!);
        var forbidden = await alice.GetAsync("/console/invitations");

        Assert.That(taken.Body, Does.Contain("Another person has this"));
        Assert.That(forbidden.Status, Is.EqualTo(HttpStatusCode.Forbidden).Or.EqualTo(HttpStatusCode.NotFound));
        Assert.That(Mail.Unread(person.Email!), Is.Null);
    }

    [Test]
    public async Task An_address_is_confirmed_by_the_link_of_a_mail_and_once()
    {
        var person = await AddMailPersonAsync(user => user.EmailConfirmed = false);
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        var account = await browser.OpenAsync("/account");

        await browser.SubmitAsync(account.Forms.Single(f => f.Action.AbsolutePath == "/account/email/confirm"), []);
        var link = (await Mail.NextAsync(person.Email!)).Link("/account/email");
        var (nobody, somebodyElse) = (Server.NewBrowser(), Server.NewBrowser());
        await somebodyElse.TrySignInAsync(TestUsers.Bob.UserName, TestUsers.Bob.Password);
        var signIn = await nobody.OpenAsync(link);
        var foreign = await somebodyElse.GetAsync(link);
        var page = await browser.GetAsync(link);
        var before = (await Server.ReadAsync(person)).EmailConfirmed;
        var done = await browser.SubmitAsync(page.FormWith("token"), []);

        Assert.That((signIn.AsksToSignIn, foreign.Status), Is.EqualTo((true, HttpStatusCode.Gone)), "a stranger's click vouches for nobody's account");
        Assert.That((before, (await Server.ReadAsync(person)).EmailConfirmed, done.IsRedirect), Is.EqualTo((false, true, true)));
        Assert.That((await browser.GetAsync(link)).Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That((await browser.OpenAsync("/account")).Forms.Any(f => f.Action.AbsolutePath == "/account/email/confirm"), Is.False);
    }

    private static string NewAddress() => $"i{Guid.NewGuid():N}@mail.example";

    private async Task<BrowserClient> OwnerAsync()
    {
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);
        return browser;
    }

    private static async Task<Page> InviteAsync(BrowserClient owner, string address, params string[] roles) =>
        await owner.SubmitAsync((await owner.GetAsync("/console/invitations")).FormWith("email"), [new("email", address), .. roles.Select(role => KeyValuePair.Create("roles", role))]);
}
