using System.Net;

namespace IdP.Protocol.Tests.Performance;

/// <summary>How often the common requests ask the database, and that an index answers each time.</summary>
public sealed class SqlCountTests(DatabaseKind database) : ServerTest(database)
{
    private const string Scope = "openid profile api.read offline_access";
    private static readonly TestKey Key = TestKey.Elliptic("k");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            { "clients": [{ "clientId": "signed", "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {{TestKey.Set(Key)}}, "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["api.read"] }] }
            """),
    };

    [Test]
    public async Task Client_credentials_ask_the_database_nothing_once_warm()
    {
        var machine = Server.NewRelyingParty(TestClients.Machine);
        (await machine.ClientCredentialsAsync("api.read")).Expected();

        var sql = await Server.RecordSqlAsync(async () => (await machine.ClientCredentialsAsync("api.read")).Expected());

        Assert.That(sql.Statements, Is.Empty, sql.ToString());
    }

    [Test]
    public async Task A_client_assertion_adds_one_statement_once_warm()
    {
        async Task AskAsync()
        {
            var now = Server.Clock.Time.GetUtcNow().ToUnixTimeSeconds();
            var assertion = Key.Sign("ES256", [new("iss", "signed"), new("sub", "signed"), new("aud", Server.Origin.GetLeftPart(UriPartial.Authority)), new("jti", Guid.NewGuid()), new("exp", now + 60)]);
            using var http = Server.NewHttpClient();
            using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), new("client_assertion", assertion)]);
            (await TokenAnswer.ReadAsync(await http.PostAsync("/connect/token", form))).Expected();
        }
        await AskAsync();

        var sql = await Server.RecordSqlAsync(AskAsync);

        await AssertFrugalAsync(sql, limit: 1);
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

    /// <summary>A JWT is asked about together with what it depends on; a reference token is read first.</summary>
    [TestCase(false, 1)]
    [TestCase(true, 2)]
    public async Task An_introspection_asks_no_more_than_it_must(bool reference, int limit)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(reference ? TestClients.Opaque : TestClients.Web);
        var api = Server.NewRelyingParty(TestClients.Api);
        var tokens = await web.SignInAsync(browser, "openid api.read", TestUsers.Alice);
        (await api.IntrospectAsync(tokens.AccessToken!)).Expected();

        var sql = await Server.RecordSqlAsync(async () => Assert.That((await api.IntrospectAsync(tokens.AccessToken!)).Expected().Json.GetProperty("active").GetBoolean(), Is.True));

        await AssertFrugalAsync(sql, limit);
    }

    [TestCase(false, 1)]
    [TestCase(true, 2)]
    public async Task Userinfo_asks_no_more_than_it_must(bool reference, int limit)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(reference ? TestClients.Opaque : TestClients.Web);
        var tokens = await web.SignInAsync(browser, Scope, TestUsers.Alice);
        (await web.UserInfoAsync(tokens.AccessToken!)).Expected();

        var sql = await Server.RecordSqlAsync(async () => (await web.UserInfoAsync(tokens.AccessToken!)).Expected());

        await AssertFrugalAsync(sql, limit);
    }

    [Test]
    public async Task Every_other_request_of_the_protocol_is_answered_through_an_index()
    {
        using var browser = Server.NewBrowser();
        var opaque = Server.NewRelyingParty(TestClients.Opaque);
        var consenting = Server.NewRelyingParty(TestClients.Consenting);
        var api = Server.NewRelyingParty(TestClients.Api);
        var tokens = await opaque.SignInAsync(browser, Scope, TestUsers.Alice);

        var sql = await Server.RecordSqlAsync(async () =>
        {
            (await opaque.UserInfoAsync(tokens.AccessToken!)).Expected();
            (await api.IntrospectAsync(tokens.AccessToken!)).Expected();
            (await opaque.IntrospectAsync(tokens.RefreshToken!)).Expected();

            var consent = await browser.OpenAsync(consenting.NewRequest("openid profile").Url);
            var agreed = await browser.FollowAsync(await browser.ConsentAsync(consent, remember: true));
            Assert.That(agreed.LocationParameters, Contains.Key("code"));
            Assert.That((await consenting.AuthorizeAsync(browser, "openid profile")).Code, Is.Not.Empty);

            (await opaque.RefreshAsync(tokens.RefreshToken!)).Expected();
            Assert.That((await opaque.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"), "reuse");
            (await opaque.RevokeAsync(tokens.AccessToken!)).Expected();

            var question = await browser.OpenAsync("/connect/endsession");
            Assert.That((await browser.SubmitAsync(question.Forms.Single(f => f.Method == HttpMethod.Post), [])).Status, Is.LessThan(HttpStatusCode.BadRequest));
        });

        await AssertFrugalAsync(sql, limit: 60);
        Assert.That(sql.Statements.Select(s => s.Request).Distinct().Count(), Is.GreaterThanOrEqualTo(8), sql.ToString());
    }

    private async Task AssertFrugalAsync(SqlRecording sql, int limit)
    {
        await TestContext.Out.WriteLineAsync($"{Database}: {sql.Statements.Count} statements of at most {limit}");
        Assert.That(sql.Statements, Is.Not.Empty.And.Count.LessThanOrEqualTo(limit), sql.ToString());

        List<QueryPlan> scanning = [];
        foreach (var statement in sql.Statements)
        {
            var plan = await Server.WithDatabaseAsync(db => QueryPlan.ExplainAsync(db, statement));
            if (plan.FullScans.Count > 0) scanning.Add(plan);
        }

        Assert.That(scanning, Is.Empty, string.Join(Environment.NewLine, scanning));
    }
}
