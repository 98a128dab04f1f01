using System.Diagnostics;

namespace IdP.Testing;

/// <summary>A server as a process of its own, mostly a built program of this repository: it can be asked to stop or be killed, and never outlives the tests.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly ChildProcess process;

    private ServerProcess(ChildProcess process, Uri origin)
    {
        this.process = process;
        Origin = origin;
    }

    public Uri Origin { get; }

    public int Id => process.Id;

    public IReadOnlyList<string> Output => process.Output;

    /// <summary>The provider, with the settings that a server under test in this process would have.</summary>
    /// <param name="port">Given again, a second start answers at the same address.</param>
    public static Task<ServerProcess> StartProviderAsync(ServerSettings settings, TestDatabase database, int port, IReadOnlyDictionary<string, string>? environment = null) =>
        StartAsync("src/IdP.Server", new Uri($"http://localhost:{port}"), "/health/ready", environment, arguments: ServerUnderTest.Arguments(settings, database, port));

    /// <summary>Any verb of the provider's command line, settings by environment as an operator gives them; nobody waits for an answer over HTTP.</summary>
    /// <param name="environment">More variables; an empty value takes one of the harness away.</param>
    public static async Task<ChildProcess> RunProviderAsync(
        ServerSettings settings, TestDatabase database, string workingDirectory, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var values = ServerUnderTest.Values(settings, database, LoopbackPort.Free());
        values["Logging:LogLevel:Default"] = "Warning";
        var all = values.Where(value => value.Key is not ("urls" or "contentRoot" or "environment")).ToDictionary(value => value.Key.Replace(":", "__", StringComparison.Ordinal), value => value.Value);
        (all["ASPNETCORE_URLS"], all["ASPNETCORE_ENVIRONMENT"]) = (values["urls"], "Production");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            if (value.Length == 0) all.Remove(name);
            else all[name] = value;
        return await ChildProcess.StartAsync("dotnet", [Program("src/IdP.Server"), .. arguments], workingDirectory, all);
    }

    /// <summary>Any web program of the repository; the call returns when the address answers, whatever the answer is.</summary>
    /// <param name="project">The project's folder, such as <c>samples/Api</c>.</param>
    public static async Task<ServerProcess> StartAsync(
        string project, Uri origin, string ready, IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<string>? arguments = null)
    {
        var folder = Repository.PathOf(project);
        var all = new Dictionary<string, string>(environment ?? new Dictionary<string, string>());
        all.TryAdd("ASPNETCORE_URLS", origin.GetLeftPart(UriPartial.Authority));
        all.TryAdd("ASPNETCORE_ENVIRONMENT", "Production");

        return await WatchAsync(await ChildProcess.StartAsync("dotnet", [Program(project), .. arguments ?? []], folder, all), origin, ready);
    }

    /// <summary>A process that has just been started, as a server: returns when it answers, and ends it when it does not.</summary>
    internal static async Task<ServerProcess> WatchAsync(ChildProcess process, Uri origin, string ready)
    {
        var server = new ServerProcess(process, origin);
        try
        {
            await server.WaitUntilReadyAsync(new Uri(origin, ready));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGTERM, as a container runtime stops it; the exit code.</summary>
    public async Task<int> StopAsync()
    {
        process.Stop();
        return await process.WaitAsync(StopLimit);
    }

    /// <summary>SIGKILL: nothing is finished, nothing is answered. Returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitAsync(StopLimit);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private static string Program(string project) =>
        Path.Combine(Repository.PathOf(project), "bin", Repository.Configuration, "net10.0", Path.GetFileName(project) + ".dll");

    private async Task WaitUntilReadyAsync(Uri url)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var waited = Stopwatch.StartNew();
        while (!process.Exited.IsCompleted && waited.Elapsed < StartLimit)
        {
            try
            {
                using var answer = await http.GetAsync(url);
                return;
            }
            catch (Exception refused) when (refused is HttpRequestException or TaskCanceledException)
            {
                await Task.Delay(100); // it does not listen yet
            }
        }

        throw new TimeoutException($"{url} does not answer:{Environment.NewLine}{string.Join(Environment.NewLine, Output)}");
    }
}
