using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Federation;

public sealed class GoogleLinkTests(DatabaseKind database) : GoogleServerTest(database)
{
    private static readonly UpstreamAccount Dora = new("200", "dora@google.test", true);
    private static readonly UpstreamAccount Early = new("201", "early@google.test", true);
    private static readonly UpstreamAccount Guess = new("202", "guess@google.test", true);
    private static readonly UpstreamAccount Named = new("203", "Named@Google.test", true);
    private static readonly UpstreamAccount Twice = new("204", "twice@google.test", true);

    protected override IReadOnlyList<UpstreamAccount> Accounts => [Dora, Early, Guess, Named, Twice];

    [Test]
    public async Task An_existing_account_is_connected_only_when_its_password_is_shown()
    {
        var user = await CreateUserAsync("dora", Dora.Email);
        var browser = Server.NewBrowser();

        var asked = await SignInAsync(browser, Dora);
        var before = (await IsSignedInAsync(browser), await LinkedAsync(Dora));
        var wrong = await ProveAsync(browser, asked, "not-the-password");
        var afterWrong = (await IsSignedInAsync(browser), await LinkedAsync(Dora));
        var right = await browser.FollowAsync(await ProveAsync(browser, wrong, Password));

        Assert.That(asked.Url.AbsolutePath, Is.EqualTo("/signin/link"));
        Assert.That((before.Item1, before.Item2.Count, afterWrong.Item1, afterWrong.Item2.Count), Is.EqualTo((false, 0, false, 0)));
        Assert.That(wrong.Body, Does.Contain("The password is not right"));
        Assert.That((right.Url.AbsolutePath, await IsSignedInAsync(browser)), Is.EqualTo(("/account", true)));
        Assert.That(await LinkedAsync(Dora), Is.EqualTo((Guid[])[user.Id]));
        var audit = await Server.WithDatabaseAsync(db => db.AuditEntries.SingleAsync(e => e.TargetId == user.Id.ToString() && e.Action == "user.login_linked"));
        Assert.That((audit.ActorId, audit.Source), Is.EqualTo(((Guid?)user.Id, "signin")));
        Assert.That(audit.Details, Does.Contain("google"));

        var later = Server.NewBrowser();
        await SignInAsync(later, Dora);
        Assert.That(await IsSignedInAsync(later), Is.True, "Once connected, no password is asked.");
    }

    [Test]
    public async Task An_account_whose_address_was_never_confirmed_is_no_less_protected()
    {
        await CreateUserAsync("early", Early.Email, confirmed: false);
        var browser = Server.NewBrowser();

        var asked = await SignInAsync(browser, Early);

        Assert.That((asked.Url.AbsolutePath, await IsSignedInAsync(browser), (await LinkedAsync(Early)).Count), Is.EqualTo(("/signin/link", false, 0)));
        Assert.That((await browser.FollowAsync(await ProveAsync(browser, asked, Password))).Url.AbsolutePath, Is.EqualTo("/account"));
    }

    [Test]
    public async Task An_account_named_like_the_address_in_another_case_asks_for_its_password()
    {
        await CreateUserAsync("named@google.test", "elsewhere@google.test");

        var asked = await SignInAsync(Server.NewBrowser(), Named);

        Assert.That((asked.Url.AbsolutePath, (await UsersWithAsync(Named.Email)).Count), Is.EqualTo(("/signin/link", 0)));
    }

    [Test]
    public async Task Guessing_at_the_proof_locks_the_account_like_guessing_at_the_sign_in_page()
    {
        await CreateUserAsync("guess", Guess.Email);
        var browser = Server.NewBrowser();
        var page = await SignInAsync(browser, Guess);
        for (var guess = 0; guess < 5; guess++) page = await ProveAsync(browser, page, "not-the-password");

        var right = await ProveAsync(browser, page, Password);

        Assert.That((right.IsRedirect, (await LinkedAsync(Guess)).Count), Is.EqualTo((false, 0)));
        Assert.That((await LastDecisionAsync()).Outcome, Is.EqualTo(SignInOutcome.LockedOut));
    }

    [Test]
    public async Task The_proof_page_belongs_to_the_browser_that_came_from_Google_and_works_once()
    {
        await CreateUserAsync("twice", Twice.Email);
        var (browser, other) = (Server.NewBrowser(), Server.NewBrowser());
        var asked = await SignInAsync(browser, Twice);
        var kept = browser.Cookies.GetCookies(Server.Origin)["idp.external"]!;
        var foreign = await other.OpenAsync("/signin/link");
        await ProveAsync(browser, asked, Password);
        await Server.WithDatabaseAsync(db => db.UserLogins.Where(l => l.ProviderKey == Twice.Subject).ExecuteDeleteAsync());
        browser.Cookies.Add(Server.Origin, new System.Net.Cookie(kept.Name, kept.Value));

        var again = await browser.FollowAsync(await ProveAsync(browser, await browser.OpenAsync("/signin/link"), Password));

        Assert.That(foreign.Url.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That((again.Url.AbsolutePath, (await LinkedAsync(Twice)).Count), Is.EqualTo(("/signin", 0)), "A link that was taken back must not return by the old answer.");
    }

    private static Task<Page> ProveAsync(BrowserClient browser, Page asked, string password) => browser.SubmitAsync(asked.FormWith("password"), [new("password", password)]);
}
