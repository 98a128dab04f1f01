using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Fuzz;

internal sealed record MemorySample(int Requests, TimeSpan At, double HeapMB, double ResidentMB);

/// <summary>Samples of the server's memory: live bytes of the heap after a collection, and what the kernel says is resident.</summary>
internal sealed class Memory(int processId, string socketPath)
{
    /// <summary>Caches fill and code is compiled until about here; growth before says nothing.</summary>
    public const int WarmUp = 20_000;

    private readonly List<MemorySample> samples = [];

    public void Sample(int requests, TimeSpan at)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        var buffer = new byte[32];
        var heap = double.Parse(Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer)), CultureInfo.InvariantCulture);
        var resident = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2];
        lock (samples) samples.Add(new(requests, at, heap / 1048576, double.Parse(resident, CultureInfo.InvariantCulture) / 1024));
    }

    public void Print(TextWriter output)
    {
        output.WriteLine("  requests   seconds   live heap MB   resident MB");
        foreach (var s in samples) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{s.Requests,10}{s.At.TotalSeconds,10:0}{s.HeapMB,15:0.0}{s.ResidentMB,14:0}"));
    }

    /// <summary>Null when memory is flat, or when the run was too short to say.</summary>
    public string? Problem()
    {
        var warm = samples.Where(s => s.Requests >= WarmUp).OrderBy(s => s.Requests).ToList();
        if (warm.Count < 6) return null;
        var (middle, last) = (warm[..(warm.Count / 2)], warm[(warm.Count / 2)..]);
        var (heapBefore, heapAfter) = (middle.Average(s => s.HeapMB), last.Average(s => s.HeapMB));
        var (residentBefore, residentAfter) = (middle.Average(s => s.ResidentMB), last.Average(s => s.ResidentMB));
        if (heapAfter > heapBefore * 1.10 + 4) return string.Create(CultureInfo.InvariantCulture, $"the live heap grew from {heapBefore:0.0} to {heapAfter:0.0} MB after the warm-up");
        return residentAfter > residentBefore * 1.15 + 24 ? string.Create(CultureInfo.InvariantCulture, $"resident memory grew from {residentBefore:0} to {residentAfter:0} MB after the warm-up") : null;
    }
}
