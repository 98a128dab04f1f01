namespace IdP.Protocol.Tests.Performance;

/// <summary>How often the common requests ask the database, and that an index answers each time.</summary>
public sealed class SqlCountTests(DatabaseKind database) : ServerTest(database)
{
    private const string Scope = "openid profile api.read offline_access";

    [Test]
    public async Task Client_credentials_ask_the_database_nothing_once_warm()
    {
        var machine = Server.NewRelyingParty(TestClients.Machine);
        (await machine.ClientCredentialsAsync("api.read")).Expected();

        var sql = await Server.RecordSqlAsync(async () => (await machine.ClientCredentialsAsync("api.read")).Expected());

        Assert.That(sql.Statements, Is.Empty, sql.ToString());
    }

    [Test]
    public async Task A_code_is_exchanged_with_at_most_four_statements()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        await web.SignInAsync(browser, Scope, TestUsers.Alice);
        var answer = await web.AuthorizeAsync(browser, Scope);

        var sql = await Server.RecordSqlAsync(async () => (await web.ExchangeCodeAsync(answer)).Expected());

        await AssertFrugalAsync(sql, limit: 4);
    }

    [Test]
    public async Task A_refresh_takes_at_most_four_statements()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, Scope, TestUsers.Alice);
        tokens = (await web.RefreshAsync(tokens.RefreshToken!)).Expected();

        var sql = await Server.RecordSqlAsync(async () => (await web.RefreshAsync(tokens.RefreshToken!)).Expected());

        await AssertFrugalAsync(sql, limit: 4);
    }

    [Test]
    public async Task A_password_sign_in_up_to_the_code_takes_at_most_eight_statements()
    {
        var web = Server.NewRelyingParty(TestClients.Web);
        using (var warm = Server.NewBrowser()) await web.SignInAsync(warm, Scope, TestUsers.Bob);
        using var browser = Server.NewBrowser();
        var signIn = await browser.OpenAsync(web.NewRequest(Scope).Url);
        Page? back = null;

        var sql = await Server.RecordSqlAsync(async () => back = await browser.FollowAsync(await browser.SignInAsync(signIn, TestUsers.Alice.UserName, TestUsers.Alice.Password)));

        Assert.That(back?.LocationParameters, Contains.Key("code"));
        await AssertFrugalAsync(sql, limit: 8);
    }

    private async Task AssertFrugalAsync(SqlRecording sql, int limit)
    {
        await TestContext.Out.WriteLineAsync($"{Database}: {sql.Statements.Count} statements of at most {limit}");
        Assert.That(sql.Statements, Is.Not.Empty.And.Count.LessThanOrEqualTo(limit), sql.ToString());
    }
}
