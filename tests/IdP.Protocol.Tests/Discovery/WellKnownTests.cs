using System.Net;
using System.Text.Json;
using IdP.Protocol.Clients;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Discovery;

/// <summary>The well-known addresses: RFC 8414, OpenID Connect Discovery 1.0, and RFC 9728 for our own APIs.</summary>
public sealed class WellKnownTests(DatabaseKind database) : ServerTest(database)
{
    private string Issuer => Server.Origin.ToString().TrimEnd('/');

    [TestCase("/.well-known/openid-configuration")]
    [TestCase("/.well-known/oauth-authorization-server")]
    [TestCase("/.well-known/openid-configuration/jwks")]
    [TestCase("/.well-known/oauth-protected-resource")]
    [TestCase("/.well-known/oauth-protected-resource/connect/userinfo")]
    public async Task Metadata_is_public_may_be_kept_for_a_while_and_is_read_only(string path)
    {
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Origin", "https://anywhere.test" } } };

        using var answer = await http.SendAsync(request);
        using var post = await http.PostAsync(path, new FormUrlEncodedContent([]));
        using var delete = await http.DeleteAsync(path);

        Assert.That((answer.StatusCode, answer.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, "application/json")));
        Assert.That((answer.Headers.CacheControl?.Public, answer.Headers.CacheControl?.MaxAge), Is.EqualTo((true, TimeSpan.FromMinutes(5))));
        Assert.That(answer.Headers.GetValues("Access-Control-Allow-Origin"), Is.EqualTo(new[] { "*" }));
        Assert.That(post.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(delete.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
    }

    /// <summary>A shared cache keeps one answer for programs and for pages of every origin.</summary>
    [TestCase("/.well-known/openid-configuration")]
    [TestCase("/.well-known/oauth-authorization-server")]
    [TestCase("/.well-known/openid-configuration/jwks")]
    [TestCase("/.well-known/oauth-protected-resource")]
    [TestCase("/.well-known/oauth-protected-resource/connect/userinfo")]
    public async Task Who_asks_changes_nothing_about_who_may_read_the_metadata(string path)
    {
        Server.Services.GetRequiredService<Catalog>().Invalidate();
        using var http = Server.NewHttpClient();
        using var made = await http.GetAsync(path);
        using var kept = await http.GetAsync(path);
        using var unchanged = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "If-None-Match", "*" } } });
        using var foreign = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Origin", "https://anywhere.test" } } });
        using var elsewhere = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = "other.test" } });

        foreach (var answer in new[] { made, kept, unchanged, foreign, elsewhere })
        {
            Assert.That(answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed) ? allowed : [], Is.EqualTo(new[] { "*" }));
            Assert.That((answer.Headers.Vary.Contains("Origin"), answer.Headers.Contains("Access-Control-Allow-Credentials")), Is.EqualTo((false, false)));
        }
    }

    [Test]
    public async Task What_an_origin_may_do_at_the_token_endpoint_depends_on_it_and_the_answer_says_so()
    {
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Headers = { { "Origin", "https://spa.example.test" } }, Content = new FormUrlEncodedContent([]) };
        using var answer = await http.SendAsync(request);

        Assert.That((answer.Headers.Vary.Contains("Origin"), answer.Headers.GetValues("Access-Control-Allow-Origin").Single()), Is.EqualTo((true, "https://spa.example.test")));
    }

    [TestCase("/.well-known/oauth-authorization-server/nonsense")]
    [TestCase("/.well-known/oauth-protected-resource/nonsense")]
    [TestCase("/.well-known/oauth-protected-resource/connect/token")]
    [TestCase("/.well-known/openid-configuration/nonsense")]
    public async Task A_path_of_nothing_is_not_found(string path)
    {
        using var http = Server.NewHttpClient();

        using var answer = await http.GetAsync(path);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task The_challenge_of_the_userinfo_endpoint_leads_to_its_metadata_and_from_there_to_the_provider()
    {
        using var http = Server.NewHttpClient();
        using var refused = await http.GetAsync("/connect/userinfo");
        using var wrong = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/connect/userinfo") { Headers = { Authorization = new("Bearer", "nonsense") } });

        var challenges = new[] { refused, wrong }.Select(r => r.Headers.WwwAuthenticate.ToString()).ToList();
        var address = $"{Issuer}/.well-known/oauth-protected-resource/connect/userinfo";
        using var document = JsonDocument.Parse(await http.GetStringAsync(address));
        var metadata = document.RootElement;

        Assert.That(challenges, Has.All.StartsWith("Bearer ").And.All.Contains($"resource_metadata=\"{address}\""));
        Assert.That(challenges[0], Does.Not.Contain("error"));
        Assert.That(metadata.GetProperty("resource").GetString(), Is.EqualTo(Issuer + "/connect/userinfo"));
        Assert.That(metadata.GetProperty("authorization_servers")[0].GetString(), Is.EqualTo(Issuer));
        Assert.That(metadata.GetProperty("scopes_supported")[0].GetString(), Is.EqualTo("openid"));
        Assert.That(metadata.GetProperty("bearer_methods_supported").EnumerateArray().Select(m => m.GetString()), Is.EqualTo(new[] { "header", "body" }));
        using var provider = JsonDocument.Parse(await http.GetStringAsync("/.well-known/oauth-authorization-server"));
        Assert.That(provider.RootElement.GetProperty("protected_resources")[0].GetString(), Is.EqualTo(Issuer + "/connect/userinfo"));
    }

    [Test]
    public async Task The_metadata_names_what_this_issue_of_the_provider_takes()
    {
        using var http = Server.NewHttpClient();
        using var document = JsonDocument.Parse(await http.GetStringAsync("/.well-known/openid-configuration"));
        string[] List(string name) => [.. document.RootElement.GetProperty(name).EnumerateArray().Select(v => v.GetString()!)];

        Assert.That(document.RootElement.GetProperty("pushed_authorization_request_endpoint").GetString(), Is.EqualTo(Issuer + "/connect/par"));
        Assert.That(document.RootElement.GetProperty("require_pushed_authorization_requests").GetBoolean(), Is.False);
        Assert.That(List("prompt_values_supported"), Is.EquivalentTo(new[] { "none", "login", "consent", "select_account" }));
        Assert.That(List("acr_values_supported"), Is.EqualTo(new[] { "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", "http://schemas.openid.net/pape/policies/2007/06/multi-factor", "phr" }));
        Assert.That(List("display_values_supported"), Is.EquivalentTo(new[] { "page", "popup", "touch", "wap" }));
        Assert.That(List("introspection_signing_alg_values_supported"), Does.Contain("RS256").And.Not.Contain("HS256"));
    }
}

/// <summary>An issuer below a path, as behind a proxy that shares its host.</summary>
[TestFixtureSource(typeof(Databases), nameof(Databases.All))]
public sealed class IssuerPathTests(DatabaseKind database)
{
    [Test]
    public async Task The_well_known_part_stands_between_host_and_path()
    {
        await using var server = await ServerUnderTest.StartAsync(new ServerSettings(database) { More = new Dictionary<string, string> { ["Issuer"] = "http://localhost:5999/login" } });
        using var http = server.NewHttpClient();

        using var document = JsonDocument.Parse(await http.GetStringAsync("/.well-known/oauth-authorization-server/login"));
        using var resource = JsonDocument.Parse(await http.GetStringAsync("/.well-known/oauth-protected-resource/login/connect/userinfo"));
        using var other = await http.GetAsync("/.well-known/oauth-authorization-server/other");

        Assert.That(document.RootElement.GetProperty("issuer").GetString(), Is.EqualTo("http://localhost:5999/login"));
        Assert.That(document.RootElement.EnumerateObject().Where(member => member.Name.EndsWith("_endpoint", StringComparison.Ordinal)).Select(member => member.Value.GetString()), Is.Not.Empty.And.All.StartsWith("http://localhost:5999/login/connect/"));
        Assert.That(document.RootElement.GetProperty("jwks_uri").GetString(), Is.EqualTo("http://localhost:5999/login/.well-known/openid-configuration/jwks"));
        Assert.That(resource.RootElement.GetProperty("resource").GetString(), Is.EqualTo("http://localhost:5999/login/connect/userinfo"));
        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }
}
