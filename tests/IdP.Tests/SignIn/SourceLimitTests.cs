using System.Net;

namespace IdP.Tests.SignIn;

public sealed class SourceLimitTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => new(Database) { Configuration = null, More = new Dictionary<string, string> { ["Lockout:MaxFailuresPerSource"] = "6" } };

    [Test]
    public async Task One_address_that_tries_many_names_must_wait_and_a_known_browser_there_need_not()
    {
        var person = await Server.AddPersonAsync();
        var own = Server.NewBrowser();
        await own.TrySignInAsync(person.UserName!, People.Password);

        for (var i = 0; i < 6; i++) Assert.That((await Server.NewBrowser().TrySignInAsync("nobody" + i, "wrong")).Status, Is.EqualTo(HttpStatusCode.OK));
        var limited = await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);
        var known = await own.TrySignInAsync(person.UserName!, People.Password);
        Server.Clock.Advance(TimeSpan.FromMinutes(6));
        var later = await Server.NewBrowser().TrySignInAsync(person.UserName!, People.Password);

        Assert.That(limited.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(limited.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.FromMinutes(4)).And.LessThanOrEqualTo(TimeSpan.FromMinutes(5)));
        Assert.That(limited.Body, Does.Contain("try again in 5 minutes"));
        Assert.That((known.IsRedirect, later.IsRedirect), Is.EqualTo((true, true)));
    }
}
