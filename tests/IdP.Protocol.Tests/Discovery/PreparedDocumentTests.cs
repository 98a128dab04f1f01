using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using IdP.Protocol.Clients;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Discovery;

/// <summary>The metadata and the keys, kept as bytes between changes.</summary>
public sealed class PreparedDocumentTests(DatabaseKind database) : ServerTest(database)
{
    private const string Configuration = "/.well-known/openid-configuration";

    [TestCase(Configuration)]
    [TestCase("/.well-known/oauth-authorization-server")]
    [TestCase(Configuration + "/jwks")]
    public async Task An_app_that_asks_again_is_told_that_nothing_changed(string path)
    {
        using var http = Server.NewHttpClient();
        using var first = await http.GetAsync(path);
        using var second = await http.GetAsync(path);
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var third = await http.SendAsync(request);

        Assert.Multiple(async () =>
        {
            Assert.That(first.Headers.ETag, Is.Not.Null);
            Assert.That(second.Headers.ETag, Is.EqualTo(first.Headers.ETag));
            Assert.That(await second.Content.ReadAsStringAsync(), Is.EqualTo(await first.Content.ReadAsStringAsync()));
            Assert.That((second.Content.Headers.ContentType?.MediaType, second.Headers.CacheControl?.MaxAge, second.Headers.CacheControl?.Public), Is.EqualTo(("application/json", TimeSpan.FromMinutes(5), true)));
            Assert.That((third.StatusCode, (await third.Content.ReadAsByteArrayAsync()).Length), Is.EqualTo((HttpStatusCode.NotModified, 0)));
            foreach (var answer in new[] { first, second, third })
                Assert.That(answer.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }), "the headers of every answer");
        });
    }

    [TestCase("\"another\"", HttpStatusCode.OK)]
    [TestCase("*", HttpStatusCode.NotModified)]
    [TestCase("W/nonsense", HttpStatusCode.OK)]
    public async Task Other_tags_mean_what_the_specification_says(string tag, HttpStatusCode expected)
    {
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, Configuration);
        request.Headers.TryAddWithoutValidation("If-None-Match", tag);

        Assert.That((await http.SendAsync(request)).StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task A_change_on_this_node_is_in_the_next_answer()
    {
        using var http = Server.NewHttpClient();
        async Task<List<string?>> ScopesAsync()
        {
            using var document = JsonDocument.Parse(await http.GetStringAsync(Configuration));
            return [.. document.RootElement.GetProperty("scopes_supported").EnumerateArray().Select(scope => scope.GetString())];
        }
        var before = await ScopesAsync();

        await Server.WithDatabaseAsync(async db =>
        {
            db.Add(new ApiScope { Name = "added.later" });
            return await db.SaveChangesAsync();
        });

        Assert.That(before, Has.None.EqualTo("added.later"));
        Assert.That(await ScopesAsync(), Has.One.EqualTo("added.later"));
    }

    [Test]
    public async Task A_key_that_a_client_needs_from_now_on_is_published_at_once()
    {
        using var http = Server.NewHttpClient();
        var before = await http.GetStringAsync(Configuration + "/jwks");

        await Server.WithDatabaseAsync(async db =>
        {
            db.Add(new Client { ClientId = "wants-es384", TokenEndpointAuthMethod = ClientAuthenticationMethods.None, IdTokenSignedResponseAlg = SigningAlgorithms.ES384, AllowedGrantTypes = [GrantTypes.AuthorizationCode] });
            return await db.SaveChangesAsync();
        });

        Assert.That(before, Does.Not.Contain("ES384"));
        Assert.That(await http.GetStringAsync(Configuration + "/jwks"), Does.Contain("ES384"));
    }

    [Test]
    public async Task A_page_of_another_site_may_read_the_kept_answer_too_and_other_methods_are_refused_as_before()
    {
        using var http = Server.NewHttpClient();
        (await http.GetAsync(Configuration)).EnsureSuccessStatusCode();
        using var request = new HttpRequestMessage(HttpMethod.Get, Configuration) { Headers = { { "Origin", "https://anywhere.test" } } };
        using var foreign = await http.SendAsync(request);
        using var posted = await http.PostAsync(Configuration, new StringContent("", new MediaTypeHeaderValue("application/x-www-form-urlencoded")));

        Assert.That(foreign.Headers.GetValues("Access-Control-Allow-Origin"), Is.EqualTo(new[] { "*" }));
        Assert.That(posted.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
    }

    [Test]
    public async Task Keeping_the_answers_asks_the_database_nothing()
    {
        Server.Services.GetRequiredService<Catalog>().Invalidate(); // or what the document is made from may become too old in between
        using var http = Server.NewHttpClient();
        (await http.GetAsync(Configuration)).EnsureSuccessStatusCode();

        var sql = await Server.RecordSqlAsync(async () => (await Server.NewHttpClient().GetAsync(Configuration)).EnsureSuccessStatusCode());

        Assert.That(sql.Statements, Is.Empty, sql.ToString());
    }
}

/// <summary>Where nobody tells a node of changes, everything it remembers counts for five seconds, and one memory made from another no longer than that.</summary>
public sealed class PreparedDocumentAgeTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with { More = new Dictionary<string, string> { ["Database:Listen"] = "false" } };

    [Test]
    public async Task A_document_is_no_fresher_than_what_it_was_made_from()
    {
        using var http = Server.NewHttpClient();
        Server.Services.GetRequiredService<Catalog>().Invalidate();
        (await Server.NewRelyingParty(TestClients.Machine).ClientCredentialsAsync("api.read")).Expected(); // reads the scopes
        Server.Clock.Advance(TimeSpan.FromSeconds(4));
        var made = await http.GetStringAsync("/.well-known/openid-configuration");

        await Server.WithDatabaseAsync(db => db.Set<ApiScope>().Where(s => s.Name == "api.write").ExecuteUpdateAsync(s => s.SetProperty(x => x.ShowInDiscoveryDocument, false))); // as another node does it
        Server.Clock.Advance(TimeSpan.FromSeconds(1.5));

        Assert.That(made, Does.Contain("api.write"));
        Assert.That(await http.GetStringAsync("/.well-known/openid-configuration"), Does.Not.Contain("api.write"));
    }
}
