using System.Net;
using System.Text.RegularExpressions;
using IdP.Credentials;
using IdP.Notices;
using IdP.Recovery.Supervised;
using IdP.Tests.Mail;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Recovery;

/// <summary>Somebody who has nothing left is let in by a person who knows them, in the browser that asked, once; and its owner can stop it.</summary>
public sealed partial class SupervisedRecoveryTests(DatabaseKind database) : MailTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        More = new Dictionary<string, string>(base.Settings.More) { ["Recovery:Supervised"] = "true", ["Recovery:MaxWaitingPerNetwork"] = "1000", ["Lockout:MaxMailsPerSource"] = "1000", ["Lockout:MaxFailuresPerSource"] = "100000" },
    };

    [Test]
    public async Task The_browser_that_asked_goes_on_after_the_approval_and_the_lost_factors_are_replaced()
    {
        var person = await AddMailPersonAsync();
        await Server.AddAppAsync(person);
        var browser = Server.NewBrowser();
        var factor = await browser.BeginAsync(person);
        var link = WebUtility.HtmlDecode(RecoveryLink().Match(factor.Body).Groups[1].Value);
        var ask = await browser.GetAsync(link);
        var waiting = await browser.FollowAsync(await browser.SubmitAsync(ask.FormWith("username"), []));
        var told = await Mail.NextAsync(person.Email!);
        var (helper, desk) = await Server.AddHelperAsync();

        var shown = await desk.GetAsync("/console/recoveries?number=" + Uri.EscapeDataString(NumberOf(waiting)));
        var before = await StateAsync(browser, waiting);
        var decided = await desk.SubmitAsync(shown.FormWith("reason"), [new("reason", "Seen at the desk, card checked")], new("decision", "approve"));
        var after = await StateAsync(browser, waiting);
        var approved = await browser.GetAsync(waiting.Url.PathAndQuery);
        var page = await browser.FollowAsync(await browser.SubmitAsync(approved.FormWith("request"), []));
        var codes = await browser.SubmitAsync(page.FormWith("password"), [new("password", RescuePeople.Fresh), new("code", OfferedApp.CodeOf(page, Server))]);

        Assert.That(told.Subject, Is.EqualTo("Somebody asks to be let in to your account"));
        Assert.That(shown.Body, Does.Contain(person.Name!).And.Contain(person.Email!).And.Contain(person.UserName!).And.Contain("Told of the request"));
        Assert.That((before, after), Is.EqualTo(("""{"waits":true}""", """{"waits":false}""")));
        Assert.That(decided.IsRedirect, Is.True);
        Assert.That((page.Url.AbsolutePath, page.Body.Contains("id=\"secret\"", StringComparison.Ordinal)), Is.EqualTo(("/signin/rescue", true)));
        Assert.That(codes.Body, Does.Contain("class=\"codes\""));
        Assert.That((await browser.GetAsync("/account")).Body, Does.Contain(person.Name!));
        Assert.That(await Server.WithDatabaseAsync(db => db.Credentials.CountAsync(c => c.UserId == person.Id && c.Kind == CredentialKinds.AuthenticatorApp)), Is.EqualTo(1));
        var request = await RequestAsync(waiting);
        var audited = await Server.WithDatabaseAsync(db => db.AuditEntries.Where(e => e.TargetId == request.Id.ToString()).OrderBy(e => e.At).ToListAsync());
        Assert.That(audited.Select(e => e.Action), Is.EqualTo(new[] { "recovery.requested", "recovery.approved", "recovery.used" }));
        Assert.That((audited[1].ActorId, audited[1].Details!.Contains("card checked", StringComparison.Ordinal)), Is.EqualTo((helper.Id, true)));
        Assert.That(request.State, Is.EqualTo(RecoveryState.Used));
    }

    [Test]
    public async Task An_approval_counts_in_no_other_browser_and_once_also_for_fifty_at_the_same_time()
    {
        var person = await AddMailPersonAsync();
        var (browser, foreign) = (Server.NewBrowser(), Server.NewBrowser());
        var waiting = await AskAsync(browser, person.UserName!);
        await Mail.NextAsync(person.Email!);
        await ApproveAsync((await Server.AddHelperAsync()).Browser, waiting);
        var handle = HandleOf(waiting);
        var form = (await browser.GetAsync(waiting.Url.PathAndQuery)).FormWith("request");
        var foreignCsrf = (await foreign.GetAsync("/signin")).FormWith("username")["csrf"].Value;

        var seen = await foreign.GetAsync(waiting.Url.PathAndQuery);
        var state = await StateAsync(foreign, waiting);
        var stolen = await foreign.PostAsync("/recovery/go-on", [new("csrf", foreignCsrf), new("request", handle)]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => browser.SubmitAsync(form, [])));

        Assert.That((seen.Location?.AbsolutePath, state, stolen.Location?.AbsolutePath), Is.EqualTo(("/signin", """{"waits":false}""", "/signin")));
        Assert.That(answers.Count(a => a.Location?.AbsolutePath == "/signin/rescue"), Is.EqualTo(1));
        Assert.That(await Server.WithDatabaseAsync(db => db.PendingLogins.CountAsync(l => l.UserId == person.Id)), Is.EqualTo(1));
    }

    [Test]
    public async Task Going_on_before_the_approval_and_after_its_quarter_of_an_hour_leads_nowhere()
    {
        var person = await AddMailPersonAsync();
        var browser = Server.NewBrowser();
        var waiting = await AskAsync(browser, person.UserName!);
        await Mail.NextAsync(person.Email!);
        var csrf = (await browser.GetAsync("/signin")).FormWith("username")["csrf"].Value;

        var early = await browser.PostAsync("/recovery/go-on", [new("csrf", csrf), new("request", HandleOf(waiting))]);
        await ApproveAsync((await Server.AddHelperAsync()).Browser, waiting);
        Server.Clock.Advance(DecideRecovery.ApprovalLifetime + TimeSpan.FromSeconds(1));
        var late = await browser.PostAsync("/recovery/go-on", [new("csrf", csrf), new("request", HandleOf(waiting))]);
        var page = await browser.GetAsync(waiting.Url.PathAndQuery);

        Assert.That((early.Location?.AbsolutePath, late.Location?.AbsolutePath), Is.EqualTo(("/recovery/waiting", "/recovery/waiting")));
        Assert.That(page.Body, Does.Contain("This request is over"));
        Assert.That(await Server.WithDatabaseAsync(db => db.PendingLogins.AnyAsync(l => l.UserId == person.Id)), Is.False);
    }

    [Test]
    public async Task The_link_of_the_notice_stops_a_request_an_approval_and_what_has_begun_with_it()
    {
        var desk = (await Server.AddHelperAsync()).Browser;
        var people = new List<(User Person, BrowserClient Browser, Page Waiting, ReceivedMail Told)>();
        for (var i = 0; i < 3; i++)
        {
            var (person, browser) = (await AddMailPersonAsync(), Server.NewBrowser());
            var waiting = await AskAsync(browser, person.UserName!);
            people.Add((person, browser, waiting, await Mail.NextAsync(person.Email!)));
        }
        foreach (var i in (int[])[1, 2]) await ApproveAsync(desk, people[i].Waiting);
        var begun = await people[2].Browser.FollowAsync(await people[2].Browser.SubmitAsync((await people[2].Browser.GetAsync(people[2].Waiting.Url.PathAndQuery)).FormWith("request"), []));

        foreach (var (_, _, _, told) in people)
        {
            var reader = Server.NewBrowser();
            var page = await reader.GetAsync(told.Link("/recovery/stop"));
            Assert.That((await reader.FollowAsync(await reader.SubmitAsync(page.FormWith("token"), []))).Body, Does.Contain("The request is stopped"));
            Assert.That((await reader.GetAsync(told.Link("/recovery/stop"))).Status, Is.EqualTo(HttpStatusCode.Gone));
        }
        var late = await TryApproveAsync(desk, people[0].Waiting);
        var set = await people[2].Browser.SubmitAsync(begun.FormWith("password"), [new("password", RescuePeople.Fresh)]);

        Assert.That(begun.Url.AbsolutePath, Is.EqualTo("/signin/rescue"));
        Assert.That(late.Body, Does.Contain("Stopped").And.Not.Contain("value=\"approve\""));
        Assert.That((await people[1].Browser.GetAsync(people[1].Waiting.Url.PathAndQuery)).Body, Does.Contain("This request is over"));
        Assert.That(set.Location?.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That((await Server.ReadAsync(people[2].Person)).PasswordHash, Is.EqualTo(people[2].Person.PasswordHash));
    }

    [Test]
    public async Task Where_somebody_has_been_let_in_already_the_same_link_freezes_the_account()
    {
        var (person, browser) = (await AddMailPersonAsync(), Server.NewBrowser());
        var waiting = await AskAsync(browser, person.UserName!);
        var told = await Mail.NextAsync(person.Email!);
        await ApproveAsync((await Server.AddHelperAsync()).Browser, waiting);
        var page = await browser.FollowAsync(await browser.SubmitAsync((await browser.GetAsync(waiting.Url.PathAndQuery)).FormWith("request"), []));
        await browser.SubmitAsync(page.FormWith("password"), [new("password", RescuePeople.Fresh)]);
        var open = await browser.GetAsync("/account");

        var reader = Server.NewBrowser();
        var done = await reader.FollowAsync(await reader.SubmitAsync((await reader.GetAsync(told.Link("/recovery/stop"))).FormWith("token"), []));

        Assert.That((open.Status, done.Body.Contains("Your account is frozen", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.OK, true)));
        Assert.That((await browser.OpenAsync("/account")).AsksToSignIn, Is.True);
        Assert.That((await Server.ReadAsync(person)).DisabledReason, Is.EqualTo(FreezeAccount.Reason));
    }

    [Test]
    public async Task Where_whoever_was_let_in_asks_again_the_newest_link_freezes_the_account_too()
    {
        var (person, browser) = (await AddMailPersonAsync(), Server.NewBrowser());
        var waiting = await AskAsync(browser, person.UserName!);
        await Mail.NextAsync(person.Email!);
        await ApproveAsync((await Server.AddHelperAsync()).Browser, waiting);
        var page = await browser.FollowAsync(await browser.SubmitAsync((await browser.GetAsync(waiting.Url.PathAndQuery)).FormWith("request"), []));
        await browser.SubmitAsync(page.FormWith("password"), [new("password", RescuePeople.Fresh)]);
        Server.Clock.Advance(TimeSpan.FromHours(2));
        await AskAsync(Server.NewBrowser(), person.UserName!);
        ReceivedMail told;
        do told = await Mail.NextAsync(person.Email!);
        while (told.Subject != "Somebody asks to be let in to your account");

        var reader = Server.NewBrowser();
        var done = await reader.FollowAsync(await reader.SubmitAsync((await reader.GetAsync(told.Link("/recovery/stop"))).FormWith("token"), []));

        Assert.That(done.Body, Does.Contain("Your account is frozen"));
        Assert.That((await Server.ReadAsync(person)).DisabledReason, Is.EqualTo(FreezeAccount.Reason));
    }

    [Test]
    public async Task An_approval_does_not_come_back_once_whoever_gave_it_is_let_in_again()
    {
        var (person, browser) = (await AddMailPersonAsync(), Server.NewBrowser());
        var (helper, desk) = await Server.AddHelperAsync();
        var waiting = await AskAsync(browser, person.UserName!);
        await Mail.NextAsync(person.Email!);
        await ApproveAsync(desk, waiting);
        var form = (await browser.GetAsync(waiting.Url.PathAndQuery)).FormWith("request");

        var owner = (await Server.AddHelperAsync(Role.Owner)).Browser;
        var csrf = await owner.CsrfAsync();
        foreach (var what in (string[])["disable", "enable"]) await owner.PostAsync($"/console/users/{helper.Id}/{what}", [new("csrf", csrf)]);
        var answer = await browser.SubmitAsync(form, []);

        Assert.That((await Server.ReadAsync(helper)).Enabled, Is.True);
        Assert.That(answer.Location?.AbsolutePath, Is.EqualTo("/recovery/waiting"));
        Assert.That((await RequestAsync(waiting)).State, Is.EqualTo(RecoveryState.Stopped));
    }

    [Test]
    public async Task Owners_are_let_in_by_other_owners_only_and_nobody_lets_themselves_in()
    {
        var owner = await AddMailPersonAsync();
        await Server.GiveRoleAsync(owner, Role.Owner);
        var (helper, desk) = await Server.AddHelperAsync();
        var own = Server.NewBrowser();
        await own.TrySignInAsync(owner.UserName!, People.Password);
        var (forOwner, forHelper) = (await AskAsync(Server.NewBrowser(), owner.UserName!), await AskAsync(Server.NewBrowser(), helper.UserName!));
        await Mail.NextAsync(owner.Email!);
        await UntilFoundAsync(forHelper);

        var page = await desk.GetAsync("/console/recoveries?number=" + NumberOf(forOwner));
        Page[] refused = [await TryApproveAsync(desk, forOwner), await TryApproveAsync(desk, forHelper), await TryApproveAsync(own, forOwner)];
        var byOwner = await TryApproveAsync(own, forHelper);
        var byOther = await TryApproveAsync((await Server.AddHelperAsync(Role.Owner)).Browser, forOwner);

        Assert.That(page.Forms.Any(f => f.Has("reason")), Is.False);
        Assert.That(refused.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((byOwner.IsRedirect, byOther.IsRedirect), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task It_ends_with_a_frozen_account_a_changed_password_and_the_rights_of_whoever_approved()
    {
        var (frozen, changed, left) = (await AddMailPersonAsync(), await AddMailPersonAsync(), await AddMailPersonAsync());
        var (helper, desk) = await Server.AddHelperAsync();
        var browsers = new List<(BrowserClient Browser, Page Waiting)>();
        foreach (var person in (User[])[frozen, changed, left])
        {
            var browser = Server.NewBrowser();
            browsers.Add((browser, await AskAsync(browser, person.UserName!)));
            await Mail.NextAsync(person.Email!);
            await ApproveAsync(desk, browsers[^1].Waiting);
        }
        var forms = new List<HtmlForm>();
        foreach (var (browser, waiting) in browsers) forms.Add((await browser.GetAsync(waiting.Url.PathAndQuery)).FormWith("request"));

        var owner = (await Server.AddHelperAsync(Role.Owner)).Browser;
        var csrf = await owner.CsrfAsync();
        await owner.PostAsync($"/console/users/{frozen.Id}/disable", [new("csrf", csrf)]);
        await owner.PostAsync($"/console/users/{frozen.Id}/enable", [new("csrf", csrf)]);
        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == changed.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.SecurityStamp, "another")));
        await Server.TakeRolesAsync(helper);
        var answers = new List<Page>();
        for (var i = 0; i < 3; i++) answers.Add(await browsers[i].Browser.SubmitAsync(forms[i], []));

        Assert.That(answers.Select(a => a.Location?.AbsolutePath), Is.All.EqualTo("/recovery/waiting"));
        Assert.That(await Server.WithDatabaseAsync(db => db.PendingLogins.CountAsync(l => l.UserId == frozen.Id || l.UserId == changed.Id || l.UserId == left.Id)), Is.Zero);
    }

    [Test]
    public async Task A_refusal_is_audited_and_ends_the_request_and_both_need_a_reason()
    {
        var person = await AddMailPersonAsync();
        var browser = Server.NewBrowser();
        var waiting = await AskAsync(browser, person.UserName!);
        await Mail.NextAsync(person.Email!);
        var desk = (await Server.AddHelperAsync()).Browser;

        var without = await TryApproveAsync(desk, waiting, reason: " ");
        var refused = await TryApproveAsync(desk, waiting, decision: "refuse");
        var again = await TryApproveAsync(desk, waiting);

        Assert.That((without.Status, refused.IsRedirect), Is.EqualTo((HttpStatusCode.BadRequest, true)));
        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await browser.GetAsync(waiting.Url.PathAndQuery)).Body, Does.Contain("This request is over"));
        Assert.That((await RequestAsync(waiting)).State, Is.EqualTo(RecoveryState.Refused));
    }

    [Test]
    public async Task An_old_proof_decides_nothing_and_leads_back_to_the_request()
    {
        var waiting = await AskAsync(Server.NewBrowser(), (await AddMailPersonAsync()).UserName!);
        var desk = (await Server.AddHelperAsync()).Browser;
        await UntilFoundAsync(waiting);
        var page = await desk.GetAsync("/console/recoveries?number=" + NumberOf(waiting));
        Server.Clock.Advance(TimeSpan.FromMinutes(16));

        var answer = await desk.SubmitAsync(page.FormWith("reason"), [new("reason", "Known by voice")], new("decision", "approve"));

        Assert.That(answer.Location?.AbsolutePath, Is.EqualTo("/signin/password"));
        Assert.That(Uri.UnescapeDataString(answer.Location!.Query), Does.Contain("/console/recoveries?number=" + NumberOf(waiting).Replace(" ", "", StringComparison.Ordinal)));
        Assert.That((await RequestAsync(waiting)).State, Is.EqualTo(RecoveryState.Waiting));
    }

    [Test]
    public async Task The_answers_and_the_statements_are_the_same_for_a_name_that_nobody_has()
    {
        var (person, disabled) = (await AddMailPersonAsync(), await AddMailPersonAsync(user => user.Enabled = false));
        await AskAsync(Server.NewBrowser(), "nobody-yet");

        async Task<string> JourneyAsync(string name)
        {
            var browser = Server.NewBrowser();
            Page waiting = null!, look = null!, early = null!;
            var form = (await browser.GetAsync("/recovery")).FormWith("username");
            var csrf = form["csrf"].Value;
            var asked = await Server.RecordSqlAsync(async () => waiting = await browser.SubmitAsync(form, [new("username", name)]));
            if (name == person.UserName) await Mail.NextAsync(person.Email!);
            var url = waiting.Location!.PathAndQuery;
            var looked = await Server.RecordSqlAsync(async () => look = await browser.GetAsync(url));
            var number = NumberOf(look);
            var tried = await Server.RecordSqlAsync(async () => early = await browser.PostAsync("/recovery/go-on", [new("csrf", csrf), new("request", url.Split('=')[1])]));
            string[] parts = [.. asked.Statements.Concat(looked.Statements).Concat(tried.Statements).Select(s => s.Text), $"{waiting.Status} {look.Status} {early.Status}", look.Body, early.Location!.AbsolutePath];
            return Handles().Replace(string.Join('\n', parts), "$1").Replace(number, "NUMBER", StringComparison.Ordinal).Replace(name, "NAME", StringComparison.Ordinal);
        }

        var answers = new List<string>();
        foreach (var name in (string[])[person.UserName!, disabled.UserName!, "u" + Guid.NewGuid().ToString("N")[..12]]) answers.Add(await JourneyAsync(name));

        Assert.That(answers.Distinct().Count(), Is.EqualTo(1), string.Join("\n=====\n", answers));
        Assert.That(Mail.Unread(disabled.Email!), Is.Null);
    }

    [Test]
    public async Task A_name_that_nobody_has_is_shown_as_typed_and_can_only_be_refused()
    {
        var waiting = await AskAsync(Server.NewBrowser(), "\"><img src=x onerror=alert(1)>");
        var desk = (await Server.AddHelperAsync()).Browser;

        var page = await desk.GetAsync("/console/recoveries?number=" + NumberOf(waiting));
        var approved = await TryApproveAsync(desk, waiting);
        var refused = await TryApproveAsync(desk, waiting, decision: "refuse");

        Assert.That(page.Body, Does.Contain("&lt;img").And.Not.Contain("<img src=x").And.Not.Contain("value=\"approve\""));
        Assert.That((approved.Status, refused.IsRedirect), Is.EqualTo((HttpStatusCode.Conflict, true)));
    }

    [Test]
    public async Task One_name_is_asked_for_only_so_often_whoever_has_it_and_one_network_does_not_ask_for_everybody()
    {
        var person = await AddMailPersonAsync();
        async Task<int> TimesAsync(string name)
        {
            for (var i = 0; ; i++)
            {
                var browser = Server.NewBrowser();
                if ((await browser.SubmitAsync((await browser.GetAsync("/recovery")).FormWith("username"), [new("username", name)])).Status is HttpStatusCode.TooManyRequests) return i;
            }
        }

        Assert.That((await TimesAsync(person.UserName!.ToUpperInvariant()), await TimesAsync("somebody-else")), Is.EqualTo((5, 5)));
        Server.Clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
        Assert.That(await TimesAsync(person.UserName!), Is.EqualTo(5));
    }

    [Test]
    public async Task An_unconfirmed_address_hears_nothing_and_whoever_decides_is_told_so()
    {
        var person = await AddMailPersonAsync(user => user.EmailConfirmed = false);
        var waiting = await AskAsync(Server.NewBrowser(), person.UserName!);
        await UntilFoundAsync(waiting);

        var page = await (await Server.AddHelperAsync()).Browser.GetAsync("/console/recoveries?number=" + NumberOf(waiting));

        Assert.That(page.Body, Does.Contain("nobody was told"));
        Assert.That(Mail.Unread(person.Email!), Is.Null);
    }

    [Test]
    public async Task Old_requests_are_cleaned_up()
    {
        var waiting = await AskAsync(Server.NewBrowser(), "nobody-at-all");
        var request = await RequestAsync(waiting);
        Server.Clock.Advance(TimeSpan.FromHours(26));

        await using (var scope = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.CreateAsyncScope(Server.Services))
            await Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<Protocol.Grants.ISessionLife>(scope.ServiceProvider).ForgetBegunAsync(Server.Clock.Time.GetUtcNow(), 1000, default);

        Assert.That(await Server.WithDatabaseAsync(db => db.RecoveryRequests.AnyAsync(r => r.Id == request.Id)), Is.False);
    }

    [Test]
    public async Task Hostile_handles_numbers_and_tokens_find_nothing([Values("", "x", "\u0000", "12345678", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")] string text)
    {
        var desk = (await Server.AddHelperAsync()).Browser;
        var query = Uri.EscapeDataString(text);

        Page[] pages = [await desk.GetAsync("/recovery/waiting?request=" + query), await desk.GetAsync("/recovery/waiting/state?request=" + query), await desk.GetAsync("/recovery/stop?token=" + query), await desk.GetAsync("/console/recoveries?number=" + query)];

        Assert.That(pages.Select(p => (int)p.Status), Is.All.LessThan(500));
        Assert.That(pages[3].Forms.Any(f => f.Has("reason")), Is.False);
    }

    private static async Task<Page> AskAsync(BrowserClient browser, string name) =>
        await browser.FollowAsync(await browser.SubmitAsync((await browser.GetAsync("/recovery")).FormWith("username"), [new("username", name)]));

    private async Task ApproveAsync(BrowserClient desk, Page waiting) => Assert.That((await TryApproveAsync(desk, waiting)).IsRedirect, Is.True);

    /// <summary>As a program would send it, whatever the page offers.</summary>
    private async Task<Page> TryApproveAsync(BrowserClient desk, Page waiting, string decision = "approve", string reason = "Known by voice")
    {
        var answer = await desk.PostAsync($"/console/recoveries/{(await RequestAsync(waiting)).Id}", [new("csrf", await desk.CsrfAsync()), new("reason", reason), new("decision", decision)]);
        return answer;
    }

    private Task<RecoveryRequest> RequestAsync(Page waiting)
    {
        var number = NumberOf(waiting).Replace(" ", "", StringComparison.Ordinal);
        return Server.WithDatabaseAsync(db => db.RecoveryRequests.AsNoTracking().SingleAsync(r => r.Number == number));
    }

    /// <summary>Whose name it is, is found out a moment later.</summary>
    private async Task UntilFoundAsync(Page waiting)
    {
        for (var until = DateTime.UtcNow.AddSeconds(20); (await RequestAsync(waiting)).UserId is null && DateTime.UtcNow < until;) await Task.Delay(50);
    }

    private static async Task<string> StateAsync(BrowserClient browser, Page waiting) => (await browser.GetAsync("/recovery/waiting/state?request=" + HandleOf(waiting))).Body;

    private static string HandleOf(Page waiting) => waiting.Url.Query["?request=".Length..];

    private static string NumberOf(Page waiting) => Number().Match(waiting.Body).Groups[1].Value;

    [GeneratedRegex("id=\"number\"[^>]*>([0-9]{4} [0-9]{4})<")]
    private static partial Regex Number();

    [GeneratedRegex("href=\"(/recovery\\?[^\"]*)\"")]
    private static partial Regex RecoveryLink();

    [GeneratedRegex("(login=|request=|value=\")[A-Za-z0-9_-]{40,}|as=[^\"&]*|nonce-[^'\"]*")]
    private static partial Regex Handles();
}
