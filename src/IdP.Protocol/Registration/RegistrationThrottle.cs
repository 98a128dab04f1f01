using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Options;

namespace IdP.Protocol.Registration;

/// <summary>Counts registrations per source address, in this process's memory: an open endpoint must not let one stranger fill the table.</summary>
internal sealed class RegistrationThrottle(IOptions<RegistrationOptions> options, TimeProvider clock)
{
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);
    private const int MaxSources = 10_000;
    private readonly ConcurrentDictionary<string, (int Count, DateTimeOffset Until)> _sources = new(StringComparer.Ordinal);

    public bool TryTake(IPAddress? source)
    {
        if (source is null) return true;
        var now = clock.GetUtcNow();
        if (_sources.Count >= MaxSources) Forget(now);
        var taken = _sources.AddOrUpdate(KeyOf(source), _ => (1, now + Window), (_, old) => old.Until <= now ? (1, now + Window) : (old.Count + 1, old.Until));
        return taken.Count <= options.Value.MaxPerSource;
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, value) in _sources)
            if (value.Until <= now)
                _sources.TryRemove(key, out _);
        if (_sources.Count >= MaxSources) _sources.Clear(); // bounded memory comes first
    }

    /// <summary>An IPv6 subscriber owns a /64: its addresses are one source.</summary>
    private static string KeyOf(IPAddress source)
    {
        if (source.IsIPv4MappedToIPv6) source = source.MapToIPv4();
        var bytes = source.GetAddressBytes();
        return Convert.ToHexString(bytes.Length == 16 ? bytes.AsSpan(0, 8) : bytes);
    }
}
