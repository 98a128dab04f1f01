using System.Net;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Federation;

public sealed class GoogleTests(DatabaseKind database) : GoogleServerTest(database)
{
    private static readonly UpstreamAccount New = new("100", "new@google.test", true, Name: "Nora New");
    private static readonly UpstreamAccount Unverified = new("101", "unverified@google.test", false);
    private static readonly UpstreamAccount Text = new("102", "text@google.test", "true");
    private static readonly UpstreamAccount Silent = new("103", "silent@google.test", null);
    private static readonly UpstreamAccount Left = new("104", "left@google.test", true);
    private static readonly UpstreamAccount Moved = new("105", "moved@google.test", true);
    private static readonly UpstreamAccount Watched = new("106", "watched@google.test", true);
    private static readonly UpstreamAccount Replayed = new("107", "replayed@google.test", true);
    private static readonly UpstreamAccount Odd = new("108", "o'brien@google.test", true, Name: "‮evil");

    protected override IReadOnlyList<UpstreamAccount> Accounts => [New, Unverified, Text, Silent, Left, Moved, Watched, Replayed, Odd];

    [Test]
    public async Task The_first_sign_in_creates_an_account_and_the_second_uses_it()
    {
        var first = await SignInAsync(Server.NewBrowser(), New);
        var second = await SignInAsync(Server.NewBrowser(), New);

        Assert.That((first.Status, first.Url.AbsolutePath, second.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, "/account", "/account")));
        var user = (await UsersWithAsync(New.Email)).Single();
        Assert.That((user.UserName, user.Name, user.EmailConfirmed, user.PasswordHash), Is.EqualTo((New.Email, New.Name, true, (string?)null)));
        Assert.That(await LinkedAsync(New), Is.EqualTo((Guid[])[user.Id]));
        var sessions = await Server.WithDatabaseAsync(db => db.Sessions.Where(s => s.UserId == user.Id).ToListAsync());
        Assert.That(sessions.Select(s => (s.IdentityProvider, string.Join(' ', s.AuthenticationMethods))), Is.EqualTo((IEnumerable<(string, string)>)[("google", "ext"), ("google", "ext")]));
        var decision = await LastDecisionAsync();
        Assert.That((decision.Outcome, decision.UserId, decision.IdentityProvider), Is.EqualTo((SignInOutcome.Success, (Guid?)user.Id, "google")));
        var audit = await Server.WithDatabaseAsync(db => db.AuditEntries.Where(e => e.TargetId == user.Id.ToString()).Select(e => e.Source + " " + e.Action).Order().ToListAsync());
        Assert.That(audit, Is.EqualTo((string[])["signin user.created", "signin user.login_linked"]));
    }

    [Test]
    public async Task A_name_or_address_that_makes_no_user_name_does_not_keep_a_person_out()
    {
        var browser = Server.NewBrowser();

        await SignInAsync(browser, Odd);

        var user = (await UsersWithAsync(Odd.Email)).Single();
        Assert.That((await IsSignedInAsync(browser), user.UserName, user.Name), Is.EqualTo((true, "google-108", (string?)null)));
    }

    [TestCase("unverified")]
    [TestCase("text")]
    [TestCase("silent")]
    public async Task An_address_that_is_not_verified_by_a_JSON_true_neither_creates_nor_finds_an_account(string name)
    {
        var account = Accounts.Single(a => a.Email.StartsWith(name, StringComparison.Ordinal));
        var browser = Server.NewBrowser();

        var alone = await SignInAsync(browser, account);
        var created = await UsersWithAsync(account.Email);
        await CreateUserAsync(name, account.Email);
        var existing = await SignInAsync(browser, account);

        Assert.That(created, Is.Empty);
        Assert.That((alone.Url.AbsolutePath, existing.Url.AbsolutePath), Is.EqualTo(("/signin", "/signin")));
        Assert.That(alone.Body, Does.Contain("You could not be signed in that way"));
        Assert.That((await IsSignedInAsync(browser), (await LastDecisionAsync()).Outcome), Is.EqualTo((false, SignInOutcome.UpstreamRefused)));
    }

    [Test]
    public async Task A_disabled_person_gets_the_answer_of_every_refusal()
    {
        var browser = Server.NewBrowser();
        await SignInAsync(Server.NewBrowser(), Left);
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Email == Left.Email).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, false)));

        var refused = await SignInAsync(browser, Left);

        Assert.That((refused.Url.AbsolutePath, await IsSignedInAsync(browser)), Is.EqualTo(("/signin", false)));
        Assert.That(refused.Body, Does.Contain("You could not be signed in that way"));
        Assert.That((await LastDecisionAsync()).Outcome, Is.EqualTo(SignInOutcome.Disabled));
    }

    [Test]
    public async Task A_person_who_cancels_at_Google_is_back_at_the_sign_in_page_with_the_same_goal()
    {
        var page = await SignInAsync(Server.NewBrowser(), account: null, returnUrl: "/account/password");

        Assert.That((page.Status, page.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, "/signin")));
        Assert.That(page.FormWith("username")["returnUrl"].Value, Is.EqualTo("/account/password"));
        Assert.That((await LastDecisionAsync()).Outcome, Is.EqualTo(SignInOutcome.UpstreamRefused));
    }

    [TestCase("/signin/google/callback")]
    [TestCase("/signin/google/callback?code=x&state=foreign")]
    [TestCase("/signin/external/complete")]
    [TestCase("/signin/link")]
    public async Task An_answer_nobody_asked_for_leads_to_the_sign_in_page(string url)
    {
        var browser = Server.NewBrowser();

        var page = await browser.OpenAsync(url);

        Assert.That((page.Url.AbsolutePath, page.Status, await IsSignedInAsync(browser)), Is.EqualTo(("/signin", HttpStatusCode.OK, false)));
    }

    [Test]
    public async Task A_browser_cannot_finish_what_another_began()
    {
        var (starter, other) = (Server.NewBrowser(), Server.NewBrowser());
        var callback = await UpstreamProvider.VisitAsync(starter, await starter.OpenAsync("/signin"), Watched);

        var foreign = await other.OpenAsync(callback.Location!.AbsoluteUri);
        var own = await starter.FollowAsync(callback);

        Assert.That((foreign.Url.AbsolutePath, await IsSignedInAsync(other)), Is.EqualTo(("/signin", false)));
        Assert.That((own.Url.AbsolutePath, await IsSignedInAsync(starter)), Is.EqualTo(("/account", true)));
    }

    [Test]
    public async Task An_answer_of_Google_is_worth_one_session()
    {
        var (browser, thief) = (Server.NewBrowser(), Server.NewBrowser());
        var callback = await UpstreamProvider.VisitAsync(browser, await browser.OpenAsync("/signin"), Replayed);
        var completing = await browser.GetAsync(callback.Location!.AbsoluteUri);
        foreach (Cookie cookie in browser.Cookies.GetCookies(Server.Origin)) thief.Cookies.Add(Server.Origin, new Cookie(cookie.Name, cookie.Value));
        await browser.FollowAsync(completing);

        var replay = await thief.FollowAsync(completing);

        Assert.That(thief.Cookies.GetCookies(Server.Origin).Select(c => c.Name), Has.None.EqualTo("idp.external"));
        Assert.That((await IsSignedInAsync(browser), await IsSignedInAsync(thief), replay.Url.AbsolutePath), Is.EqualTo((true, false, "/signin")));
    }

    [Test]
    public async Task What_the_app_asked_for_goes_on_to_Google_and_the_redirect_URI_is_the_issuers()
    {
        var browser = Server.NewBrowser();
        var signIn = await browser.OpenAsync(Server.NewRelyingParty(TestClients.Web).NewRequest("openid", new("prompt", "login"), new("login_hint", "nora@google.test")).Url);
        var form = signIn.Forms.Single(f => f.Action.AbsolutePath == "/signin/external/google");

        var way = await browser.SubmitAsync(form, []);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, form.Action) { Content = new FormUrlEncodedContent(form.Fill([])), Headers = { Host = "evil.test" } };
        var underOtherName = await browser.SendAsync(foreign);

        var expected = new Uri(Server.Origin, "/signin/google/callback").AbsoluteUri;
        Assert.That((way.LocationParameters["prompt"], way.LocationParameters["login_hint"], way.LocationParameters["redirect_uri"]), Is.EqualTo(("select_account", "nora@google.test", expected)));
        Assert.That(underOtherName.LocationParameters.GetValueOrDefault("redirect_uri", expected), Is.EqualTo(expected));
    }

    [Test]
    public async Task A_stranger_with_made_up_answers_cannot_fill_the_database()
    {
        var browser = Server.NewBrowser();
        var before = await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync());

        for (var i = 0; i < 150; i++) Assert.That((await browser.GetAsync($"/signin/google/callback?code=x&state={i}")).LocationParameters["upstream"], Is.EqualTo("refused"));

        Assert.That(await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync()) - before, Is.LessThanOrEqualTo(100));
        Server.Clock.Advance(TimeSpan.FromMinutes(6)); // the other tests come from the same address
    }

    [Test]
    public async Task A_foreign_goal_is_replaced_by_the_account_page()
    {
        var browser = Server.NewBrowser();

        var back = await UpstreamProvider.VisitAsync(browser, await browser.OpenAsync("/signin"), Moved, new KeyValuePair<string, string>("returnUrl", "https://evil.test/"));

        Assert.That((await browser.FollowAsync(back)).Url, Is.EqualTo(new Uri(Server.Origin, "/account")));
    }

    [Test]
    public async Task The_sign_in_page_lets_its_form_reach_Google_and_nothing_else()
    {
        var page = await Server.NewBrowser().GetAsync("/signin");

        Assert.That(page.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain($"form-action 'self' {Upstream.Origin.GetLeftPart(UriPartial.Authority)};"));
    }
}
