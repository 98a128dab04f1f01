using System.Net;
using System.Text.Json;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Testing;

public sealed class ServerUnderTestTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task The_server_answers_under_its_own_issuer_on_the_database_of_the_fixture()
    {
        var discovery = await Server.NewBrowser().GetAsync("/.well-known/openid-configuration");

        Assert.That(discovery.Status, Is.EqualTo(HttpStatusCode.OK), discovery.Body);
        Assert.That(JsonDocument.Parse(discovery.Body).RootElement.GetProperty("issuer").GetString()!.TrimEnd('/'), Is.EqualTo(Server.Origin.AbsoluteUri.TrimEnd('/')));
        Assert.That(await Server.WithDatabaseAsync(db => Task.FromResult(db.Database.IsNpgsql())), Is.EqualTo(Database is DatabaseKind.PostgreSql));
    }

    [Test]
    public async Task Statements_are_attributed_to_the_requests_that_caused_them()
    {
        var browser = Server.NewBrowser();
        var page = await browser.OpenAsync("/signin");

        var signIn = await Server.RecordSqlAsync(() => browser.SignInAsync(page, "nobody", "wrong"));
        var live = await Server.RecordSqlAsync(() => browser.GetAsync("/health/live"));

        Assert.That(signIn.Statements, Is.Not.Empty);
        // Whether the list of providers has to be read again for the page is its cache's business.
        Assert.That(signIn.Statements.Where(statement => !statement.Text.Contains("IdentityProviders", StringComparison.Ordinal)).Select(statement => statement.Request).Distinct(), Is.EqualTo((string[])["POST /signin/password"]));
        Assert.That(live.Statements, Is.Empty, live.ToString());
    }

    [Test]
    public async Task A_restarted_server_has_the_same_database()
    {
        var before = await KeyIdsAsync();

        await Server.RestartAsync();

        Assert.That(await KeyIdsAsync(), Is.EqualTo(before).And.Not.Empty);
    }

    [Test]
    public void The_clock_of_the_server_flows_and_jumps()
    {
        var start = Server.Clock.Time.GetUtcNow();

        Server.Clock.Advance(TimeSpan.FromDays(3));

        Assert.That(() => Server.Clock.Time.GetUtcNow(), Is.GreaterThan(start + TimeSpan.FromDays(3) + TimeSpan.FromMilliseconds(50)).After(5000, 20));
    }

    private async Task<IEnumerable<object>> KeyIdsAsync() => (await Server.WithDatabaseAsync(db => db.SigningKeys.ToArrayAsync())).Select(key => (object)key.Id).Order();
}
