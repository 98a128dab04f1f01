using Fuzz;
using Microsoft.Extensions.Logging;

if (FuzzOptions.Parse(args) is not { } options)
{
    await Console.Error.WriteLineAsync(FuzzOptions.Usage);
    return 2;
}

await Console.Out.WriteLineAsync($"seed {options.Seed}, {options.Requests} requests from number {options.First}, {options.Database}");
var folder = Directory.CreateTempSubdirectory("idp-fuzz-").FullName;
var configuration = Path.Combine(folder, "configuration.json");
var socket = Path.Combine(folder, "memory");
await File.WriteAllTextAsync(configuration, TestConfiguration.With(FuzzClients.Configuration(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "clients.json")))));
try
{
    var settings = new ServerSettings(options.Database)
    {
        LogLevel = LogLevel.Information,
        More = new Dictionary<string, string>
        {
            ["Configuration:File"] = configuration,
            // All requests come from one address, and most sign-ins are wrong.
            ["Lockout:MaxFailuresPerSource"] = "1000000",
            ["Lockout:MaxFailures"] = "100",
            ["Lockout:MaxUserCodeFailures"] = "1000",
            ["Lockout:MaxUserCodeFailuresPerSource"] = "1000000",
            ["Lockout:MaxUserCodeFailuresInAll"] = "1000000",
            ["DynamicRegistration:Mode"] = "Open",
            ["DynamicRegistration:MaxPerSource"] = "100000",
            ["Passwords:MemoryKiB"] = "8192",
            ["Logging:Console:FormatterName"] = "simple",
            ["Logging:Console:FormatterOptions:SingleLine"] = "true",
            ["Passwords:Iterations"] = "1",
        },
    };
    await using var database = await MigratedDatabases.CopyAsync(options.Database);
    await using var server = await ServerProcess.StartProviderAsync(settings, database, LoopbackPort.Free(), new Dictionary<string, string>
    {
        ["DOTNET_STARTUP_HOOKS"] = typeof(FuzzOptions).Assembly.Location,
        ["BENCH_MEMORY_SOCKET"] = socket,
        // Buffers that the runtime keeps for reuse are no growth of the server, but many kinds of sizes would look like it for an hour.
        ["DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXPARTITIONCOUNT"] = "1",
        ["DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXARRAYSPERPARTITION"] = "1",
    });
    using var corpus = new Corpus(server.Origin);
    await corpus.RenewAsync();
    var (proven, failed) = await Proof.RunAsync(ProtocolTemplates.All, corpus, "localhost", server.Origin.Port, Console.Out);
    await Console.Out.WriteLineAsync($"  {proven} kinds of requests are accepted when nothing is changed{(failed == 0 ? "" : $", {failed} are not")}");
    if (failed > 0) return 1;
    await corpus.RenewAsync();
    var run = new Run(options, server, corpus, new Memory(server.Id, socket), [.. ProtocolTemplates.All, .. await PageTemplates.FindAsync(server.Origin)]);
    return await run.ExecuteAsync(Console.Out) ? 0 : 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
