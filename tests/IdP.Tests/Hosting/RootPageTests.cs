using System.Net;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Hosting;

public sealed class RootPageTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task The_root_page_leads_somewhere_for_strangers_and_for_people_who_are_signed_in()
    {
        using var browser = Server.NewBrowser();

        var stranger = await browser.OpenAsync("/");
        var person = await browser.FollowAsync(await browser.SignInAsync(stranger, TestUsers.Alice.UserName, TestUsers.Alice.Password));
        var again = await browser.OpenAsync("/");

        Assert.That((stranger.Status, stranger.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, "/signin")));
        Assert.That((person.Status, again.Status, again.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK, "/")));
    }

    [TestCase("https://spa.example.test", "https://spa.example.test")]
    [TestCase("https://evil.test", null)]
    public async Task An_app_in_the_browser_can_read_an_error_of_ours_and_a_foreign_one_cannot(string origin, string? allowed)
    {
        using var browser = Server.NewBrowser();
        var tokens = await Server.NewRelyingParty(TestClients.Spa).SignInAsync(browser, "openid", TestUsers.Alice);
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/connect/userinfo") { Headers = { { "Origin", origin }, { "Authorization", "Bearer " + tokens.AccessToken } } };
        await Server.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE \"UserClaims\" RENAME TO \"Elsewhere\""));
        try
        {
            using var answer = await http.SendAsync(request);

            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.InternalServerError));
            Assert.That(answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null, Is.EqualTo(allowed));
            Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("server_error").And.Not.Contain("UserClaims"));
            Assert.That(Server.Logs.TakeErrors(), Is.Not.Empty);
        }
        finally
        {
            await Server.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE \"Elsewhere\" RENAME TO \"UserClaims\""));
        }
    }

    [Test]
    public async Task With_a_database_that_fails_every_page_is_our_own_with_a_trace_id_and_without_the_reason()
    {
        using var browser = Server.NewBrowser();
        await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync("/signin"), TestUsers.Bob.UserName, TestUsers.Bob.Password));
        await Server.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE \"Sessions\" RENAME TO \"Elsewhere\""));
        try
        {
            var account = await browser.OpenAsync("/");
            var stranger = await Server.NewBrowser().OpenAsync("/");

            Assert.That(account.Status, Is.EqualTo(HttpStatusCode.InternalServerError));
            Assert.That(account.Body, Does.Contain("<html").And.Match("[0-9a-f]{32}").And.Not.Contain("Sessions").And.Not.Contain("Exception"));
            Assert.That(stranger.Status, Is.EqualTo(HttpStatusCode.OK), "who has no session needs no table of sessions");
            Assert.That(Server.Logs.TakeErrors(), Is.Not.Empty, "the reason is in the log");
        }
        finally
        {
            await Server.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE \"Elsewhere\" RENAME TO \"Sessions\""));
        }
    }
}
