using System.Diagnostics;

namespace Load;

/// <summary>A steady mixed load for minutes, and what of the server and its database has grown by then.</summary>
/// <param name="Tables">Rows of each table at the beginning and at the end.</param>
internal sealed record Soak(string Subject, int Minutes, double SecondsEach, IReadOnlyList<Series> Figures, IReadOnlyList<(string Table, long Before, long After)> Tables, IReadOnlyList<string[]> Samples)
{
    public static readonly string[] Columns = ["minute", "units per s", "CPU ms per unit", "processor %", "resident MB", "live heap MB", "threads", "descriptors", "connections"];

    /// <summary>A row for each sign-in, grant, token or action, kept for its time: two days after its end, or for good where it is a record. All others ought to stay level.</summary>
    private static readonly string[] Recording = ["AuditEntries", "Grants", "KnownDevices", "Sessions", "SignInDecisions", "Tokens"];

    public static bool IsRecord(string table) => Recording.Contains(table);

    public static async Task<Soak> MeasureAsync(Subject subject, PostgreSqlCluster cluster, string socket, int minutes)
    {
        var each = TimeSpan.FromSeconds(Math.Clamp(3 * minutes, 5, 30)); // twenty samples, or one each half minute
        var rows = new Rows(cluster, subject.Database!); // on PostgreSQL it has one
        var flows = await MixedLoad.StartAsync(subject);
        try
        {
            OpenLoop.Run(flows, each); // all connections are there, and the tables have whatever the first of all makes
            var before = await rows.CountAsync();
            List<Sample> samples = [];
            for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(minutes);)
            {
                samples.Add(await SampleAsync(subject, flows, rows, socket, each, began));
                await Console.Error.WriteLineAsync(string.Join("  ", samples[^1].Cells.Select((cell, i) => $"{Columns[i]} {cell}")));
            }
            var after = await rows.CountAsync();
            return new Soak(subject.Name, minutes, each.TotalSeconds, Judge(samples), [.. after.OrderBy(table => table.Key, StringComparer.Ordinal).Select(table => (table.Key, before.GetValueOrDefault(table.Key), table.Value))], [.. samples.Select(sample => sample.Cells)]);
        }
        finally
        {
            foreach (var flow in flows) flow.Dispose();
        }
    }

    private static async Task<Sample> SampleAsync(Subject subject, IReadOnlyList<Flow> flows, Rows rows, string socket, TimeSpan length, long began)
    {
        var process = subject.Process.Id;
        var (from, before) = (Stopwatch.GetTimestamp(), Usage.Of(process, null));
        OpenLoop.Run(flows, length);
        var (took, used) = (Stopwatch.GetElapsedTime(from), Usage.Of(process, null) - before);
        var units = flows.Sum(flow => flow.Answers.Count);
        // What the kernel counts comes before the question about the heap, which costs a collection and with it memory.
        return new Sample(Stopwatch.GetElapsedTime(began).TotalMinutes, units / took.TotalSeconds, used.Server / units, 100 * used.Server / took.TotalMilliseconds,
            Usage.ResidentMB(process), Directory.GetDirectories($"/proc/{process}/task").Length, Directory.GetFiles($"/proc/{process}/fd").Length, await rows.ConnectionsAsync(), HeapProbe.LiveMB(socket));
    }

    private static IReadOnlyList<Series> Judge(IReadOnlyList<Sample> samples)
    {
        Series Of(string name, Func<Sample, double> value, double share, double least, int digits) => new(name, share, least, digits, [.. samples.Select(sample => (sample.Minute, value(sample)))]);
        return
        [
            Of("resident MB", sample => sample.ResidentMB, 0.03, 8, 0),
            Of("live heap MB", sample => sample.HeapMB, 0.03, 2, 1),
            Of("threads", sample => sample.Threads, 0.1, 2, 0),
            Of("descriptors", sample => sample.Descriptors, 0.03, 4, 0),
            Of("connections to the database", sample => sample.Connections, 0.1, 2, 0),
            Of("CPU ms per unit", sample => sample.CpuMs, 0.1, 0.02, 3),
        ];
    }

    private sealed record Sample(double Minute, double PerSecond, double CpuMs, double Processor, double ResidentMB, int Threads, int Descriptors, long Connections, double HeapMB)
    {
        public string[] Cells =>
        [
            Text($"{Minute:0.0}"), Text($"{PerSecond:0}"), Text($"{CpuMs:0.000}"), Text($"{Processor:0}"), Text($"{ResidentMB:0}"), Text($"{HeapMB:0.0}"), Text($"{Threads}"), Text($"{Descriptors}"), Text($"{Connections}"),
        ];

        private static string Text(FormattableString text) => FormattableString.Invariant(text);
    }
}
