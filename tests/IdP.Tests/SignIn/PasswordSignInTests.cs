using System.Net;
using IdP.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.SignIn;

public sealed class PasswordSignInTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => new(Database) { Configuration = null };

    [Test]
    public async Task The_right_password_starts_a_session_and_leads_on_by_303()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();

        var answer = await browser.TrySignInAsync(person.UserName!, People.Password);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.SeeOther));
        Assert.That(answer.Location!.PathAndQuery, Is.EqualTo("/account"));
        Assert.That((await browser.GetAsync("/account")).Body, Does.Contain(person.Name));
    }

    [Test]
    public async Task A_confirmed_email_address_is_as_good_as_the_user_name_and_an_unconfirmed_one_is_not()
    {
        var confirmed = await Server.AddPersonAsync(u => SetEmail(u, "confirmed@example.test", true));
        var unconfirmed = await Server.AddPersonAsync(u => SetEmail(u, "unconfirmed@example.test", false));

        Assert.That((await Server.NewBrowser().TrySignInAsync("Confirmed@Example.test", People.Password)).IsRedirect, Is.True);
        Assert.That((await Server.NewBrowser().TrySignInAsync(unconfirmed.Email!, People.Password)).IsRedirect, Is.False);
        Assert.That((await Server.ReadAsync(confirmed)).LastSignInAt, Is.Not.Null);
    }

    [Test]
    public async Task An_email_address_that_two_people_confirmed_signs_in_neither()
    {
        await Server.AddPersonAsync(u => SetEmail(u, "shared@example.test", true));
        await Server.AddPersonAsync(u => SetEmail(u, "shared@example.test", true));

        Assert.That((await Server.NewBrowser().TrySignInAsync("shared@example.test", People.Password)).IsRedirect, Is.False);
    }

    [Test]
    public async Task Unknown_wrong_disabled_and_locked_get_the_same_answer()
    {
        var wrong = await Server.AddPersonAsync();
        var disabled = await Server.AddPersonAsync(u => u.Enabled = false);
        var locked = await Server.AddPersonAsync(u => u.LockoutEnd = DateTimeOffset.MaxValue.AddYears(-1));
        var withoutPassword = await Server.AddPersonAsync(u => u.PasswordHash = null);

        Page[] answers =
        [
            await Server.NewBrowser().TrySignInAsync("nobody-of-this-name", People.Password),
            await Server.NewBrowser().TrySignInAsync(wrong.UserName!, "wrong"),
            await Server.NewBrowser().TrySignInAsync(disabled.UserName!, People.Password),
            await Server.NewBrowser().TrySignInAsync(locked.UserName!, People.Password),
            await Server.NewBrowser().TrySignInAsync(withoutPassword.UserName!, People.Password),
            await Server.NewBrowser().TrySignInAsync(wrong.UserName!, new string('p', 5000)),
        ];

        Assert.That(answers.Select(a => (a.Status, Alert(a))).Distinct().Count(), Is.EqualTo(1), string.Join('\n', answers.Select(Alert)));
        Assert.That(answers.Select(a => a.Headers.Contains("Set-Cookie") && a.Headers.GetValues("Set-Cookie").Any(c => c.StartsWith("idp.session", StringComparison.Ordinal))), Has.All.False);
    }

    [TestCase(0)]
    [TestCase(257)]
    public async Task A_name_that_nobody_can_have_stops_at_the_first_page(int length)
    {
        var answer = await Server.NewBrowser().TrySignInAsync(new string('n', length), People.Password);

        Assert.That((answer.Status, answer.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, "/signin")));
        Assert.That(Alert(answer), Does.Contain("Enter your user name"));
    }

    [Test]
    public async Task A_null_character_in_the_form_is_a_bad_request() =>
        Assert.That((await Server.NewBrowser().TrySignInAsync("a\0b", People.Password)).Status, Is.EqualTo(HttpStatusCode.BadRequest));

    [Test]
    public async Task Unknown_and_wrong_ask_the_database_the_same_things()
    {
        var person = await Server.AddPersonAsync();
        var (first, second) = (Server.NewBrowser(), Server.NewBrowser());
        var (firstPage, secondPage) = (await first.GetAsync("/signin"), await second.GetAsync("/signin"));

        var unknown = await Server.RecordSqlAsync(() => first.SignInAsync(firstPage, "nobody-of-this-name", "wrong"));
        var wrong = await Server.RecordSqlAsync(() => second.SignInAsync(secondPage, person.UserName!, "wrong"));

        Assert.That(unknown.Statements.Select(s => s.Text), Is.EqualTo(wrong.Statements.Select(s => s.Text)));
    }

    [Test]
    public async Task A_password_sign_in_takes_five_statements_at_most()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();

        var first = await browser.GetAsync("/signin");
        var onNewDevice = await Server.RecordSqlAsync(() => browser.SignInAsync(first, person.UserName!, People.Password));
        browser.Cookies.GetCookies(browser.Origin)["idp.session"]!.Expired = true; // it has just signed in
        var second = await browser.GetAsync("/signin");
        var onKnownDevice = await Server.RecordSqlAsync(() => browser.SignInAsync(second, person.UserName!, People.Password));

        Assert.That(onNewDevice.Statements, Has.Count.EqualTo(5), onNewDevice.ToString());
        Assert.That(onKnownDevice.Statements, Has.Count.EqualTo(5), onKnownDevice.ToString());
    }

    [Test]
    public async Task An_older_hash_is_replaced_at_the_first_sign_in()
    {
        var person = await Server.AddPersonAsync(u => u.PasswordHash = "ACZFbYc1rHYT4slg/IBcLgR6t722aQHfRWEBMbg9Ww8pjewouCY/l3U79exG5nxxBg==");

        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, "Pass123$")).IsRedirect, Is.True);

        Assert.That((await Server.ReadAsync(person)).PasswordHash, Does.StartWith("$argon2id$"));
        Assert.That((await Server.NewBrowser().TrySignInAsync(person.UserName!, "Pass123$")).IsRedirect, Is.True);
    }

    [Test]
    public async Task Every_decision_is_kept_with_its_inputs()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();

        await browser.TrySignInAsync(person.UserName!, "wrong");
        await browser.TrySignInAsync(person.UserName!, People.Password);
        await browser.TrySignInAsync(person.UserName!, People.Password);

        var decisions = await Server.WithDatabaseAsync(db => db.SignInDecisions.AsNoTracking().Where(d => d.UserId == person.Id).OrderBy(d => d.At).ToListAsync());
        Assert.That(decisions.Select(d => (d.Outcome, d.KnownDevice, d.FailedCount, HasSession: d.SessionId is not null)), Is.EqualTo(new[]
        {
            (SignInOutcome.WrongPassword, false, 0, false), (SignInOutcome.Success, false, 1, true), (SignInOutcome.Success, true, 0, true),
        }));
        Assert.That(decisions.Select(d => (d.TraceId is null, d.RemoteAddress is null, string.Join(' ', d.Factors))), Has.All.EqualTo((false, false, "pwd")));
    }

    private static void SetEmail(User user, string email, bool confirmed) => (user.Email, user.NormalizedEmail, user.EmailConfirmed) = (email, email.ToUpperInvariant(), confirmed);

    private static string Alert(Page page)
    {
        var start = page.Body.IndexOf("role=\"alert\"", StringComparison.Ordinal);
        return start < 0 ? $"no alert: {page.Status} {page.Location}" : page.Body[start..page.Body.IndexOf("</div>", start, StringComparison.Ordinal)];
    }
}
