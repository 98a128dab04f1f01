using System.Collections.Concurrent;
using System.Security.Cryptography;
using IdP.Data;
using IdP.PersonalData;
using IdP.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IdP.Testing;

/// <summary>The real host in this process: Kestrel on a loopback port, a real database of its own, the real pipeline.</summary>
public sealed class ServerUnderTest : IAsyncDisposable
{
    private static readonly string KeyProtectionSecret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private readonly ServerSettings settings;
    private readonly int port;
    private readonly SqlRecorder sql = new();
    private readonly ConcurrentBag<IDisposable> clients = [];
    private WebApplication? app;

    private ServerUnderTest(ServerSettings settings, TestDatabase database, int port)
    {
        this.settings = settings;
        this.port = port;
        Database = database;
        Origin = new Uri($"http://localhost:{port}");
    }

    public Uri Origin { get; }

    public TestDatabase Database { get; }

    public FlowingClock Clock { get; } = new();

    public CollectedLogs Logs { get; } = new();

    public IServiceProvider Services => app?.Services ?? throw new InvalidOperationException("The server does not run.");

    public static async Task<ServerUnderTest> StartAsync(ServerSettings settings)
    {
        // What a fixture says about keys is about those that its own server makes.
        var hasKeys = !settings.More.Keys.Any(key => key.StartsWith("Key", StringComparison.OrdinalIgnoreCase));
        var server = new ServerUnderTest(settings, await (hasKeys ? MigratedDatabases.CopyWithKeysAsync(settings.Database) : MigratedDatabases.CopyAsync(settings.Database)), LoopbackPort.Free());
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops and starts again on the same database and address, as after a deployment.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public BrowserClient NewBrowser() => Keep(new BrowserClient(Origin));

    public RelyingParty NewRelyingParty(TestClient client) => Keep(new RelyingParty(Origin, client.ClientId, client.Secret, client.RedirectUri));

    public HttpClient NewHttpClient() => Keep(TestHttp.Create(Origin));

    /// <summary>Every SQL statement that the requests sent inside cause, wherever in the server it is executed.</summary>
    public Task<SqlRecording> RecordSqlAsync(Func<Task> act) => sql.RecordAsync(act);

    /// <remarks>Personal values of decisions and audit entries that are answered are in clear, as pages show them.</remarks>
    public async Task<T> WithDatabaseAsync<T>(Func<IdpDbContext, Task<T>> act)
    {
        await using var scope = Services.CreateAsyncScope();
        var answer = await act(scope.ServiceProvider.GetRequiredService<IdpDbContext>());
        var parts = scope.ServiceProvider.GetRequiredService<OpenPersonalParts>();
        if (answer is IHoldsPersonalParts row) await parts.OneAsync(row, CancellationToken.None);
        if (answer is IReadOnlyList<IHoldsPersonalParts> rows) await parts.AllAsync(rows, CancellationToken.None);
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients) client.Dispose();
        await StopAsync();
        Clock.Dispose();
        await Database.DisposeAsync();
        File.Delete(ConfigurationFile);
    }

    /// <summary>The program in this process, for a start that is refused: no other test may write to standard error meanwhile.</summary>
    public static async Task<(int Code, string Errors)> RunCommandAsync(ServerSettings settings, TestDatabase database)
    {
        var values = Values(settings, database, LoopbackPort.Free()).Where(setting => setting.Value.Length > 0);
        var (before, errors) = (Console.Error, new StringWriter());
        Console.SetError(errors);
        try
        {
            var code = await CommandLine.RunAsync([.. values.Select(setting => $"--{setting.Key}={setting.Value}")]).WaitAsync(TimeSpan.FromMinutes(1));
            return (code, errors.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }

    /// <summary>The command line of a server: the same settings work for a separate process.</summary>
    internal static string[] Arguments(ServerSettings settings, TestDatabase database, int port) =>
        [.. Values(settings, database, port).Select(setting => $"--{setting.Key}={setting.Value}")];

    internal static Dictionary<string, string> Values(ServerSettings settings, TestDatabase database, int port)
    {
        var values = new Dictionary<string, string>
        {
            ["urls"] = $"http://localhost:{port}",
            ["contentRoot"] = AppContext.BaseDirectory,
            ["environment"] = "Testing",
            ["Issuer"] = $"http://localhost:{port}",
            ["Database:Provider"] = settings.Database.ToString(),
            ["ConnectionStrings:IdP"] = database.ConnectionString,
            ["KeyProtection:Secret"] = KeyProtectionSecret,
            ["OutboundHttp:AllowedNetworks:0"] = "127.0.0.0/8",
            ["OutboundHttp:AllowedNetworks:1"] = "::1/128",
            ["Logging:LogLevel:Default"] = settings.LogLevel.ToString(),
            ["Logging:LogLevel:OpenIddict"] = settings.LogLevel.ToString(),
        };
        foreach (var (name, value) in settings.More) values[name] = value;
        return values;
    }

    private string ConfigurationFile => Path.Combine(Path.GetTempPath(), $"idp-configuration-{Environment.ProcessId}-{port}.json");

    private async Task StartAsync()
    {
        var arguments = Arguments(settings, Database, port);
        if (settings.Configuration is { } configuration)
        {
            await File.WriteAllTextAsync(ConfigurationFile, configuration);
            arguments = [.. arguments, $"--Configuration:File={ConfigurationFile}"];
        }

        app = IdpHost.Build(arguments, Adapt);
        await IdpHost.StartAsync(app);
    }

    private void Adapt(WebApplicationBuilder builder)
    {
        builder.WebHost.UseStaticWebAssets(); // the assets of a build that is not published
        builder.Logging.ClearProviders().AddProvider(Logs);
        builder.Services.AddSingleton<TimeProvider>(Clock.Time);
        builder.Services.AddSingleton<IStartupFilter>(sql);
        builder.Services.ConfigureDbContext<IdpDbContext>(options => options.AddInterceptors(sql));
        settings.Configure?.Invoke(builder);
    }

    private async Task StopAsync()
    {
        if (app is null) return;
        await app.StopAsync();
        await app.DisposeAsync();
        app = null;
        await Database.CloseAsync();
    }

    private T Keep<T>(T client) where T : IDisposable
    {
        clients.Add(client);
        return client;
    }
}
