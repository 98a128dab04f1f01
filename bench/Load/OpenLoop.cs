using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Load;

/// <summary>Requests at fixed moments, whether or not the ones before are answered: what a storm is, and what it does to others, shows in no other way.</summary>
internal static partial class OpenLoop
{
    private const short Readable = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>All flows side by side in one thread for this long, then what is under way is awaited.</summary>
    public static void Run(IReadOnlyList<Flow> flows, TimeSpan length)
    {
        var begin = Stopwatch.GetTimestamp();
        var (clients, polled) = (new List<(Flow Flow, Client Client)>(), Array.Empty<PollEntry>());
        foreach (var flow in flows) flow.Begin(begin);
        for (var lastAnswer = begin; ;)
        {
            var now = Stopwatch.GetTimestamp();
            var isOver = Stopwatch.GetElapsedTime(begin, now) >= length;
            if (!isOver)
                foreach (var flow in flows) flow.SendDue(now);
            else if (flows.All(flow => flow.UnderWay == 0)) return;
            if (Stopwatch.GetElapsedTime(lastAnswer, now) > Patience) throw new TimeoutException($"The server has answered nothing for {Patience.TotalSeconds} s.");

            if (clients.Count != flows.Sum(flow => flow.Clients.Count))
            {
                clients = [.. flows.SelectMany(flow => flow.Clients, (flow, client) => (flow, client))];
                polled = [.. clients.Select(entry => new PollEntry { Descriptor = entry.Client.Descriptor, Events = Readable })];
            }
            var due = isOver ? now + Stopwatch.Frequency / 10 : flows.Min(flow => flow.NextAt);
            var wait = Math.Clamp((due - now) * 1_000_000_000L / Stopwatch.Frequency, 0, 999_999_999);
            var patience = new TimeSpec { Nanoseconds = (nint)wait };
            if (Poll(polled, (nuint)polled.Length, ref patience, 0) <= 0) continue;
            for (var i = 0; i < polled.Length; i++)
            {
                if (polled[i].Returned == 0 || !clients[i].Client.Receive()) continue;
                lastAnswer = Stopwatch.GetTimestamp();
                clients[i].Flow.Answered(clients[i].Client, lastAnswer);
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll([In, Out] PollEntry[] entries, nuint count, ref TimeSpec timeout, nint signals);
}

/// <summary>One kind of request at a fixed rate, over as many connections as are under way at a time.</summary>
/// <param name="connect">Makes the n-th connection.</param>
internal sealed class Flow(double perSecond, int maxConnections, Func<int, Client> connect) : IDisposable
{
    private readonly Queue<Client> idle = [];
    private readonly Queue<long> late = [];
    private readonly long interval = (long)(Stopwatch.Frequency / perSecond);

    public List<Client> Clients { get; } = [];

    /// <summary>Milliseconds and status of each answer.</summary>
    public List<(double Milliseconds, int Status)> Answers { get; } = [];

    public long NextAt { get; private set; }

    public int UnderWay => Clients.Count - idle.Count;

    public void Begin(long now)
    {
        NextAt = now + Random.Shared.NextInt64(interval); // not all flows at the same moments
        Answers.Clear();
        late.Clear();
    }

    public void SendDue(long now)
    {
        for (; NextAt <= now; NextAt += interval) Send(NextAt, now);
    }

    public void Answered(Client client, long now)
    {
        var status = client.Answer.Status;
        if (!client.Advance(stop: true)) return; // the next request of the same unit
        Answers.Add((Stopwatch.GetElapsedTime(client.BeganAt, now).TotalMilliseconds, status));
        idle.Enqueue(client);
        if (late.TryDequeue(out var due)) Send(due, due);
    }

    public double Percentile(double p, int? status = null)
    {
        var sorted = Answers.Where(answer => status is null || answer.Status == status).Select(answer => answer.Milliseconds).Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(p * sorted.Length))];
    }

    public double Share(int status) => Answers.Count == 0 ? double.NaN : (double)Answers.Count(answer => answer.Status == status) / Answers.Count;

    public void Dispose() => Clients.ForEach(client => client.Dispose());

    /// <param name="began">When its time begins: now, or when it was due if no connection was free then, because waiting for one is waiting for the server.</param>
    private void Send(long due, long began)
    {
        if (!idle.TryDequeue(out var client))
        {
            if (Clients.Count == maxConnections)
            {
                late.Enqueue(due);
                return;
            }
            Clients.Add(client = connect(Clients.Count));
        }
        client.BeganAt = began;
        client.Advance(stop: false);
    }
}
