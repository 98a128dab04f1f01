using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Load;

/// <summary>All connections in one thread over poll(2): little work of its own, and the moment an answer arrives is the moment it is seen.</summary>
internal static partial class LoadLoop
{
    private const short Readable = 1;
    private const int PatienceMilliseconds = 30_000;

    /// <summary>Load for a while, then a measured window, then what is under way is finished so that the next run finds order.</summary>
    /// <param name="read">Reads the processor time of the processes; called at both ends of the window.</param>
    public static Window Run(IReadOnlyList<Client> clients, TimeSpan warmUp, TimeSpan length, Func<Usage> read)
    {
        var latencies = new List<double>(100_000);
        var begin = Stopwatch.GetTimestamp();
        foreach (var client in clients)
        {
            client.BeganAt = Stopwatch.GetTimestamp();
            client.Advance(stop: false);
        }

        Pump(clients, () => Stopwatch.GetElapsedTime(begin) >= warmUp, latencies);
        latencies.Clear();
        var (from, before) = (Stopwatch.GetTimestamp(), read());
        Pump(clients, () => Stopwatch.GetElapsedTime(from) >= length, latencies);
        var (took, after) = (Stopwatch.GetElapsedTime(from), read());
        var window = new Window(took, [.. latencies.Order()], after - before);
        Drain(clients);
        return window;
    }

    /// <summary>A number of units on one connection, unmeasured.</summary>
    public static void Run(Client client, int units)
    {
        if (!client.IsWaiting) client.Advance(stop: false);
        for (var done = 0; done < units;)
            if (client.Receive() && client.Advance(stop: done == units - 1)) done++;
    }

    private static void Pump(IReadOnlyList<Client> clients, Func<bool> isOver, List<double> latencies)
    {
        var polled = new PollEntry[clients.Count];
        for (var i = 0; i < clients.Count; i++) polled[i] = new() { Descriptor = clients[i].Descriptor, Events = Readable };
        while (!isOver())
        {
            Wait(polled);
            for (var i = 0; i < polled.Length; i++)
            {
                if (polled[i].Returned == 0 || !clients[i].Receive()) continue;
                var now = Stopwatch.GetTimestamp();
                if (!clients[i].Advance(stop: false)) continue;
                latencies.Add(Stopwatch.GetElapsedTime(clients[i].BeganAt, now).TotalMilliseconds);
                clients[i].BeganAt = now;
            }
        }
    }

    private static void Drain(IReadOnlyList<Client> clients)
    {
        foreach (var client in clients)
            while (client.IsWaiting)
                if (client.Receive()) client.Advance(stop: true);
    }

    private static void Wait(PollEntry[] polled)
    {
        var ready = Poll(polled, (nuint)polled.Length, PatienceMilliseconds);
        if (ready == 0) throw new TimeoutException($"The server has answered nothing for {PatienceMilliseconds / 1000} s.");
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll([In, Out] PollEntry[] entries, nuint count, int timeout);
}

/// <param name="Latencies">Milliseconds of each unit completed inside, ascending.</param>
internal sealed record Window(TimeSpan Took, double[] Latencies, Usage Usage)
{
    public double PerSecond => Latencies.Length / Took.TotalSeconds;

    public double Percentile(double p) => Latencies.Length == 0 ? double.NaN : Latencies[Math.Min(Latencies.Length - 1, (int)(p * Latencies.Length))];
}
