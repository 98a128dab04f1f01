using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Logout;

/// <summary>Housekeeping deletes what can never be used again; a grant is used once more when its session ends.</summary>
public sealed class LongSessionTests(DatabaseKind database) : LogoutTest(database)
{
    protected override IReadOnlyDictionary<string, string> MoreSettings => new Dictionary<string, string> { ["Sessions:IdleLifetime"] = "10.00:00:00", ["Sessions:AbsoluteLifetime"] = "10.00:00:00" };

    [Test]
    public async Task An_app_that_was_reached_three_days_ago_is_told_when_the_session_ends()
    {
        var (person, gone) = (await NewPersonAsync(), await NewPersonAsync());
        var (browser, other) = (Server.NewBrowser(), Server.NewBrowser());
        var tokens = await App("told").SignInAsync(browser, "openid", person);
        await App("deaf").SignInAsync(other, "openid", gone);
        await SignOutAsync(other);
        var goneId = (await IdOfAsync(gone)).ToString();

        Server.Clock.Advance(TimeSpan.FromDays(3));

        Assert.That(() => Server.WithDatabaseAsync(db => db.Grants.CountAsync(g => g.Subject == goneId)).Result, Is.Zero.After(20).Seconds.PollEvery(100).MilliSeconds, "housekeeping has run");
        await SignOutAsync(browser);
        Assert.That((await Apps.NextAsync("/told")).Token.Text("sid"), Is.EqualTo(Jwt.Parse(tokens.IdToken!).Text("sid")));
    }
}
