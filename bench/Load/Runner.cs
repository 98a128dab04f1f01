using System.Diagnostics;

namespace Load;

/// <summary>Runs the cells round by round, so that a slow minute of the machine meets every subject and not one.</summary>
internal sealed class Runner(LoadOptions options, IReadOnlyList<Subject> subjects, PostgreSqlCluster? cluster, SqlCounter? counter)
{
    private const int CountedUnits = 40;
    private const int SettledWindows = 3;
    private const double Noise = 0.03;
    private static readonly TimeSpan WarmUpWindow = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LaterWarmUp = TimeSpan.FromSeconds(0.5);

    private readonly List<Measurement> measurements = [];
    private readonly Dictionary<(string, string), double> statements = [];

    public IReadOnlyList<Measurement> Measurements => measurements;

    public async Task<IReadOnlyList<Cell>> RunAsync()
    {
        var scenarios = Scenario.All.Where(scenario => options.Scenarios.Count == 0 || options.Scenarios.Contains(scenario.Name)).ToList();
        var cells = scenarios.SelectMany(_ => subjects, (scenario, subject) => (scenario, subject)).Where(cell => cell.subject.Scenarios.Contains(cell.scenario.Name)).ToList();
        foreach (var subject in subjects) subject.IdleMB = Usage.ResidentMB(subject.Process.Id);
        for (var round = 1; round <= options.Rounds; round++)
            foreach (var (scenario, subject) in cells)
            {
                await MeasureAsync(scenario, subject, round);
                if (round == options.Rounds) await CountAsync(scenario, subject);
            }
        return [.. measurements.GroupBy(m => (m.Scenario, m.Subject)).Select(cell => Cell.Median([.. cell], statements.TryGetValue(cell.Key, out var count) ? count : null))];
    }

    private async Task MeasureAsync(Scenario scenario, Subject subject, int round)
    {
        Usage Read() => Usage.Of(subject.Process.Id, subject.Database is null ? null : cluster?.ProcessId);

        var scripts = await scenario.PrepareAsync(subject, scenario.ConnectionsOf(options));
        var clients = scripts.Select(script => new Client(subject.Origin, script)).ToList();
        try
        {
            if (round == 1 && options.WarmUp > 0)
            {
                await WarmUpAsync(clients, subject.Process.Id, Read);
            }
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        scripts = await scenario.PrepareAsync(subject, scenario.ConnectionsOf(options));
        clients = [.. scripts.Select(script => new Client(subject.Origin, script))];
        try
        {
            var window = LoadLoop.Run(clients, LaterWarmUp, TimeSpan.FromSeconds(options.Seconds), Read);
            var units = window.Latencies.Length;
            var measured = new Measurement(scenario.Name, subject.Name, round, window.PerSecond, window.Percentile(0.5), window.Percentile(0.95), window.Percentile(0.99),
                window.Usage.Server / units, window.Usage.Database / units, Usage.ResidentMB(subject.Process.Id));
            measurements.Add(measured);
            await Console.Error.WriteLineAsync(FormattableString.Invariant($"round {round}  {scenario.Name,-18}{subject.Name,-24}{measured.PerSecond,9:0.0} per s  {measured.CpuMs,8:0.000} ms CPU"));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    /// <summary>
    /// Load until a unit costs no less than before and the runtime compiles next to nothing any more: it compiles hot paths in steps, for up to a minute, while they run,
    /// and that is no cost of a request.
    /// </summary>
    private async Task WarmUpAsync(List<Client> clients, int server, Func<Usage> read)
    {
        var limit = TimeSpan.FromSeconds(options.WarmUp);
        var best = double.MaxValue;
        var (began, settled) = (Stopwatch.GetTimestamp(), 0);
        while (settled < SettledWindows && Stopwatch.GetElapsedTime(began) < limit)
        {
            var compiledBefore = Usage.CompilationMs(server);
            var window = LoadLoop.Run(clients, TimeSpan.Zero, WarmUpWindow, read);
            var compiledAfter = Usage.CompilationMs(server);
            var compilation = compiledAfter < compiledBefore ? compiledAfter : compiledAfter - compiledBefore; // the thread ends when it has nothing to do, and begins anew
            var cost = window.Usage.Server / Math.Max(1, window.Latencies.Length);
            settled = cost < best * (1 - Noise) || compilation > window.Usage.Server * Noise ? 0 : settled + 1;
            best = Math.Min(best, cost);
            await Task.Delay(150); // the runtime compiles the next step once nothing new has been called for 100 ms
        }
    }

    private async Task CountAsync(Scenario scenario, Subject subject)
    {
        if (counter is null || subject.Database is not { } database) return;
        var units = scenario.IsHeavy ? CountedUnits / 4 : CountedUnits;
        using var client = new Client(subject.Origin, (await scenario.PrepareAsync(subject, 1))[0]);
        LoadLoop.Run(client, 1);
        statements[(scenario.Name, subject.Name)] = (double)await counter.CountAsync(database, () => LoadLoop.Run(client, units)) / units;
    }
}
