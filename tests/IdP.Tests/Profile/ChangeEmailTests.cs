using System.Net;
using IdP.Notices;
using IdP.Organizations;
using IdP.Profile;
using IdP.Tests.AccountApi;
using IdP.Tests.Mail;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace IdP.Tests.Profile;

/// <summary>An address becomes somebody's when they have opened the link that went there, and not before.</summary>
public sealed class ChangeEmailTests(DatabaseKind database) : MailTest(database)
{
    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.With(AccountApps.Configuration) };

    [Test]
    public async Task The_address_changes_when_its_own_person_opens_the_link_and_the_old_one_is_told()
    {
        var person = await AddMailPersonAsync();
        var (browser, next) = (await SignedInAsync(person), NewAddress());

        var asked = await AskAsync(browser, next);
        var link = (await Mail.NextAsync(next)).Link(ChangeEmail.Path);
        var before = await Server.ReadAsync(person);
        var page = await browser.GetAsync(link);
        var opened = await Server.ReadAsync(person);
        var done = await browser.FollowAsync(await browser.SubmitAsync(page.FormWith("token"), []));
        var notice = await Mail.NextAsync(person.Email!);

        Assert.That(asked.Body, Does.Contain("Nothing changes until you open the link"));
        Assert.That((before.Email, opened.Email), Is.EqualTo((person.Email, person.Email)));
        Assert.That(page.Body, Does.Contain(next).And.Contain(person.UserName));
        Assert.That(done.Body, Does.Contain("changed and confirmed"));
        var after = await Server.ReadAsync(person);
        Assert.That((after.Email, after.NormalizedEmail, after.EmailConfirmed, after.UserName), Is.EqualTo((next, next.ToUpperInvariant(), true, person.UserName)));
        Assert.That(notice.Subject, Is.EqualTo("Your e-mail address was changed"));
        Assert.That((await browser.GetAsync(link)).Status, Is.EqualTo(HttpStatusCode.Gone), "it works once");
        Assert.That((await Server.NewBrowser().TrySignInAsync(next, People.Password)).IsRedirect, Is.True);

        var reader = Server.NewBrowser();
        await reader.SubmitAsync((await reader.GetAsync(notice.Link(FreezeAccount.Path))).FormWith("token"), []);
        Assert.That((await Server.ReadAsync(person)).Enabled, Is.False, "whoever reads the old mailbox can still stop it");
    }

    [Test]
    public async Task A_link_is_worth_nothing_to_somebody_else_after_a_newer_one_and_after_a_change_of_the_password()
    {
        var (person, other) = (await AddMailPersonAsync(), await AddMailPersonAsync());
        var (browser, stranger) = (await SignedInAsync(person), await SignedInAsync(other));
        var (first, second) = (NewAddress(), NewAddress());
        await AskAsync(browser, first);
        var old = (await Mail.NextAsync(first)).Link(ChangeEmail.Path);
        await AskAsync(browser, second);
        var link = (await Mail.NextAsync(second)).Link(ChangeEmail.Path);
        var csrf = (await stranger.GetAsync("/account/password")).FormWith("replacement").Fields.Single(field => field.Name == "csrf").Value;

        var byStranger = await stranger.GetAsync(link);
        var posted = await stranger.PostAsync(ChangeEmail.Path, [new("csrf", csrf), new("token", link.Split("token=")[1])]);
        var nobody = await Server.NewBrowser().GetAsync(link);
        var overtaken = await browser.GetAsync(old);
        await browser.SubmitAsync((await browser.GetAsync("/account/password")).FormWith("replacement"), [new("current", People.Password), new("replacement", "A-New-Sentence-For-Me-1")]);
        var afterChange = await browser.GetAsync(link);

        Assert.That((byStranger.Status, posted.Status, overtaken.Status, afterChange.Status), Is.EqualTo((HttpStatusCode.Gone, HttpStatusCode.Gone, HttpStatusCode.Gone, HttpStatusCode.Gone)));
        Assert.That(nobody.Location!.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That(((await Server.ReadAsync(person)).Email, (await Server.ReadAsync(other)).Email), Is.EqualTo((person.Email, other.Email)));
    }

    [Test]
    public async Task An_address_that_another_account_has_gets_the_same_answer_and_only_its_mailbox_learns_more()
    {
        var (person, owner) = (await AddMailPersonAsync(), await AddMailPersonAsync());
        var browser = await SignedInAsync(person);
        var (free, byName) = (NewAddress(), NewAddress());
        await Server.AddPersonAsync(user => (user.UserName, user.NormalizedUserName) = (byName, byName.ToUpperInvariant()));

        var answers = new List<Page>();
        foreach (var address in new[] { free, owner.Email!, byName }) answers.Add(await browser.FollowAsync(await SubmitAsync(browser, address)));
        var mails = (Free: await Mail.NextAsync(free), Taken: await Mail.NextAsync(owner.Email!), Named: await Mail.NextAsync(byName));

        Assert.That(answers.Select(a => (a.Status, a.Url.PathAndQuery)), Has.All.EqualTo((HttpStatusCode.OK, "/account/profile?done=email")));
        Assert.That((mails.Free.Subject, mails.Taken.Subject, mails.Named.Subject), Is.EqualTo(("Your new address for localhost", "You have an account at localhost already", "You have an account at localhost already")));
        Assert.That(mails.Taken.Text, Does.Not.Contain("token=").And.Not.Contain(person.UserName).And.Not.Contain(person.Name));
    }

    [Test]
    public async Task An_address_that_somebody_took_meanwhile_stays_theirs()
    {
        var (person, faster) = (await AddMailPersonAsync(), await AddMailPersonAsync());
        var (browser, next) = (await SignedInAsync(person), NewAddress());
        await AskAsync(browser, next);
        var page = await browser.GetAsync((await Mail.NextAsync(next)).Link(ChangeEmail.Path));
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == faster.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.NormalizedEmail, next.ToUpperInvariant())));

        var late = await browser.SubmitAsync(page.FormWith("token"), []);

        Assert.That(late.Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That((await Server.ReadAsync(person)).Email, Is.EqualTo(person.Email));
    }

    [Test]
    public async Task Who_signs_in_by_the_address_does_so_by_the_new_one()
    {
        var address = NewAddress();
        var person = await AddMailPersonAsync(user => (user.UserName, user.NormalizedUserName, user.Email, user.NormalizedEmail) = (address, address.ToUpperInvariant(), address, address.ToUpperInvariant()));
        var (browser, next) = (await SignedInAsync(person), NewAddress());
        await AskAsync(browser, next);

        await browser.SubmitAsync((await browser.GetAsync((await Mail.NextAsync(next)).Link(ChangeEmail.Path))).FormWith("token"), []);

        Assert.That((await Server.ReadAsync(person)).UserName, Is.EqualTo(next));
        Assert.That((await Server.NewBrowser().TrySignInAsync(address, People.Password)).IsRedirect, Is.False);
    }

    [Test]
    public async Task Addresses_of_an_organization_s_own_domain_are_its_administrators_business()
    {
        var domain = $"d{Guid.NewGuid():N}.example";
        var (outsider, member) = (await AddMailPersonAsync(), await AddMailPersonAsync(user => (user.Email, user.NormalizedEmail) = ("me@" + domain, ("me@" + domain).ToUpperInvariant())));
        await Server.WithDatabaseAsync(async db =>
        {
            var organization = new Organization { Name = domain[..20], CreatedAt = DateTimeOffset.UnixEpoch, Domains = [new() { Name = domain, VerifiedAt = DateTimeOffset.UnixEpoch }] };
            db.Organizations.Add(organization);
            db.OrganizationMembers.Add(new() { OrganizationId = organization.Id, UserId = member.Id, JoinedAt = DateTimeOffset.UnixEpoch });
            return await db.SaveChangesAsync();
        });

        var entering = await SubmitAsync(await SignedInAsync(outsider), "boss@" + domain);
        var leaving = await Server.CallAsync(await Server.AccountTokenAsync(member), HttpMethod.Post, "/email", new { email = NewAddress() });
        var page = await (await SignedInAsync(member)).GetAsync("/account/profile");

        Assert.That(leaving.Refusal, Is.EqualTo((HttpStatusCode.Conflict, "email_managed")));
        Assert.That(entering.Body, Does.Contain("belongs to an organization"));
        Assert.That(page.Body, Does.Contain("Your administrator decides about this address"));
        Assert.That(Mail.Unread("boss@" + domain), Is.Null);
    }

    [Test]
    public async Task Somebody_who_was_signed_in_long_ago_proves_again_who_they_are_first()
    {
        var person = await AddMailPersonAsync();
        var browser = await SignedInAsync(person);
        var form = (await browser.GetAsync("/account/profile/email")).FormWith("email");
        var token = await Server.AccountTokenAsync(person);

        Server.Clock.Advance(TimeSpan.FromMinutes(16));
        var page = await browser.GetAsync("/account/profile/email");
        var posted = await browser.SubmitAsync(form, [new("email", NewAddress())]);
        var called = await Server.CallAsync(token, HttpMethod.Post, "/email", new { email = NewAddress() });

        Assert.That((page.Location!.AbsolutePath, posted.Location!.AbsolutePath), Is.EqualTo(("/signin/password", "/signin/password")));
        Assert.That(called.Refusal, Is.EqualTo((HttpStatusCode.Unauthorized, "insufficient_user_authentication")));
        Assert.That(await Server.WithDatabaseAsync(db => db.AuditEntries.AnyAsync(a => a.Action == "user.email_change_asked" && a.ActorId == person.Id)), Is.False);
    }

    [Test]
    public async Task Apps_ask_for_the_link_too_and_nobody_s_mailbox_is_filled()
    {
        var person = await AddMailPersonAsync();
        var token = await Server.AccountTokenAsync(person);
        Task<ApiAnswer> AskAsync(string? email) => Server.CallAsync(token, HttpMethod.Post, "/email", new { email });

        var (wrong, same) = (await AskAsync("no address"), await AskAsync(person.Email));
        var answers = new List<ApiAnswer>();
        for (var i = 0; i < 6; i++) answers.Add(await AskAsync(NewAddress()));

        Assert.That((wrong.Code, same.Code), Is.EqualTo(("bad_email", "email_same")));
        Assert.That(answers[..5].Select(a => a.Status), Has.All.EqualTo(HttpStatusCode.Accepted));
        Assert.That((answers[5].Refusal, answers[5].Headers.RetryAfter?.Delta), Is.EqualTo(((HttpStatusCode.TooManyRequests, "busy"), TimeSpan.FromHours(1))));
        Assert.That((await Server.ReadAsync(person)).Email, Is.EqualTo(person.Email));
    }

    private static string NewAddress() => $"n{Guid.NewGuid():N}@mail.example";

    private async Task<BrowserClient> SignedInAsync(User person)
    {
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        return browser;
    }

    private static async Task<Page> SubmitAsync(BrowserClient browser, string address) => await browser.SubmitAsync((await browser.GetAsync("/account/profile/email")).FormWith("email"), [new("email", address)]);

    private static async Task<Page> AskAsync(BrowserClient browser, string address) => await browser.FollowAsync(await SubmitAsync(browser, address));
}
