using System.Net;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Sessions;

/// <summary>Several accounts signed in at one browser.</summary>
public sealed class BrowserAccountsTests(DatabaseKind database) : ServerTest(database)
{
    private const string Chooser = "/signin/accounts";

    [Test]
    public async Task Whoever_was_signed_in_before_is_chosen_again_without_a_new_proof_and_in_the_same_session()
    {
        var (browser, first, second) = await TwoAsync();
        var before = await SessionOfAsync(first);

        Assert.That(await ShownAsync(browser), Is.EqualTo(second.UserName));
        var chosen = await ChooseAsync(browser, first);

        Assert.That((chosen.Status, chosen.Location!.PathAndQuery), Is.EqualTo((HttpStatusCode.SeeOther, "/account")));
        Assert.That(await ShownAsync(browser), Is.EqualTo(first.UserName));
        var after = await SessionOfAsync(first);
        Assert.That((after.Id, after.AuthenticatedAt, after.EndedAt), Is.EqualTo((before.Id, before.AuthenticatedAt, (DateTimeOffset?)null)));
        await ChooseAsync(browser, second);
        Assert.That(await ShownAsync(browser), Is.EqualTo(second.UserName));
    }

    [Test]
    public async Task Both_stay_known_in_the_browser()
    {
        var (browser, first, second) = await TwoAsync();

        foreach (var person in new[] { first, second, first }) await browser.TrySignInAsync(person.UserName!, People.Password);

        Assert.That(await Server.WithDatabaseAsync(db => db.KnownDevices.CountAsync(d => d.UserId == first.Id)), Is.EqualTo(1));
        Assert.That(await Server.WithDatabaseAsync(db => db.KnownDevices.CountAsync(d => d.UserId == second.Id)), Is.EqualTo(1));
        Assert.That(await Server.WithDatabaseAsync(db => db.KnownDevices.Where(d => d.UserId == first.Id || d.UserId == second.Id).Select(d => d.HandleHash).Distinct().CountAsync()), Is.EqualTo(2), "nobody shares a handle");
    }

    [Test]
    public async Task A_person_who_signs_in_again_while_waiting_goes_on_in_the_session_there_was()
    {
        var (browser, first, second) = await TwoAsync();
        var before = (await SessionOfAsync(first)).Id;

        await browser.TrySignInAsync(first.UserName!, People.Password);

        Assert.That((await SessionOfAsync(first)).Id, Is.EqualTo(before));
        Assert.That(await NamesAsync(browser), Is.EqualTo(new[] { first.UserName, second.UserName }));
    }

    [Test]
    public async Task The_page_shows_nobody_else_and_chooses_nobody_from_another_browser()
    {
        var (_, first, _) = await TwoAsync();
        var (stranger, _, own) = await TwoAsync();
        var foreign = (await SessionOfAsync(first)).Id;

        var page = await stranger.GetAsync(Chooser);
        Assert.That(page.Body, Does.Not.Contain(first.UserName));
        foreach (var path in new[] { Chooser, Chooser + "/leave" })
            await stranger.PostAsync(path, page.FormsWith("session")[0].Fill([], new("session", foreign.ToString())));

        Assert.That(await ShownAsync(stranger), Is.EqualTo(own.UserName));
        Assert.That((await SessionOfAsync(first)).EndedAt, Is.Null);
    }

    [Test]
    public async Task Without_the_token_of_the_page_nothing_is_chosen()
    {
        var (browser, first, second) = await TwoAsync();

        var answer = await browser.PostAsync(Chooser, [new("session", (await SessionOfAsync(first)).Id.ToString())]);

        Assert.That((answer.Status, await ShownAsync(browser)), Is.EqualTo((HttpStatusCode.BadRequest, second.UserName)));
    }

    [Test]
    public async Task An_ended_a_disabled_and_an_unused_account_are_gone_from_the_page_and_choosing_one_leads_back_to_it()
    {
        var (browser, first, second) = await TwoAsync();
        var page = await browser.GetAsync(Chooser);
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == first.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, false)));

        var answer = await browser.SubmitAsync(FormOf(page, await SessionOfAsync(first)), [], new("session", (await SessionOfAsync(first)).Id.ToString()));
        Assert.That(answer.Location!.AbsolutePath, Is.EqualTo(Chooser));
        Assert.That(await NamesAsync(browser), Is.EqualTo(new[] { second.UserName }));

        Server.Clock.Advance(TimeSpan.FromHours(9));
        Assert.That((await browser.GetAsync(Chooser)).Location!.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That(browser.Cookie("idp.accounts"), Is.Null, "nobody waits any more");
    }

    [Test]
    public async Task When_there_is_no_more_room_the_oldest_session_ends()
    {
        var browser = Server.NewBrowser();
        var people = new List<User>();
        for (var count = 0; count < 6; count++)
        {
            people.Add(await Server.AddPersonAsync());
            await browser.TrySignInAsync(people[^1].UserName!, People.Password);
        }

        Assert.That(await NamesAsync(browser), Is.EquivalentTo(people.Skip(1).Select(p => p.UserName)));
        Assert.That((await SessionOfAsync(people[0])).EndedAt, Is.Not.Null);

        // Also after they were chosen between: whoever was used last is not the one to go.
        await ChooseAsync(browser, people[3]);
        people.Add(await Server.AddPersonAsync());
        await browser.TrySignInAsync(people[^1].UserName!, People.Password);
        Assert.That(await NamesAsync(browser), Is.EquivalentTo(people.Skip(2).Select(p => p.UserName)));
    }

    [Test]
    public async Task The_sign_out_takes_the_others_along_unless_the_person_says_no([Values] bool others)
    {
        var (browser, first, second) = await TwoAsync();

        var page = await browser.GetAsync("/signout");
        Assert.That(page.Body, Does.Contain(first.UserName));
        var form = page.FormWith("others");
        await browser.PostAsync("/signout", form.Fill([]).Where(field => others || field.Key != "others"));

        Assert.That(((await SessionOfAsync(first)).EndedAt is not null, (await SessionOfAsync(second)).EndedAt is not null), Is.EqualTo((others, true)));
        Assert.That((await browser.GetAsync("/account")).Location!.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That((await browser.GetAsync(Chooser)).Status, Is.EqualTo(others ? HttpStatusCode.SeeOther : HttpStatusCode.OK));
    }

    [Test]
    public async Task One_account_is_signed_out_on_the_page_and_the_other_stays([Values] bool current)
    {
        var (browser, first, second) = await TwoAsync();
        var (leaving, staying) = current ? (second, first) : (first, second);
        var session = await SessionOfAsync(leaving);

        var page = await browser.GetAsync(Chooser);
        var form = page.Forms.Last(f => f.Action.AbsolutePath == Chooser + "/leave" && f.Buttons.Any(b => b.Value == session.Id.ToString()));
        await browser.SubmitAsync(form, [], new("session", session.Id.ToString()));

        Assert.That((await SessionOfAsync(leaving)).EndedAt, Is.Not.Null);
        Assert.That(await NamesAsync(browser), Is.EqualTo(new[] { staying.UserName }));
    }

    [Test]
    public async Task An_app_that_asks_for_a_choice_gets_the_one_who_was_chosen_once_and_also_past_its_consent([Values] bool pushed)
    {
        var (browser, first, second) = await TwoAsync();
        var app = Server.NewRelyingParty(TestClients.Consenting);
        KeyValuePair<string, string?> choice = new("prompt", "select_account");
        var request = pushed ? (await app.PushAsync("openid profile", choice)).Request : app.NewRequest("openid profile", choice);

        var page = await browser.OpenAsync(request.Url);
        Assert.That(page.Url.AbsolutePath, Is.EqualTo(Chooser));
        page = await browser.FollowAsync(await ChooseAsync(browser, first, page));
        Assert.That(page.Url.AbsolutePath, Is.EqualTo("/consent"));
        page = await browser.FollowAsync(await browser.ConsentAsync(page));

        var tokens = (await app.ExchangeCodeAsync(new(request, page.LocationParameters))).Expected();
        Assert.That(Jwt.Parse(tokens.IdToken!).Text("sub"), Is.EqualTo(first.Id.ToString()));
        Assert.That(second.Id, Is.Not.EqualTo(first.Id));
    }

    [Test]
    public async Task A_choice_for_one_request_is_none_for_the_next()
    {
        var (browser, first, _) = await TwoAsync();
        var app = Server.NewRelyingParty(TestClients.Web);
        KeyValuePair<string, string?> choice = new("prompt", "select_account");
        var chosen = await ChooseAsync(browser, first, await browser.OpenAsync(app.NewRequest("openid", choice).Url));
        var interaction = chosen.LocationParameters["interaction"];

        var next = await browser.OpenAsync(app.NewRequest("openid", choice).Url + "&interaction=" + Uri.EscapeDataString(interaction));

        Assert.That(next.Url.AbsolutePath, Is.EqualTo(Chooser));
    }

    [Test]
    public async Task Whoever_signs_in_with_another_account_has_chosen_too()
    {
        var (browser, _, _) = await TwoAsync();
        var third = await Server.AddPersonAsync();
        var app = Server.NewRelyingParty(TestClients.Web);
        var request = app.NewRequest("openid", new KeyValuePair<string, string?>("prompt", "select_account"));
        var page = await browser.OpenAsync(request.Url);

        page = await browser.OpenAsync("/signin?returnUrl=" + Uri.EscapeDataString(page.Forms[0]["returnUrl"].Value));
        page = await browser.FollowAsync(await browser.SignInAsync(page, third.UserName!, People.Password));

        Assert.That(Jwt.Parse((await app.ExchangeCodeAsync(new(request, page.LocationParameters))).Expected().IdToken!).Text("sub"), Is.EqualTo(third.Id.ToString()));
    }

    [Test]
    public async Task A_request_for_the_person_who_waits_asks_for_the_choice_and_refuses_anybody_else()
    {
        var (browser, first, _) = await TwoAsync();
        var session = await SessionOfAsync(first);
        var app = Server.NewRelyingParty(TestClients.Web);
        using var other = Server.NewBrowser();
        var hint = (await app.SignInAsync(other, "openid", new(first.UserName!, People.Password))).IdToken;

        var silent = await app.AuthorizeAsync(browser, "openid", null, new("id_token_hint", hint), new("prompt", "none"));
        Assert.That(silent.Error, Is.EqualTo("login_required"));

        var request = app.NewRequest("openid", new KeyValuePair<string, string?>("id_token_hint", hint));
        var page = await browser.OpenAsync(request.Url);
        Assert.That(page.Url.AbsolutePath, Is.EqualTo(Chooser));
        page = await browser.FollowAsync(await browser.SubmitAsync(FormOf(page, session), [], new("session", session.Id.ToString())));
        Assert.That(Jwt.Parse((await app.ExchangeCodeAsync(new(request, page.LocationParameters))).Expected().IdToken!).Text("sub"), Is.EqualTo(first.Id.ToString()));
    }

    [Test]
    public async Task After_a_sign_out_by_an_app_those_who_wait_are_offered()
    {
        var (browser, first, second) = await TwoAsync();
        var app = Server.NewRelyingParty(TestClients.Web);
        var tokens = (await app.ExchangeCodeAsync(await app.AuthorizeAsync(browser, "openid"))).Expected();
        await browser.OpenAsync("/connect/endsession?id_token_hint=" + tokens.IdToken);
        Assert.That((await SessionOfAsync(second)).EndedAt, Is.Not.Null);

        var page = await browser.OpenAsync(app.NewRequest("openid").Url);

        Assert.That(page.Url.AbsolutePath, Is.EqualTo(Chooser));
        page = await browser.FollowAsync(await ChooseAsync(browser, first, page));
        Assert.That(page.LocationParameters, Contains.Key("code"));
    }

    [Test]
    public async Task A_sign_out_where_only_those_who_wait_are_left_ends_their_sessions()
    {
        var (browser, first, second) = await TwoAsync();
        var form = (await browser.GetAsync("/signout")).FormWith("others");
        await Server.WithDatabaseAsync(db => db.Sessions.Where(s => s.UserId == second.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, DateTimeOffset.UnixEpoch)));

        await browser.PostAsync("/signout", form.Fill([]).Where(field => field.Key != "others"));

        Assert.That((await SessionOfAsync(first)).EndedAt, Is.Not.Null);
        Assert.That((await browser.GetAsync(Chooser)).Location!.AbsolutePath, Is.EqualTo("/signin"));
    }

    [Test]
    public async Task The_app_of_an_account_that_waits_signs_out_that_account_and_not_the_current_one()
    {
        var (browser, first, second) = await TwoAsync();
        await ChooseAsync(browser, first);
        var app = Server.NewRelyingParty(TestClients.Web);
        var tokens = (await app.ExchangeCodeAsync(await app.AuthorizeAsync(browser, "openid"))).Expected();
        await ChooseAsync(browser, second);

        var done = await browser.GetAsync($"/connect/endsession?id_token_hint={tokens.IdToken}&post_logout_redirect_uri={Uri.EscapeDataString("https://web.example.test/out")}");

        Assert.That(done.Location!.Host, Is.EqualTo("web.example.test"), "it was proven, so nobody is asked");
        Assert.That(((await SessionOfAsync(first)).EndedAt is not null, (await SessionOfAsync(second)).EndedAt is not null), Is.EqualTo((true, false)));
        Assert.That(await ShownAsync(browser), Is.EqualTo(second.UserName));
    }

    [Test]
    public async Task Cookies_that_hold_no_handles_disturb_nobody()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        foreach (var cookie in new[] { "idp.accounts", "idp.device", "idp.session" })
            browser.Cookies.Add(browser.Origin, new Cookie(cookie, new string('a', 42) + "%C3%A9." + new string('a', 42) + "%C3%A8") { Path = "/" });

        Assert.That((await browser.GetAsync(Chooser)).Location!.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That((await browser.TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.True);
        Assert.That(await NamesAsync(browser), Is.EqualTo(new[] { person.UserName }));
    }

    private async Task<(BrowserClient Browser, User First, User Second)> TwoAsync()
    {
        var (browser, first, second) = (Server.NewBrowser(), await Server.AddPersonAsync(), await Server.AddPersonAsync());
        await browser.TrySignInAsync(first.UserName!, People.Password);
        await browser.TrySignInAsync(second.UserName!, People.Password);
        Server.Clock.Advance(TimeSpan.FromSeconds(1)); // what is asked from now on is asked after they signed in
        return (browser, first, second);
    }

    private Task<IdP.Sessions.Session> SessionOfAsync(User user) =>
        Server.WithDatabaseAsync(db => db.Sessions.AsNoTracking().Where(s => s.UserId == user.Id).OrderByDescending(s => s.AuthenticatedAt).FirstAsync());

    private static async Task<string> ShownAsync(BrowserClient browser)
    {
        var page = await browser.GetAsync("/account");
        return System.Text.RegularExpressions.Regex.Match(page.Body, @"<dd>(u[0-9a-f]{12})</dd>").Groups[1].Value;
    }

    private static async Task<string[]> NamesAsync(BrowserClient browser) =>
        [.. System.Text.RegularExpressions.Regex.Matches((await browser.GetAsync(Chooser)).Body, @"small"">(u[0-9a-f]{12})<").Select(match => match.Groups[1].Value)];

    private static HtmlForm FormOf(Page page, IdP.Sessions.Session session) => page.Forms.First(form => form.Buttons.Any(button => button.Value == session.Id.ToString()));

    private async Task<Page> ChooseAsync(BrowserClient browser, User user, Page? page = null)
    {
        var session = await SessionOfAsync(user);
        return await browser.SubmitAsync(FormOf(page ?? await browser.GetAsync(Chooser + "?returnUrl=/account"), session), [], new("session", session.Id.ToString()));
    }
}

/// <summary>Where only one account may be signed in at a browser.</summary>
public sealed class OneAccountTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => new(Database) { More = new Dictionary<string, string> { ["Sessions:AccountsPerBrowser"] = "1" } };

    [Test]
    public async Task Somebody_else_at_the_same_browser_ends_the_session_before()
    {
        var (first, second) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(first.UserName!, People.Password);

        await browser.TrySignInAsync(second.UserName!, People.Password);

        Assert.That(await Server.WithDatabaseAsync(db => db.Sessions.Where(s => s.UserId == first.Id).Select(s => s.EndedAt).SingleAsync()), Is.Not.Null);
        Assert.That(browser.Cookie("idp.accounts"), Is.Null);
    }

    [Test]
    public async Task Somebody_else_at_the_same_browser_disconnects_the_apps_of_the_person_before()
    {
        var (first, second) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid offline_access", new TestUser(first.UserName!, People.Password));

        await browser.TrySignInAsync(second.UserName!, People.Password);

        Assert.That((await web.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
    }
}
