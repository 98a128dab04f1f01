using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Discovery;

/// <summary>What a stranger writes into the Host header must not decide which addresses an answer names, neither his own answer nor anybody else's.</summary>
public sealed class ForeignHostTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly string[] Documents = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/connect/userinfo"];

    private static readonly string[] Hosts = ["evil.test", "evil.test:8443", "localhost:1", "localhost", "idp.internal", "127.0.0.1", "[::1]:80", "LOCALHOST.evil.test"];

    protected override ServerSettings Settings => base.Settings with
    {
        // A proxy is believed about the scheme, so that this too can be another than the issuer's.
        More = new Dictionary<string, string> { ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1" },
        Configuration = TestConfiguration.With("""{ "clients": [{ "clientId": "tv", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedScopes": ["openid"] }] }"""),
    };

    [Test]
    public async Task Every_address_in_the_metadata_is_below_the_issuer_whatever_host_was_asked([ValueSource(nameof(Documents))] string path, [ValueSource(nameof(Hosts))] string host)
    {
        ForgetDocuments();
        var foreign = await GetAsync(path, host); // the first after a change is what would be kept
        var own = await GetAsync(path, host: null);
        var again = await GetAsync(path, host);

        Assert.That(AddressesOf(foreign), Is.Not.Empty.And.All.StartsWith(Issuer));
        Assert.That((own, again), Is.EqualTo((foreign, foreign)));
    }

    [TestCaseSource(nameof(Documents))]
    public async Task Another_scheme_changes_no_address(string path)
    {
        ForgetDocuments();
        var foreign = await GetAsync(path, host: null, scheme: "https");
        var own = await GetAsync(path, host: null);

        Assert.That(AddressesOf(own), Is.Not.Empty.And.All.StartsWith(Issuer));
        Assert.That(foreign, Is.EqualTo(own));
    }

    [Test]
    public async Task What_was_asked_for_by_another_name_is_not_kept()
    {
        using var http = Server.NewHttpClient();
        (await http.GetAsync(Documents[0])).EnsureSuccessStatusCode();
        using var kept = await http.GetAsync(Documents[0]);
        using var foreign = await http.SendAsync(Asking(HttpMethod.Get, Documents[0], "evil.test"));

        Assert.That((kept.Headers.ETag is not null, foreign.Headers.ETag), Is.EqualTo((true, default(EntityTagHeaderValue))), "only a kept answer has one");
    }

    [Test]
    public async Task A_device_is_sent_to_the_page_of_the_issuer()
    {
        using var http = Server.NewHttpClient();
        using var request = Asking(HttpMethod.Post, "/connect/deviceauthorization", "evil.test");
        request.Content = new FormUrlEncodedContent([new("client_id", "tv"), new("scope", "openid")]);
        using var answer = await http.SendAsync(request);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        string? Text(string name) => document.RootElement.GetProperty(name).GetString();

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(Text("verification_uri"), Is.EqualTo(Issuer + "/device"));
        Assert.That(Text("verification_uri_complete"), Is.EqualTo(Issuer + "/device?user_code=" + Text("user_code")));
    }

    [Test]
    public async Task No_other_answer_repeats_a_foreign_host([Values("/connect/authorize", "/connect/endsession", "/connect/userinfo", "/connect/checksession", "/device", "/signin", "/account", "/", "/nothing-here")] string path)
    {
        using var http = Server.NewHttpClient();
        using var answer = await http.SendAsync(Asking(HttpMethod.Get, path, "evil.test"));

        Assert.That(answer.Headers + await answer.Content.ReadAsStringAsync(), Does.Not.Contain("evil.test"));
    }

    private void ForgetDocuments() => Server.Services.GetRequiredService<Catalog>().Invalidate();

    private string Issuer => Server.Origin.ToString().TrimEnd('/');

    private static HttpRequestMessage Asking(HttpMethod method, string path, string? host, string? scheme = null)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Host = host;
        if (scheme is not null) request.Headers.Add("X-Forwarded-Proto", scheme);
        return request;
    }

    private async Task<string> GetAsync(string path, string? host, string? scheme = null)
    {
        using var http = Server.NewHttpClient();
        using var answer = await http.SendAsync(Asking(HttpMethod.Get, path, host, scheme));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Every text in a document that is an address, however deep.</summary>
    private static List<string> AddressesOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. TextsOf(document.RootElement).Where(text => text.Contains("://", StringComparison.Ordinal) && text != AuthenticationContexts.MultiFactor)]; // that one is a name
    }

    private static IEnumerable<string> TextsOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => TextsOf(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(TextsOf),
        JsonValueKind.String => [element.GetString()!],
        _ => [],
    };
}
