using IdP.Protocol.Logout;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Logout;

/// <summary>Two nodes on one database.</summary>
public sealed class LogoutNodesTests(DatabaseKind database) : LogoutTest(database)
{
    [Test]
    public async Task A_session_that_is_ended_at_one_node_is_ended_at_the_other()
    {
        await using var other = await StartOtherNodeAsync();
        using var here = Server.NewBrowser();
        var person = await NewPersonAsync();
        var tokens = await App("told").SignInAsync(here, "openid offline_access", person);
        using var there = new BrowserClient(other.Origin);
        there.Cookies.Add(there.Origin, here.Cookies.GetCookies(here.Origin)["idp.session"]!);
        using var thereApp = new RelyingParty(other.Origin, "told", "told-secret", "https://told.example.test/cb");
        Assert.That((await there.GetAsync("/account")).IsRedirect, Is.False, "signed in at both");

        await SignOutAsync(here);

        var silent = await thereApp.AuthorizeAsync(there, "openid", user: null, [new("prompt", "none")]);
        Assert.That(silent.Error, Is.EqualTo("login_required"));
        Assert.That((await there.GetAsync("/account")).IsRedirect, Is.True);
        Assert.That((await thereApp.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await Apps.NextAsync("/told")).Token.Text("sid"), Is.EqualTo(Jwt.Parse(tokens.IdToken!).Text("sid")));
    }

    [Test]
    public async Task Each_attempt_is_made_by_one_of_the_nodes_alone()
    {
        const int Many = 40;
        await using var other = await StartOtherNodeAsync();
        var due = Server.Clock.Time.GetUtcNow() + TimeSpan.FromSeconds(3);
        await Server.WithDatabaseAsync(async db =>
        {
            var client = await db.Clients.Where(c => c.ClientId == "also-told").Select(c => c.Id).SingleAsync();
            for (var i = 0; i < Many; i++)
                db.LogoutDeliveries.Add(new LogoutDelivery { Subject = "many", SessionId = Guid.NewGuid(), ClientKey = client, CreatedAt = due, NextAttemptAt = due, ExpiresAt = due.AddDays(1) });
            return await db.SaveChangesAsync();
        });

        Assert.That(() => Server.WithDatabaseAsync(db => db.LogoutDeliveries.CountAsync(d => d.Subject == "many" && d.Status == LogoutDeliveryStatus.Confirmed)).Result,
            Is.EqualTo(Many).After(30).Seconds.PollEvery(100).MilliSeconds);
        var sids = Apps.Unread("/also-told").Select(call => call.Token.Text("sid")).ToList();
        Assert.That(sids, Is.Unique.And.Count.EqualTo(Many));
        Assert.That(await Server.WithDatabaseAsync(db => db.LogoutDeliveries.Where(d => d.Subject == "many").MaxAsync(d => d.Attempts)), Is.EqualTo(1));
    }
}
