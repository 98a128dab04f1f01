using System.Net;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Sessions;

public sealed class SessionTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => new(Database) { Configuration = null };

    [Test]
    public async Task The_cookie_is_a_handle_of_which_the_database_knows_only_the_hash()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        var answer = await browser.TrySignInAsync(person.UserName!, People.Password);

        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("idp.session=", StringComparison.Ordinal));
        var session = await Server.WithDatabaseAsync(db => db.Sessions.AsNoTracking().SingleAsync(s => s.UserId == person.Id));

        Assert.That(cookie, Does.Contain("httponly").IgnoreCase.And.Contain("samesite=lax").IgnoreCase.And.Contain("path=/").IgnoreCase.And.Not.Contain("domain").IgnoreCase);
        Assert.That(browser.Cookie("idp.session"), Has.Length.EqualTo(43).And.Not.EqualTo(session.HandleHash));
    }

    [Test]
    public async Task The_session_changes_at_every_sign_in_and_the_old_handle_is_worth_nothing()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        var old = browser.Cookie("idp.session")!;

        await browser.TrySignInAsync(person.UserName!, People.Password);

        Assert.That(browser.Cookie("idp.session"), Is.Not.EqualTo(old));
        Assert.That((await WithHandle(old).GetAsync("/account")).Location!.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That((await browser.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_handle_planted_before_the_sign_in_does_not_become_a_session()
    {
        var person = await Server.AddPersonAsync();
        var planted = new string('x', 43);
        var victim = WithHandle(planted);

        await victim.TrySignInAsync(person.UserName!, People.Password);

        Assert.That(victim.Cookie("idp.session"), Is.Not.EqualTo(planted));
        Assert.That((await WithHandle(planted).GetAsync("/account")).Location!.AbsolutePath, Is.EqualTo("/signin"));
    }

    [Test]
    public async Task A_session_ends_when_it_is_not_used_and_after_its_absolute_lifetime_whatever_its_use()
    {
        var person = await Server.AddPersonAsync();
        var (idle, busy) = (Server.NewBrowser(), Server.NewBrowser());
        await idle.TrySignInAsync(person.UserName!, People.Password);
        await busy.TrySignInAsync(person.UserName!, People.Password);

        var used = new List<HttpStatusCode>();
        for (var hours = 0; hours < 21; hours += 7)
        {
            Server.Clock.Advance(TimeSpan.FromHours(7));
            used.Add((await busy.GetAsync("/account")).Status);
        }
        Server.Clock.Advance(TimeSpan.FromHours(4));

        Assert.That(used, Has.All.EqualTo(HttpStatusCode.OK));
        Assert.That((await busy.GetAsync("/account")).IsRedirect, Is.True, "24 hours are over");
        Assert.That((await idle.GetAsync("/account")).IsRedirect, Is.True, "8 hours unused are over");
    }

    [Test]
    public async Task Disabling_a_person_works_at_the_next_request()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);

        await Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == person.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, false)));

        Assert.That((await browser.GetAsync("/account")).IsRedirect, Is.True);
    }

    [Test]
    public async Task Signing_out_ends_the_session_on_the_server_and_says_so_in_the_audit_log()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        var handle = browser.Cookie("idp.session")!;

        await browser.SubmitAsync((await browser.GetAsync("/signout")).Forms.Single(f => f.Has("returnUrl")), []);

        Assert.That((await WithHandle(handle).GetAsync("/account")).IsRedirect, Is.True);
        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.SingleAsync(a => a.ActorId == person.Id && a.Action == "session.ended"));
        Assert.That((entry.Source, entry.RemoteAddress is not null, entry.TraceId is not null), Is.EqualTo(("account", true, true)));
    }

    [Test]
    public async Task A_person_cannot_end_the_session_of_somebody_else()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        var (browser, others) = (Server.NewBrowser(), Server.NewBrowser());
        await browser.TrySignInAsync(person.UserName!, People.Password);
        await others.TrySignInAsync(other.UserName!, People.Password);
        var target = await Server.WithDatabaseAsync(db => db.Sessions.Where(s => s.UserId == other.Id).Select(s => s.Id).SingleAsync());
        var form = (await browser.GetAsync("/account/sessions")).Forms.First(f => f.Action.AbsolutePath.StartsWith("/account/sessions/", StringComparison.Ordinal));

        var answer = await browser.PostAsync($"/account/sessions/{target}/end", form.Fill([]));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await others.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_request_with_a_session_reads_it_in_one_statement()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);

        var recording = await Server.RecordSqlAsync(() => browser.GetAsync("/signout"));

        Assert.That(recording.Statements, Has.Count.EqualTo(1), recording.ToString());
    }

    private BrowserClient WithHandle(string handle)
    {
        var browser = Server.NewBrowser();
        browser.Cookies.Add(browser.Origin, new Cookie("idp.session", handle));
        return browser;
    }
}
