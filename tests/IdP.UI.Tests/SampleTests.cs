using IdP.Testing;
using NUnit.Framework;

namespace IdP.UI.Tests;

/// <summary>The main job with nothing shared: provider, app and API are three processes, and a person with a browser goes through them.</summary>
[TestFixtureSource(typeof(Databases), nameof(Databases.All))]
public sealed class SampleTests(DatabaseKind database)
{
    [Test]
    public async Task A_person_signs_in_to_the_sample_app_consents_calls_the_api_refreshes_and_signs_out()
    {
        await using var data = await MigratedDatabases.CopyAsync(database);
        var (idp, app, api) = (LoopbackPort.Free(), LoopbackPort.Free(), LoopbackPort.Free());
        string Url(int port) => $"http://localhost:{port}";
        var configuration = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"samples-{idp}.json");
        await File.WriteAllTextAsync(configuration, TestConfiguration.With($$"""
            { "apiResources": [{ "name": "urn:demo:api", "scopes": ["api.read", "api.write"] }],
              "clients": [{ "clientId": "webapp", "clientName": "Demo web app", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "webapp-secret" }],
                "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true, "redirectUris": ["{{Url(app)}}/signin-oidc"], "postLogoutRedirectUris": ["{{Url(app)}}/signout-callback-oidc"],
                "allowedScopes": ["openid", "profile", "email", "api.read"], "requireConsent": true }] }
            """));
        await using var provider = await StartAsync("src/IdP.Server", "IdP.Server", Url(idp), "/health/ready", new()
        {
            ["Issuer"] = Url(idp), ["Database__Provider"] = database.ToString(), ["ConnectionStrings__IdP"] = data.ConnectionString,
            ["KeyProtection__Secret"] = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)), ["Configuration__File"] = configuration,
        });
        await using var resource = await StartAsync("samples/Api", "Api", Url(api), "/", new() { ["Authority"] = Url(idp) });
        await using var web = await StartAsync("samples/WebApp", "WebApp", Url(app), "/", new() { ["Authority"] = Url(idp), ["ApiUrl"] = Url(api) });

        await using var visitor = await Visitor.ArriveAsync(new Uri(Url(app)), hosts: [$"localhost:{idp}"]);
        var page = visitor.Page;
        await page.GotoAsync("/");
        await page.ClickAsync("#sign-in");
        await visitor.SignInAsync(TestUsers.Alice);
        await page.ClickAsync("button[value=allow]");
        Assert.That(await page.TextContentAsync("#user-name"), Does.Contain("Alice"));

        await page.ClickAsync("#call-api");
        Assert.That(await page.TextContentAsync("#api-result"), Does.Contain("webapp"));
        var before = await page.TextContentAsync("#token-id");
        await page.ClickAsync("#refresh-tokens");
        Assert.That(await page.TextContentAsync("#token-id"), Is.Not.EqualTo(before));
        await page.ClickAsync("#sign-out");
        await page.WaitForSelectorAsync("#sign-in");

        await page.GotoAsync(Url(idp) + "/account");
        Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo("/signin"), "the session at the provider is over too");
        File.Delete(configuration);
    }

    /// <summary>Starts a built program and waits until it answers.</summary>
    private static async Task<ChildProcess> StartAsync(string folder, string name, string url, string ready, Dictionary<string, string> environment)
    {
        environment["ASPNETCORE_URLS"] = url;
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        var bin = Repository.PathOf(folder, "bin", Repository.Configuration, "net10.0");
        var process = await ChildProcess.StartAsync("dotnet", [Path.Combine(bin, name + ".dll"), "--contentRoot", Repository.PathOf(folder)], Repository.PathOf(folder), environment);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var attempt = 0; attempt < 150; attempt++)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(url + ready));
                return process;
            }
            catch (HttpRequestException) when (!process.Exited.IsCompleted)
            {
                await Task.Delay(200); // it does not listen yet
            }
        }
        throw new TimeoutException($"{name} does not answer: {string.Join(Environment.NewLine, process.Output)}");
    }
}
