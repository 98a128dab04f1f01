using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.SignIn;

public sealed class LockoutTests(DatabaseKind database) : ServerTest(database)
{
    private const int MaxFailures = 5;

    protected override ServerSettings Settings => new(Database) { Configuration = null, More = new Dictionary<string, string> { ["Lockout:MaxFailuresPerSource"] = "100000" } };

    [Test]
    public async Task After_five_wrong_passwords_the_right_one_is_refused_for_a_quarter_of_an_hour()
    {
        var person = await Server.AddPersonAsync();
        for (var i = 0; i < MaxFailures; i++) await Server.NewBrowser().TrySignInAsync(person.UserName!, "wrong");

        var locked = await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);
        Server.Clock.Advance(TimeSpan.FromMinutes(14));
        var stillLocked = await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);
        Server.Clock.Advance(TimeSpan.FromMinutes(2));
        var open = await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);

        Assert.That((locked.IsRedirect, stillLocked.IsRedirect, open.IsRedirect), Is.EqualTo((false, false, true)));
    }

    [Test]
    public async Task A_lock_that_ran_out_starts_the_count_anew()
    {
        var person = await Server.AddPersonAsync();
        for (var i = 0; i < MaxFailures; i++) await Server.NewBrowser().TrySignInAsync(person.UserName!, "wrong");
        Server.Clock.Advance(TimeSpan.FromMinutes(16));

        for (var i = 0; i < MaxFailures - 1; i++) await Server.NewBrowser().TrySignInAsync(person.UserName!, "wrong");

        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.True);
    }

    [Test]
    public async Task A_success_forgets_the_failures_before_it()
    {
        var person = await Server.AddPersonAsync();

        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < MaxFailures - 1; i++) await Server.NewBrowser().TrySignInAsync(person.UserName!, "wrong");
            Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.True);
        }
    }

    [Test]
    public async Task A_stranger_cannot_lock_a_person_out_of_a_browser_used_before()
    {
        var person = await Server.AddPersonAsync();
        var own = Server.NewBrowser();
        await own.TrySignInAsync(person.UserName!, People.Password);
        for (var i = 0; i < MaxFailures + 3; i++) await Server.NewBrowser().TrySignInAsync(person.UserName!, "wrong");

        var known = await own.TrySignInAsync(person.UserName!, People.Password);
        var stranger = await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);

        Assert.That((known.IsRedirect, stranger.IsRedirect), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task A_known_browser_is_locked_by_its_own_failures_and_locks_nobody_else()
    {
        var person = await Server.AddPersonAsync();
        var own = Server.NewBrowser();
        await own.TrySignInAsync(person.UserName!, People.Password);

        for (var i = 0; i < MaxFailures; i++) await own.TrySignInAsync(person.UserName!, "wrong");

        Assert.That((await own.TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.False);
        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.True);
    }

    [Test]
    public async Task An_invented_device_cookie_gives_no_counter_of_its_own()
    {
        var person = await Server.AddPersonAsync();
        for (var i = 0; i < MaxFailures; i++)
        {
            var browser = Server.NewBrowser();
            browser.Cookies.Add(browser.Origin, new System.Net.Cookie("idp.device", new string((char)('a' + i), 43)));
            await browser.TrySignInAsync(person.UserName!, "wrong");
        }

        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.False);
    }

    [Test]
    public async Task Parallel_guesses_gain_nothing_over_the_same_guesses_one_by_one()
    {
        var person = await Server.AddPersonAsync();
        var guesses = Enumerable.Range(0, 40).Select(_ => Server.NewBrowser()).ToArray();
        var pages = await Task.WhenAll(guesses.Select(g => g.GetAsync("/signin")));

        await Task.WhenAll(guesses.Select((g, i) => g.SignInAsync(pages[i], person.UserName!, "wrong")));

        var after = await Server.ReadAsync(person);
        var wrong = await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync(d => d.UserId == person.Id && d.Outcome == SignInOutcome.WrongPassword));
        Assert.That(after.AccessFailedCount, Is.EqualTo(wrong), "Every wrong password is counted, none twice.");
        Assert.That(after.LockoutEnd, Is.Not.Null);
        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password)).IsRedirect, Is.False);
    }

    [Test]
    public async Task The_right_password_among_parallel_guesses_wins_only_before_the_last_allowed_failure()
    {
        for (var round = 0; round < 5; round++)
        {
            var person = await Server.AddPersonAsync();
            var guesses = Enumerable.Range(0, 16).Select(_ => Server.NewBrowser()).ToArray();
            var pages = await Task.WhenAll(guesses.Select(g => g.GetAsync("/signin")));

            var answers = await Task.WhenAll(guesses.Select((g, i) => g.SignInAsync(pages[i], person.UserName!, i == 15 ? People.Password : "wrong")));

            var after = await Server.ReadAsync(person);
            // Accepted: the failures counted since are those recorded after it. Refused: the counter was full.
            if (answers[15].IsRedirect) Assert.That(after.AccessFailedCount, Is.GreaterThan(15 - MaxFailures));
            else Assert.That(after.LockoutEnd, Is.Not.Null);
        }
    }
}
