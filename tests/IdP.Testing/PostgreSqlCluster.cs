using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace IdP.Testing;

/// <summary>
/// A throw-away PostgreSQL cluster on loopback, one per test process: made when the first fixture asks for it, gone with the process.
/// PostgreSQL refuses to run as root, so there it runs as the user <c>postgres</c>.
/// </summary>
public sealed class PostgreSqlCluster
{
    private const string FolderPrefix = "idp-pg-";
    private const string Superuser = "idp";
    private const string SystemUser = "postgres";
    private const int Quit = 3;

    private static readonly string[] Forgetful = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB"];

    private static readonly Lazy<Task<PostgreSqlCluster>> Shared = new(() => StartAsync(Forgetful));

    private readonly string folder;
    private readonly int port;
    private readonly ChildProcess server;

    private PostgreSqlCluster(string folder, int port, ChildProcess server)
    {
        this.folder = folder;
        this.port = port;
        this.server = server;
    }

    public static Task<PostgreSqlCluster> SharedAsync() => Shared.Value;

    /// <summary>One that keeps what it has confirmed, with PostgreSQL's own defaults, for measurements; instead of the shared one, not beside it.</summary>
    public static Task<PostgreSqlCluster> StartDurableAsync(params string[] settings) => StartAsync(settings);

    /// <summary>The process whose children serve the connections.</summary>
    public int ProcessId => server.Id;

    /// <summary>Pools are kept small: every server of the run shares the cluster's 200 connections.</summary>
    public string ConnectionStringOf(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = Superuser,
        Database = database,
        MaxPoolSize = 30,
    }.ConnectionString;

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionStringOf("postgres"));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Only the harness calls this, with names it made itself.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a script of the repository statement after statement, each for itself: some cannot be in a transaction.</summary>
    /// <param name="variables">What the script names with a colon.</param>
    public async Task ExecuteFileAsync(string database, string path, IReadOnlyDictionary<string, string>? variables = null)
    {
        var assigned = variables?.SelectMany(variable => (string[])["-v", $"{variable.Key}={variable.Value}"]) ?? [];
        var psql = Path.Combine(FindBinaries(), "psql");
        await using var process = await ChildProcess.StartAsync(psql, ["-d", ConnectionUri(database), "-v", "ON_ERROR_STOP=1", .. assigned, "-q", "-f", path], "/");
        if (await process.WaitAsync(TimeSpan.FromHours(1)) != 0) throw new InvalidOperationException($"{path}:{Environment.NewLine}{string.Join(Environment.NewLine, process.Output)}");
    }

    private string ConnectionUri(string database) => FormattableString.Invariant($"postgresql://{Superuser}@127.0.0.1:{port}/{database}");

    private static async Task<PostgreSqlCluster> StartAsync(string[] more)
    {
        var binaries = FindBinaries();
        DeleteFoldersOfDeadRuns();
        var folder = Path.Combine(Path.GetTempPath(), FormattableString.Invariant($"{FolderPrefix}{Environment.ProcessId}"));
        Directory.CreateDirectory(folder);
        var user = Environment.IsPrivilegedProcess ? SystemUser : null;
        if (user is not null) await RunAsync("chown", [user, folder], "/", user: null);

        await RunAsync(Path.Combine(binaries, "initdb"),
            ["-D", folder, "-U", Superuser, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"], folder, user);
        var port = LoopbackPort.Free();
        string[] settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", FormattableString.Invariant($"port={port}"), .. more];
        var server = await ChildProcess.StartAsync(
            Path.Combine(binaries, "postgres"), ["-D", folder, .. settings.SelectMany(setting => (string[])["-c", setting])], folder, deathSignal: "QUIT", user: user);

        var cluster = new PostgreSqlCluster(folder, port, server);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster.Stop();
        await cluster.WaitUntilReadyAsync();
        return cluster;
    }

    private static string FindBinaries()
    {
        const string root = "/usr/lib/postgresql";
        var folders = Directory.Exists(root) ? Directory.GetDirectories(root) : [];
        return folders
            .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Select(folder => Path.Combine(folder, "bin"))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")))
            ?? throw new InvalidOperationException($"No PostgreSQL server binaries under {root}/*/bin. Install them: apt-get install postgresql-15 (or run ./test.sh as root).");
    }

    /// <summary>A run that was killed cannot delete its folder; the folder's name says whose it is.</summary>
    private static void DeleteFoldersOfDeadRuns()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), FolderPrefix + "*").Where(folder => !Directory.Exists("/proc/" + Path.GetFileName(folder)[FolderPrefix.Length..])))
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Another run that starts just now is deleting the same folder.
            }
    }

    private static async Task RunAsync(string fileName, string[] arguments, string workingDirectory, string? user)
    {
        await using var process = await ChildProcess.StartAsync(fileName, arguments, workingDirectory, user: user);
        var exitCode = await process.WaitAsync(TimeSpan.FromMinutes(1));
        if (exitCode != 0)
            throw new InvalidOperationException($"{fileName} ended with {exitCode}:{Environment.NewLine}{string.Join(Environment.NewLine, process.Output)}");
    }

    private async Task WaitUntilReadyAsync()
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return;
            }
            catch (NpgsqlException) when (!server.Exited.IsCompleted && waited.Elapsed < TimeSpan.FromSeconds(30))
            {
                await Task.Delay(50);
            }
            catch (NpgsqlException refused)
            {
                throw new InvalidOperationException("PostgreSQL did not start:" + Environment.NewLine + string.Join(Environment.NewLine, server.Output), refused);
            }
        }
    }

    private void Stop()
    {
        server.Signal(Quit); // immediate shutdown: nothing in it is worth keeping
        if (server.Exited.Wait(TimeSpan.FromSeconds(10))) Directory.Delete(folder, recursive: true);
    }
}
