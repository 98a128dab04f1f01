using System.Net;
using System.Text.Json;

namespace IdP.Protocol.Tests.Par;

/// <summary>The operator decides whether requests can be pushed, and whether they must be.</summary>
[TestFixtureSource(typeof(Databases), nameof(Databases.All))]
public sealed class PushedAuthorizationSwitchTests(DatabaseKind database)
{
    [Test]
    public async Task Switched_off_there_is_no_endpoint_no_word_of_it_and_no_use_for_older_references()
    {
        var settings = new ServerSettings(database);
        await using var server = await ServerUnderTest.StartAsync(settings with { More = new Dictionary<string, string> { ["PushedAuthorization:Enabled"] = "false" } });
        using var browser = server.NewBrowser();
        var web = server.NewRelyingParty(TestClients.Web);

        var push = (await web.PushAsync("openid")).Answer;
        var visit = await browser.GetAsync("/connect/authorize?client_id=web&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

        Assert.That(push.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(visit.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await MetadataAsync(server)).TryGetProperty("pushed_authorization_request_endpoint", out _), Is.False);
        Assert.That((await web.SignInAsync(browser, "openid", TestUsers.Alice)).IdToken, Is.Not.Null);
    }

    [Test]
    public async Task Required_for_all_a_plain_request_is_refused_and_the_metadata_says_so()
    {
        var settings = new ServerSettings(database);
        await using var server = await ServerUnderTest.StartAsync(settings with { More = new Dictionary<string, string> { ["PushedAuthorization:Required"] = "true", ["PushedAuthorization:Lifetime"] = "30" } });
        using var browser = server.NewBrowser();
        var web = server.NewRelyingParty(TestClients.Web);

        var plain = await browser.GetAsync(web.NewRequest("openid").Url);
        var pushed = await web.PushAsync("openid");

        Assert.That(plain.LocationParameters["error"], Is.EqualTo("invalid_request"));
        Assert.That(pushed.Answer.Text("expires_in"), Is.EqualTo("30"));
        Assert.That((await web.AuthorizeAsync(browser, pushed.Request, TestUsers.Alice)).Code, Is.Not.Empty);
        Assert.That((await MetadataAsync(server)).GetProperty("require_pushed_authorization_requests").GetBoolean(), Is.True);
    }

    private static async Task<JsonElement> MetadataAsync(ServerUnderTest server)
    {
        using var http = server.NewHttpClient();
        using var document = JsonDocument.Parse(await http.GetStringAsync("/.well-known/openid-configuration"));
        return document.RootElement.Clone();
    }
}
