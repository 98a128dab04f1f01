using System.Collections.Concurrent;
using IdP.Protocol.Outbound;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Clients;

/// <summary>
/// Key sets fetched from <c>jwks_uri</c>s. One address is asked at most once in <see cref="RetryInterval"/>, whatever happens, so that nobody can
/// use this server to knock at it; several requests that need the same set wait for one fetch. While a fetch fails the last good set is used.
/// </summary>
internal sealed class PublishedKeys(OutboundHttp http, TimeProvider clock, ILogger<PublishedKeys> logger)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(30), MinLifetime = TimeSpan.FromMinutes(1), DefaultLifetime = TimeSpan.FromMinutes(10), MaxLifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaxStale = TimeSpan.FromDays(1);
    private const int MaxSets = 5000;

    private readonly ConcurrentDictionary<string, Entry> _sets = new(StringComparer.Ordinal);

    /// <summary>The keys published at an address; none when there never was a usable answer.</summary>
    /// <param name="renew">Asks again although the set is still fresh.</param>
    public async ValueTask<IReadOnlyList<JsonWebKey>> GetAsync(string uri, bool renew, CancellationToken ct)
    {
        var entry = _sets.GetOrAdd(uri, static _ => new Entry());
        if (_sets.Count > MaxSets) DropOldest();
        var now = clock.GetUtcNow();
        var set = entry.Set;
        if (!renew && now < set.FreshUntil) return set.Keys;

        Task fetch;
        lock (entry)
        {
            if (entry.Fetching is null && now - entry.AttemptedAt >= RetryInterval)
            {
                entry.AttemptedAt = now;
                entry.Fetching = FetchAsync(uri, entry); // bounded by itself: it also serves those who wait longer than this caller
            }
            fetch = entry.Fetching ?? Task.CompletedTask;
        }

        await fetch.WaitAsync(ct);
        set = entry.Set;
        return now - set.FetchedAt < MaxStale ? set.Keys : [];
    }

    private async Task FetchAsync(string uri, Entry entry)
    {
        await Task.Yield(); // out of the lock
        try
        {
            var answer = await http.GetJsonAsync(uri, CancellationToken.None);
            var now = clock.GetUtcNow();
            if (answer.Body is { } body && PublicKeySet.Usable(body) is { } keys)
                entry.Set = new KeySet(keys, now, now + Clamp(answer.MaxAge));
            else
                Log.KeysNotFetched(logger, AbsoluteUri.TryParse(uri, out var address) ? address.Host : "", answer.Body is null ? answer.Summary : "no JWK set");
        }
        finally
        {
            lock (entry) entry.Fetching = null;
        }
    }

    private static TimeSpan Clamp(TimeSpan? maxAge) => maxAge is not { } age ? DefaultLifetime : age < MinLifetime ? MinLifetime : age > MaxLifetime ? MaxLifetime : age;

    private void DropOldest()
    {
        foreach (var (uri, _) in _sets.OrderBy(pair => pair.Value.AttemptedAt).Take(MaxSets / 10)) _sets.TryRemove(uri, out _);
    }

    private sealed record KeySet(IReadOnlyList<JsonWebKey> Keys, DateTimeOffset FetchedAt, DateTimeOffset FreshUntil);

    private sealed class Entry
    {
        private volatile KeySet _set = new([], DateTimeOffset.MinValue, DateTimeOffset.MinValue);

        public KeySet Set { get => _set; set => _set = value; }

        public DateTimeOffset AttemptedAt { get; set; } = DateTimeOffset.MinValue;

        public Task? Fetching { get; set; }
    }
}
