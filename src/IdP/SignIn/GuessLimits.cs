using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Options;

namespace IdP.SignIn;

/// <summary>Limits guessing in this process: one attempt at a time per account and kind of browser, so that parallel guesses cannot all see the old counter; and failures per network address.</summary>
public sealed class GuessLimits(IOptions<LockoutOptions> options, TimeProvider clock)
{
    private const int MaxSources = 100_000;
    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1))];
    private readonly ConcurrentDictionary<IPAddress, (int Failures, DateTimeOffset Since)> _sources = new();

    public async Task<IDisposable> EnterAsync(string account, bool knownDevice, CancellationToken ct)
    {
        var gate = _gates[(uint)HashCode.Combine(account, knownDevice) % (uint)_gates.Length];
        await gate.WaitAsync(ct);
        return new Place(gate);
    }

    public bool IsExhausted(IPAddress? source) =>
        source is not null && _sources.TryGetValue(Network(source), out var entry) && entry.Failures >= options.Value.MaxFailuresPerSource && clock.GetUtcNow() - entry.Since < options.Value.SourceWindow;

    public void Failed(IPAddress? source)
    {
        if (source is null) return;
        if (_sources.Count >= MaxSources) _sources.Clear();
        var now = clock.GetUtcNow();
        _sources.AddOrUpdate(Network(source), (1, now), (_, old) => now - old.Since < options.Value.SourceWindow ? (old.Failures + 1, old.Since) : (1, now));
    }

    /// <summary>An IPv6 subscriber owns a /64: its addresses are one source.</summary>
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily is not System.Net.Sockets.AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes);
    }

    private sealed class Place(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
