using IdP.Policies;
using IdP.SignIn;
using IdP.Tests.Mail;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.SignUp;

/// <summary>Policies for whoever accepts an invitation: the groups it gives count from the first moment.</summary>
public sealed class InvitationPolicyTests(DatabaseKind database) : MailTest(database)
{
    private const string Chosen = "An-Unusual-Pelican-42";

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "groups": [{ "name": "two" }, { "name": "soon" }, { "name": "office" }],
              "signInPolicies": [{ "name": "two", "groups": ["two"], "factors": "mfa" }, { "name": "soon", "groups": ["soon"], "factors": "mfa", "enrolmentGraceDays": 7 }, { "name": "office", "groups": ["office"], "networks": ["192.0.2.0/24"] }] }
            """),
    };

    [TestCase("two", "/signin/enrol", false)]
    [TestCase("soon", "/signin/enrol", true)]
    [TestCase("office", "/signin/refused", false)]
    public async Task Who_accepts_an_invitation_has_an_account_and_no_session_until_the_policies_of_the_group_are_met(string group, string path, bool canWait)
    {
        var address = $"i{Guid.NewGuid():N}@mail.example";
        using var owner = Server.NewBrowser();
        await owner.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);
        await owner.SubmitAsync((await owner.GetAsync("/console/invitations")).FormWith("email"), [new("email", address), new("groups", group)]);
        var link = (await Mail.NextAsync(address)).Link("/signup/finish");
        using var browser = Server.NewBrowser();

        await browser.SubmitAsync((await browser.GetAsync(link)).FormWith("password"), [new("name", "Ivo Invited"), new("password", Chosen)]);
        var before = browser.Cookie("idp.session");
        var page = await browser.FollowAsync(await browser.TrySignInAsync(address, Chosen));
        var later = page.Forms.SingleOrDefault(form => form.Action.AbsolutePath == "/signin/enrol/later");
        if (later is not null) await browser.SubmitAsync(later, []);
        var person = await Server.WithDatabaseAsync(db => db.Users.AsNoTracking().SingleAsync(u => u.Email == address));
        var decisions = await Server.WithDatabaseAsync(db => db.SignInDecisions.AsNoTracking().Where(d => d.UserId == person.Id).OrderBy(d => d.At).ThenBy(d => d.Id).ToListAsync());

        Assert.That((before, page.Url.AbsolutePath, later is not null, browser.Cookie("idp.session") is not null), Is.EqualTo(((string?)null, path, canWait, canWait)));
        Assert.That(decisions.Take(2).Select(d => d.Outcome).Distinct(), Is.EqualTo((SignInOutcome[])[group == "office" ? SignInOutcome.Blocked : SignInOutcome.EnrolmentNeeded]), "when the account was made, and at the sign-in that followed");
        Assert.That(PolicyInputs.FromJson(decisions[0].Inputs)!.Groups, Is.EqualTo((string[])[group]));
        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.CountAsync(s => s.UserId == person.Id)), Is.EqualTo(canWait ? 1 : 0));
    }
}
