using System.Net;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Federation;

/// <summary>Whoever is signed in connects the login of another provider, and disconnects it.</summary>
public sealed class OwnLoginTests(DatabaseKind database) : GoogleServerTest(database)
{
    private static readonly UpstreamAccount Elsewhere = new("300", "elsewhere@google.test", false);
    private static readonly UpstreamAccount Taken = new("301", "taken@google.test", true);
    private static readonly UpstreamAccount Other = new("302", "other@google.test", false);
    private static readonly UpstreamAccount Only = new("303", "only@google.test", true);

    protected override IReadOnlyList<UpstreamAccount> Accounts => [Elsewhere, Taken, Other, Only];

    [Test]
    public async Task A_login_of_another_address_is_connected_signs_in_and_is_disconnected()
    {
        var user = await CreateUserAsync("liv", "liv@example.test");
        var browser = await SignedInAsync(user);

        var linked = await browser.FollowAsync(await LinkAsync(browser, Elsewhere));
        var later = Server.NewBrowser();
        await SignInAsync(later, Elsewhere);
        var signedIn = await IsSignedInAsync(later);
        var unlinked = await browser.FollowAsync(await browser.SubmitAsync(linked.Forms.Single(form => form.Action.AbsolutePath == "/account/connections/google/unlink"), []));

        Assert.That(linked.Body, Does.Contain("The login is connected"));
        Assert.That(signedIn, Is.True);
        Assert.That(unlinked.Body, Does.Contain("The login is disconnected"));
        Assert.That((await LinkedAsync(Elsewhere), await IsSignedInAsync(later), await IsSignedInAsync(browser)), Is.EqualTo((Array.Empty<Guid>(), false, true)));
        var actions = await Server.WithDatabaseAsync(db => db.AuditEntries.Where(a => a.ActorId == user.Id && a.Action.StartsWith("user.login")).OrderBy(a => a.At).Select(a => a.Action).ToListAsync());
        Assert.That(actions, Is.EqualTo(new[] { "user.login_linked", "user.login_unlinked" }));
    }

    [Test]
    public async Task A_login_that_opens_an_account_stays_with_it()
    {
        await SignInAsync(Server.NewBrowser(), Taken);
        var owner = await LinkedAsync(Taken);
        var browser = await SignedInAsync(await CreateUserAsync("max", "max@example.test"));

        var refused = await browser.FollowAsync(await LinkAsync(browser, Taken));

        Assert.That(refused.Body, Does.Contain("connected with an account already"));
        Assert.That(await LinkedAsync(Taken), Is.EqualTo(owner).And.Count.EqualTo(1));
    }

    [Test]
    public async Task What_one_person_began_is_nothing_for_the_next_one_in_the_same_browser()
    {
        var browser = await SignedInAsync(await CreateUserAsync("nan", "nan@example.test"));
        var back = await LinkAsync(browser, Other);
        var complete = await browser.GetAsync(back.Location!.AbsoluteUri);
        var next = await CreateUserAsync("next", "next@example.test");
        await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync("/signin?returnUrl=%2Faccount"), "next", Password));

        var answer = await browser.GetAsync(complete.Location!.AbsoluteUri);

        Assert.That(complete.Location!.AbsolutePath, Is.EqualTo("/account/connections/complete"));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await LinkedAsync(Other)).Contains(next.Id), Is.False);
    }

    [Test]
    public async Task The_only_way_in_cannot_be_disconnected()
    {
        var browser = Server.NewBrowser();
        var page = await SignInAsync(browser, Only, "/account/connections");

        var refused = await browser.FollowAsync(await browser.SubmitAsync(page.Forms.Single(form => form.Action.AbsolutePath == "/account/connections/google/unlink"), []));

        Assert.That(refused.Body, Does.Contain("Nothing else would let you in"));
        Assert.That(await LinkedAsync(Only), Has.Count.EqualTo(1));
    }

    private async Task<BrowserClient> SignedInAsync(User user)
    {
        var browser = Server.NewBrowser();
        await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync("/signin?returnUrl=%2Faccount"), user.UserName!, Password));
        return browser;
    }

    /// <summary>To the provider and to the redirect back.</summary>
    private static async Task<Page> LinkAsync(BrowserClient browser, UpstreamAccount account) =>
        await UpstreamProvider.VisitAsync(browser, await browser.OpenAsync("/account/connections"), account, "/account/connections/google/link");
}
