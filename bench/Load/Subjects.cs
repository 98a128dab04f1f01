using System.Diagnostics;
using System.Security.Cryptography;

namespace Load;

/// <summary>Starts what is measured, each alone on the server's processor and as its makers mean it to run in production.</summary>
internal sealed class Subjects(LoadOptions options, string folder, PostgreSqlCluster? cluster)
{
    public static readonly IReadOnlyList<string> Names = ["provider", "oidc-provider", "sample", "bare", Large];

    /// <summary>This provider on a database of a size that only the largest have.</summary>
    public const string Large = "large";

    private static readonly string[] Everything = [.. Scenario.All.Select(scenario => scenario.Name)];

    /// <param name="more">Settings beside the usual ones.</param>
    /// <param name="isExpired">Whether all tokens of the large database are over.</param>
    public async Task<Subject> StartProviderAsync(DatabaseKind kind, bool large = false, IReadOnlyDictionary<string, string>? more = null, bool isExpired = false)
    {
        var port = LoopbackPort.Free();
        var configuration = Path.Combine(folder, "configuration.json");
        await File.WriteAllTextAsync(configuration, BenchClients.Configuration(options.Users, options.Policies));
        var name = large ? Large : kind is DatabaseKind.PostgreSql ? "provider, PostgreSQL" : "provider, SQLite";
        var database = kind is DatabaseKind.PostgreSql ? await CreateDatabaseAsync(large ? "large" : "provider") : null;
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = $"http://localhost:{port}",
            ["Issuer"] = $"http://localhost:{port}",
            ["Database__Provider"] = kind.ToString(),
            ["ConnectionStrings__IdP"] = database is null ? $"Data Source={Path.Combine(folder, "provider.db")}" : ConnectionString(database),
            ["KeyProtection__Secret"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        };
        var program = Dotnet("server", "IdP.Server");
        // Schema and people come first: the server that is measured starts on a database that is there, as after any deployment.
        await RunAsync([.. program, "migrate"], environment);
        await RunAsync([.. program, "apply", configuration], environment);
        if (database is not null) await FillAsync(database, large, isExpired);
        foreach (var (key, value) in more ?? new Dictionary<string, string>()) environment[key] = value;
        return await StartAsync(name, program, port, database, Everything, environment);
    }

    private async Task FillAsync(string database, bool large, bool isExpired)
    {
        var began = Stopwatch.GetTimestamp();
        await cluster!.ExecuteFileAsync(database, Repository.PathOf("bench", "Load", large ? "Fill.sql" : "Settle.sql"), new Dictionary<string, string> // it has a database
        {
            ["people"] = FormattableString.Invariant($"{options.People}"),
            ["made"] = FormattableString.Invariant($"{options.People - options.Users}"),
            ["over"] = isExpired ? FormattableString.Invariant($"{3 * 86_400 + options.People * 2L} seconds") : "0 seconds",
        });
        if (large) await Console.Error.WriteLineAsync(FormattableString.Invariant($"{options.People} people and {options.People * 10L} tokens in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s"));
    }

    public async Task<Subject> StartOidcProviderAsync()
    {
        var port = LoopbackPort.Free();
        string[] has = ["discovery", "jwks", "cc-rs256", "cc-es256", "cc-reference", "introspection", "userinfo", "refresh", "sso", "sso-authorize"];
        var subject = await StartAsync("oidc-provider", ["node", Repository.PathOf("bench", "peers", "oidc-provider", "provider.mjs")], port, null, has, new()
        {
            ["NODE_ENV"] = "production",
            ["PORT"] = FormattableString.Invariant($"{port}"),
            ["USERS"] = FormattableString.Invariant($"{options.Users}"),
            ["PASSWORD"] = BenchClients.Password,
        });
        return subject with { Introspecting = BenchClients.ServiceReference };
    }

    public async Task<Subject> StartSampleAsync()
    {
        var port = LoopbackPort.Free();
        string[] has = ["discovery", "jwks", "cc-rs256", "introspection-jwt", "userinfo", "refresh", "sign-in", "sso", "sso-authorize"];
        return await StartAsync("sample", Dotnet("sample", "OpenIddictSample"), port, await CreateDatabaseAsync("sample"), has, new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = $"http://localhost:{port}",
            ["ConnectionStrings__Sample"] = ConnectionString("sample"),
            ["Users"] = FormattableString.Invariant($"{options.Users}"),
            ["Password"] = BenchClients.Password,
        });
    }

    /// <param name="like">The provider whose discovery and key documents are answered byte by byte.</param>
    public async Task<Subject> StartBareAsync(Subject like)
    {
        var port = LoopbackPort.Free();
        using var http = new HttpClient { BaseAddress = like.Origin };
        var (discovery, keySet) = (Path.Combine(folder, "discovery.json"), Path.Combine(folder, "jwks.json"));
        await File.WriteAllBytesAsync(discovery, await http.GetByteArrayAsync("/.well-known/openid-configuration"));
        await File.WriteAllBytesAsync(keySet, await http.GetByteArrayAsync("/.well-known/openid-configuration/jwks"));
        return await StartAsync("bare", Dotnet("bare", "Bare"), port, null, ["discovery", "jwks", "cc-rs256"], new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = $"http://localhost:{port}",
            ["Discovery"] = discovery,
            ["KeySet"] = keySet,
        });
    }

    /// <summary>The program of a folder that bench.sh published, or what a plain build left.</summary>
    internal static string[] Program(LoadOptions options, string folder, string name, string project) =>
        ["dotnet", options.Published is { } published ? Path.Combine(published, folder, name + ".dll") : Repository.PathOf(project, "bin", Repository.Configuration, "net10.0", name + ".dll")];

    private string[] Dotnet(string folder, string name) => Program(options, folder, name, name is "IdP.Server" ? "src/IdP.Server" : "bench/peers/" + name);

    private async Task<string> CreateDatabaseAsync(string name)
    {
        await cluster!.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0 LOCALE 'C.UTF-8'"); // as installations have it: "C" alone would flatter searches. // started whenever a subject needs it
        return name;
    }

    private string ConnectionString(string database) => cluster!.ConnectionStringOf(database); // as above

    private static async Task RunAsync(string[] command, Dictionary<string, string> environment)
    {
        await using var process = await ChildProcess.StartAsync(command[0], command[1..], Path.GetDirectoryName(command[1])!, environment); // a file of the repository
        if (await process.WaitAsync(TimeSpan.FromMinutes(10)) != 0) throw new InvalidOperationException($"{string.Join(' ', command[1..])}:{Environment.NewLine}{string.Join(Environment.NewLine, process.Output)}");
    }

    private async Task<Subject> StartAsync(string name, string[] program, int port, string? database, IReadOnlyList<string> scenarios, Dictionary<string, string> environment)
    {
        // Its log goes to a file as a service manager would take it: nobody reads along.
        var log = Path.Combine(folder, name.Replace(", ", "-", StringComparison.Ordinal) + ".log");
        environment["BENCH_LOG"] = log;
        var directory = Path.GetDirectoryName(program[1])!; // a file of the repository
        var process = await ChildProcess.StartAsync("sh", ["-c", "exec taskset -c \"$0\" \"$@\" >\"$BENCH_LOG\" 2>&1", FormattableString.Invariant($"{options.ServerCore}"), .. program], directory, environment);
        var subject = new Subject(name, process, new Uri($"http://localhost:{port}"), options.Users, database, scenarios);
        using var http = new HttpClient { BaseAddress = subject.Origin, Timeout = TimeSpan.FromSeconds(5) };
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            if (process.Exited.IsCompleted || waited.Elapsed > TimeSpan.FromMinutes(3)) throw new InvalidOperationException($"{name} does not answer:{Environment.NewLine}{await File.ReadAllTextAsync(log)}");
            try
            {
                using var answer = await http.GetAsync("/.well-known/openid-configuration");
                if (answer.IsSuccessStatusCode) return subject;
            }
            catch (Exception refused) when (refused is HttpRequestException or TaskCanceledException)
            {
                // It does not listen yet.
            }
        }
    }
}
