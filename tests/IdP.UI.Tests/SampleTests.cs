using IdP.Testing;
using NUnit.Framework;

namespace IdP.UI.Tests;

/// <summary>The main job with nothing shared: provider, app and API are three processes, and a person with a browser goes through them.</summary>
[OnDatabases, OnOneDatabase(DatabaseKind.PostgreSql)]
public sealed class SampleTests(DatabaseKind database)
{
    [Test]
    public async Task A_person_signs_in_to_the_sample_app_consents_calls_the_api_refreshes_and_signs_out()
    {
        await using var data = await MigratedDatabases.CopyAsync(database);
        await using var provider = await StartProviderAsync(data, app => $$"""
            { "clientId": "webapp", "clientName": "Demo web app", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "webapp-secret" }],
              "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true, "redirectUris": ["{{app}}/signin-oidc"], "postLogoutRedirectUris": ["{{app}}/signout-callback-oidc"],
              "allowedScopes": ["openid", "profile", "email", "api.read"], "requireConsent": true }
            """);
        await using var resource = await StartAsync("samples/Api", "Api", provider.Api, "/", new() { ["Authority"] = provider.Issuer });
        await using var web = await StartAsync("samples/WebApp", "WebApp", provider.App, "/", new() { ["Authority"] = provider.Issuer, ["ApiUrl"] = provider.Api });

        await using var visitor = await Visitor.ArriveAsync(new Uri(provider.App), hosts: [new Uri(provider.Issuer).Authority]);
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

        await page.GotoAsync(provider.Issuer + "/account");
        Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo("/signin"), "the session at the provider is over too");
    }

    [Test]
    public async Task A_person_signs_in_to_the_sample_single_page_app_calls_the_api_refreshes_reads_the_profile_and_signs_out()
    {
        await using var data = await MigratedDatabases.CopyAsync(database);
        await using var provider = await StartProviderAsync(data, app => $$"""
            { "clientId": "sample-spa", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true,
              "redirectUris": ["{{app}}/callback"], "postLogoutRedirectUris": ["{{app}}/"], "allowedCorsOrigins": ["{{app}}"], "allowedScopes": ["openid", "profile", "api.read"] }
            """);
        await using var resource = await StartAsync("samples/Api", "Api", provider.Api, "/", new() { ["Authority"] = provider.Issuer, ["SpaOrigin"] = provider.App });
        await using var spa = await StartAsync("samples/Spa", "Spa", provider.App, "/", new() { ["Authority"] = provider.Issuer, ["ApiUrl"] = provider.Api, ["ClientId"] = "sample-spa" });

        await using var visitor = await Visitor.ArriveAsync(new Uri(provider.App), hosts: [new Uri(provider.Issuer).Authority, new Uri(provider.Api).Authority]);
        var page = visitor.Page;
        await page.GotoAsync("/");
        await page.ClickAsync("#sign-in");
        await visitor.SignInAsync(TestUsers.Alice);
        await page.WaitForSelectorAsync("#signed-in:not([hidden])");
        Assert.That(await page.TextContentAsync("#user-name"), Does.Contain("Alice"));
        Assert.That(new Uri(page.Url).Query, Is.Empty, "the code does not stay in the address");

        await page.ClickAsync("#call-api");
        await page.WaitForSelectorAsync("#api-result:has-text('sample-spa')");
        var before = await page.TextContentAsync("#token-id");
        await page.ClickAsync("#refresh-tokens");
        await page.WaitForSelectorAsync($"#token-id:not(:has-text('{before}'))");
        await page.ClickAsync("#load-profile");
        await page.WaitForSelectorAsync("#api-result:has-text('Alice')");
        await page.ClickAsync("#sign-out");
        await page.WaitForSelectorAsync("#signed-out:not([hidden])");

        await page.GotoAsync(provider.Issuer + "/account");
        Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo("/signin"), "the session at the provider is over too");
    }

    private async Task<Provider> StartProviderAsync(TestDatabase data, Func<string, string> client)
    {
        string Url() => $"http://localhost:{LoopbackPort.Free()}";
        var (issuer, app, api) = (Url(), Url(), Url());
        var configuration = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"samples-{new Uri(issuer).Port}.json");
        await File.WriteAllTextAsync(configuration, TestConfiguration.With($$"""{ "apiResources": [{ "name": "urn:demo:api", "scopes": ["api.read", "api.write"] }], "clients": [{{client(app)}}] }"""));
        var process = await StartAsync("src/IdP.Server", "IdP.Server", issuer, "/health/ready", new()
        {
            ["Issuer"] = issuer, ["Database__Provider"] = database.ToString(), ["ConnectionStrings__IdP"] = data.ConnectionString,
            ["KeyProtection__Secret"] = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)), ["Configuration__File"] = configuration,
        });
        return new Provider(process, issuer, app, api, configuration);
    }

    /// <summary>The provider's process, and where it, the app and the API are.</summary>
    private sealed record Provider(ChildProcess Process, string Issuer, string App, string Api, string ConfigurationFile) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Process.DisposeAsync();
            File.Delete(ConfigurationFile);
        }
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
