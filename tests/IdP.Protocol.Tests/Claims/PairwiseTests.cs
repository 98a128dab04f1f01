using System.Net;
using IdP.Access;
using IdP.Clients;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Claims;

/// <summary>Pairwise subjects (OpenID Connect Core 8): a person is somebody else in each sector, and the same everywhere within one.</summary>
public sealed class PairwiseTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestClient First = new("pair-1", "pair-secret", "https://one.example.test/cb", "https://one.example.test/out");
    private static readonly TestClient SameSector = new("pair-2", "pair-secret", "https://one.example.test/other");
    private static readonly TestClient OtherSector = new("pair-3", "pair-secret", "https://two.example.test/cb");
    private static readonly TestClient Opaque = new("pair-opaque", "pair-secret", "https://one.example.test/opaque");

    protected override ServerSettings Settings => new(Database)
    {
        Configuration = TestConfiguration.With("""
        { "clients": [
          { "clientId": "pair-1", "clientSecrets": [{ "value": "pair-secret" }], "allowedGrantTypes": ["authorization_code", "client_credentials"], "subjectType": "pairwise", "allowOfflineAccess": true,
            "redirectUris": ["https://one.example.test/cb"], "postLogoutRedirectUris": ["https://one.example.test/out"], "allowedScopes": ["openid", "profile", "api.read"] },
          { "clientId": "pair-2", "clientSecrets": [{ "value": "pair-secret" }], "allowedGrantTypes": ["authorization_code"], "subjectType": "pairwise",
            "redirectUris": ["https://one.example.test/other"], "allowedScopes": ["openid", "api.read"] },
          { "clientId": "pair-3", "clientSecrets": [{ "value": "pair-secret" }], "allowedGrantTypes": ["authorization_code"], "subjectType": "pairwise",
            "redirectUris": ["https://two.example.test/cb"], "allowedScopes": ["openid", "api.read"] },
          { "clientId": "pair-opaque", "clientSecrets": [{ "value": "pair-secret" }], "allowedGrantTypes": ["authorization_code"], "subjectType": "pairwise", "accessTokenType": "reference",
            "redirectUris": ["https://one.example.test/opaque"], "allowedScopes": ["openid", "api.read"] } ] }
        """),
    };

    [Test]
    public async Task Clients_of_one_sector_see_the_same_person_and_others_somebody_else()
    {
        using var browser = Server.NewBrowser();
        var open = await SubjectAsync(browser, TestClients.Web);

        var first = await SubjectAsync(browser, First);

        Assert.That(await SubjectAsync(browser, First), Is.EqualTo(first));
        Assert.That(await SubjectAsync(browser, SameSector), Is.EqualTo(first));
        Assert.That(await SubjectAsync(browser, OtherSector), Is.Not.EqualTo(first).And.Not.EqualTo(open));
        Assert.That(first, Is.Not.EqualTo(open).And.Length.LessThanOrEqualTo(255));
        using var other = Server.NewBrowser();
        Assert.That(Jwt.Parse((await Server.NewRelyingParty(First).SignInAsync(other, "openid", TestUsers.Bob)).IdToken!).Text("sub"), Is.Not.EqualTo(first));
    }

    [Test]
    public async Task Every_answer_about_the_person_shows_the_pairwise_subject_and_none_the_real_one()
    {
        using var browser = Server.NewBrowser();
        var real = await SubjectAsync(browser, TestClients.Web);
        var api = Server.NewRelyingParty(TestClients.Api);
        foreach (var client in (TestClient[])[First, Opaque])
        {
            var app = Server.NewRelyingParty(client);
            var tokens = await app.SignInAsync(browser, client == First ? "openid api.read offline_access" : "openid api.read", TestUsers.Alice);
            var shown = Jwt.Parse(tokens.IdToken!).Text("sub");

            var userInfo = (await app.UserInfoAsync(tokens.AccessToken!)).Expected();
            var byApi = (await api.IntrospectAsync(tokens.AccessToken!)).Expected();
            var byClient = (await app.IntrospectAsync(tokens.AccessToken!)).Expected();

            Assert.That(userInfo.Text("sub"), Is.EqualTo(shown));
            Assert.That(byApi.Json.GetProperty("active").GetBoolean(), Is.True);
            Assert.That(byApi.Text("sub"), Is.EqualTo(shown));
            Assert.That(byClient.Text("sub"), Is.EqualTo(shown));
            if (client == First)
            {
                Assert.That(Jwt.Parse(tokens.AccessToken!).Text("sub"), Is.EqualTo(shown));
                Assert.That((await app.IntrospectAsync(tokens.RefreshToken!)).Text("sub"), Is.EqualTo(shown));
                var renewed = (await app.RefreshAsync(tokens.RefreshToken!)).Expected();
                Assert.That(Jwt.Parse(renewed.IdToken!).Text("sub"), Is.EqualTo(shown));
                Assert.That(Jwt.Parse(renewed.AccessToken!).Text("sub"), Is.EqualTo(shown));
            }
            foreach (var answer in (string[])[userInfo.Body, byApi.Body, byClient.Body, Jwt.Parse(tokens.IdToken!).Payload.GetRawText()])
                Assert.That(answer, Does.Not.Contain(real));
        }
    }

    [Test]
    public async Task The_id_token_of_a_pairwise_client_is_understood_as_a_hint()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(First);
        var tokens = await app.SignInAsync(browser, "openid", TestUsers.Alice);

        var same = await app.AuthorizeAsync(browser, "openid", user: null, KeyValuePair.Create("prompt", (string?)"none"), KeyValuePair.Create("id_token_hint", tokens.IdToken));
        using var others = Server.NewBrowser();
        await app.SignInAsync(others, "openid", TestUsers.Bob);
        var another = await app.AuthorizeAsync(others, "openid", user: null, KeyValuePair.Create("prompt", (string?)"none"), KeyValuePair.Create("id_token_hint", tokens.IdToken));
        var logout = await browser.OpenAsync($"/connect/endsession?id_token_hint={tokens.IdToken}&post_logout_redirect_uri={Uri.EscapeDataString(First.PostLogoutRedirectUri!)}");

        Assert.That(same.Code, Is.Not.Empty);
        Assert.That(another.Error, Is.EqualTo("login_required"));
        Assert.That(logout.Location?.AbsoluteUri, Does.StartWith(First.PostLogoutRedirectUri!), "the hint proves the session, so nobody is asked");
    }

    [Test]
    public async Task Revoking_and_ending_the_session_still_find_the_person_behind_the_token()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(First);
        var tokens = await app.SignInAsync(browser, "openid offline_access", TestUsers.Alice);

        Assert.That((await app.RevokeAsync(tokens.RefreshToken!)).Status, Is.EqualTo(HttpStatusCode.OK));

        Assert.That((await app.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_client_that_acts_for_itself_keeps_its_own_name()
    {
        var app = Server.NewRelyingParty(First);

        var token = (await app.ClientCredentialsAsync("api.read")).Expected();

        Assert.That(Jwt.Parse(token.AccessToken!).Text("sub"), Is.EqualTo(First.ClientId));
        Assert.That((await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(token.AccessToken!)).Text("sub"), Is.EqualTo(First.ClientId));
    }

    [Test]
    public async Task A_sector_of_several_hosts_is_proven_by_the_list_its_owner_publishes()
    {
        var listed = """["https://a.example.test/cb", "https://b.example.test/cb"]""";
        await using var sector = await LoopbackSite.StartAsync(context => context.Response.WriteAsync(listed));
        var uri = sector.UrlOf("/sector.json");

        var first = await CreateAsync(uri, "https://a.example.test/cb", "https://b.example.test/cb");
        var second = await CreateAsync(uri, "https://b.example.test/cb");
        var intruder = await CreateAsync(uri, "https://evil.example.test/cb");
        var widened = await UpdateAsync(second.ClientId, client => client.RedirectUris.Add("https://evil.example.test/cb"));
        var asked = sector.Requests;
        var renamed = await UpdateAsync(second.ClientId, client => client.ClientName = "Renamed");

        Assert.That((first.Failure, second.Failure), Is.EqualTo(((Failure?)null, (Failure?)null)));
        Assert.That((intruder.Failure?.Code, intruder.Failure?.Field, widened?.Code), Is.EqualTo(("sector_mismatch", "sectorIdentifierUri", "sector_mismatch")));
        Assert.That((renamed, sector.Requests), Is.EqualTo(((Failure?)null, asked)), "what was proven is not asked again");
        using var browser = Server.NewBrowser();
        async Task<string> SeenAsync(string clientId, string redirectUri) => await SubjectAsync(browser, new TestClient(clientId, "sector-secret", redirectUri));
        Assert.That(await SeenAsync(first.ClientId, "https://a.example.test/cb"), Is.EqualTo(await SeenAsync(second.ClientId, "https://b.example.test/cb")));
    }

    [TestCase("{}")]
    [TestCase("[1]")]
    [TestCase("nonsense")]
    [TestCase("[\"\\ud800\"]")]
    public async Task A_sector_that_publishes_no_list_of_addresses_has_no_clients(string published)
    {
        await using var sector = await LoopbackSite.StartAsync(context => context.Response.WriteAsync(published));

        var client = await CreateAsync(sector.UrlOf("/sector.json"), "https://a.example.test/cb");
        var nobody = await CreateAsync("https://127.0.0.1:1/sector.json", "https://a.example.test/cb");

        Assert.That((client.Failure?.Code, nobody.Failure?.Code), Is.EqualTo(("sector_unreadable", "sector_unreadable")));
    }

    private async Task<(string ClientId, Failure? Failure)> CreateAsync(string sectorUri, params string[] redirectUris)
    {
        var id = "sector-" + Guid.NewGuid().ToString("N")[..8];
        await using var scope = Server.Services.CreateAsyncScope();
        var settings = new ClientSettings { AllowedGrantTypes = ["authorization_code"], AllowedScopes = ["openid"], RedirectUris = [.. redirectUris], SubjectType = "pairwise", SectorIdentifierUri = sectorUri };
        return (id, (await scope.ServiceProvider.GetRequiredService<CreateClient>().ExecuteAsync(id, settings, [new ChosenSecret("sector-secret", null)], CancellationToken.None)).Failure);
    }

    private async Task<Failure?> UpdateAsync(string clientId, Action<ClientSettings> change)
    {
        await using var scope = Server.Services.CreateAsyncScope();
        var client = await Server.WithDatabaseAsync(db => db.Clients.AsNoTracking().SingleAsync(c => c.ClientId == clientId));
        var settings = ClientSettings.From(client);
        change(settings);
        return (await scope.ServiceProvider.GetRequiredService<UpdateClient>().ExecuteAsync(clientId, client.Version, settings, null, CancellationToken.None)).Failure;
    }

    private async Task<string> SubjectAsync(BrowserClient browser, TestClient client) =>
        Jwt.Parse((await Server.NewRelyingParty(client).SignInAsync(browser, "openid", TestUsers.Alice)).IdToken!).Text("sub")!; // required in an ID token
}
