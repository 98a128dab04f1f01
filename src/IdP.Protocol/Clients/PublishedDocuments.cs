using System.Collections.Concurrent;
using IdP.Protocol.Outbound;

namespace IdP.Protocol.Clients;

/// <summary>
/// Documents that others publish. One address is asked at most once in an interval, whatever happens, so that nobody can use this server to knock at it; several requests that need
/// the same document wait for one fetch. While a fetch fails the last good document is used.
/// </summary>
internal abstract class PublishedDocuments<T>(OutboundHttp http, TimeProvider clock) where T : class
{
    private static readonly TimeSpan MinLifetime = TimeSpan.FromMinutes(1), DefaultLifetime = TimeSpan.FromMinutes(10), MaxLifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaxStale = TimeSpan.FromDays(1);
    private const int MaxDocuments = 5000;

    private readonly ConcurrentDictionary<string, Entry> _documents = new(StringComparer.Ordinal);

    /// <summary>How long after a good answer it is asked again at the earliest.</summary>
    protected virtual TimeSpan RenewInterval => TimeSpan.FromSeconds(30);

    /// <summary>How long after a failure.</summary>
    protected virtual TimeSpan RetryInterval => TimeSpan.FromSeconds(30);

    /// <summary>What an answer holds; null when it is not what was asked for.</summary>
    protected abstract T? Read(OutboundAnswer answer);

    protected abstract void NoteFailure(string host, OutboundAnswer answer);

    /// <summary>What is published at an address; null when there never was a usable answer.</summary>
    /// <param name="renew">Asks again although what is known is still fresh.</param>
    public async ValueTask<T?> GetAsync(string uri, bool renew, CancellationToken ct)
    {
        var entry = _documents.GetOrAdd(uri, static _ => new Entry());
        if (_documents.Count > MaxDocuments) DropOldest();
        var now = clock.GetUtcNow();
        var known = entry.Known;
        if (!renew && now < known.FreshUntil) return known.Value;

        Task fetch;
        lock (entry)
        {
            if (entry.Fetching is null && now - entry.AttemptedAt >= (entry.Known.FetchedAt >= entry.AttemptedAt ? RenewInterval : RetryInterval))
            {
                entry.AttemptedAt = now;
                entry.Fetching = FetchAsync(uri, entry); // bounded by itself: it also serves those who wait longer than this caller
            }
            fetch = entry.Fetching ?? Task.CompletedTask;
        }

        await fetch.WaitAsync(ct);
        known = entry.Known;
        return now - known.FetchedAt < MaxStale ? known.Value : null;
    }

    private async Task FetchAsync(string uri, Entry entry)
    {
        await Task.Yield(); // out of the lock
        try
        {
            var answer = await http.GetJsonAsync(uri, CancellationToken.None);
            var now = clock.GetUtcNow();
            if (Read(answer) is { } value) entry.Known = new Document(value, now, now + Clamp(answer.MaxAge));
            else NoteFailure(AbsoluteUri.TryParse(uri, out var address) ? address.Host : "", answer);
        }
        finally
        {
            lock (entry) entry.Fetching = null;
        }
    }

    private static TimeSpan Clamp(TimeSpan? maxAge) => maxAge is not { } age ? DefaultLifetime : age < MinLifetime ? MinLifetime : age > MaxLifetime ? MaxLifetime : age;

    private void DropOldest()
    {
        foreach (var (uri, _) in _documents.OrderBy(pair => pair.Value.AttemptedAt).Take(MaxDocuments / 10)) _documents.TryRemove(uri, out _);
    }

    private sealed record Document(T? Value, DateTimeOffset FetchedAt, DateTimeOffset FreshUntil);

    private sealed class Entry
    {
        private volatile Document _known = new(null, DateTimeOffset.MinValue, DateTimeOffset.MinValue);

        public Document Known { get => _known; set => _known = value; }

        public DateTimeOffset AttemptedAt { get; set; } = DateTimeOffset.MinValue;

        public Task? Fetching { get; set; }
    }
}
