using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace IdP.SignIn;

/// <summary>
/// Limits guessing beside the counters of the accounts, in this process's memory: tries are taken before the work and given back when they were right,
/// so that parallel guesses cannot all pass.
/// </summary>
public sealed class GuessLimits(IOptions<LockoutOptions> options, TimeProvider clock)
{
    private const int MaxKeys = 100_000;
    private readonly ConcurrentDictionary<string, Tries> _tries = new(StringComparer.Ordinal);

    /// <summary>One address trying one password each on many accounts.</summary>
    public bool TryTake(IPAddress? source) => source is null || TryTake(KeyOf(source), options.Value.MaxFailuresPerSource, options.Value.SourceWindow);

    public void GiveBack(IPAddress? source)
    {
        if (source is not null) GiveBack(KeyOf(source));
    }

    /// <summary>Somebody in a foreign session trying to find out its password.</summary>
    public bool TryTake(Guid signedInUserId) => TryTake(KeyOf(signedInUserId), options.Value.MaxFailures, options.Value.Window);

    public void GiveBack(Guid signedInUserId) => GiveBack(KeyOf(signedInUserId));

    private bool TryTake(string key, int max, TimeSpan window)
    {
        var now = clock.GetUtcNow();
        if (_tries.Count >= MaxKeys) Forget(now);
        var tries = _tries.GetOrAdd(key, _ => new Tries());
        lock (tries)
        {
            if (tries.Until <= now) (tries.Count, tries.Until) = (0, now + window);
            if (tries.Count >= max) return false;
            tries.Count++;
            return true;
        }
    }

    private void GiveBack(string key)
    {
        if (!_tries.TryGetValue(key, out var tries)) return;
        lock (tries) tries.Count = Math.Max(0, tries.Count - 1);
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, tries) in _tries)
            if (tries.Until <= now)
                _tries.TryRemove(key, out _);
        // Bounded memory comes first: an attacker with this many networks is not stopped by counting networks.
        if (_tries.Count >= MaxKeys) _tries.Clear();
    }

    private static string KeyOf(Guid userId) => "user " + userId;

    /// <summary>An IPv6 subscriber owns a /64: its addresses are one source.</summary>
    private static string KeyOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4().ToString();
        if (address.AddressFamily is not AddressFamily.InterNetworkV6) return address.ToString();
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes).ToString();
    }

    private sealed class Tries
    {
        public int Count { get; set; }
        public DateTimeOffset Until { get; set; }
    }
}
