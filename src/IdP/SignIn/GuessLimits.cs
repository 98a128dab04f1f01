using System.Collections.Concurrent;
using System.Net;
using IdP.Http;
using Microsoft.Extensions.Options;

namespace IdP.SignIn;

/// <summary>
/// Limits guessing beside the counters of the accounts, in this process's memory: tries are taken before the work and given back when they were right,
/// so that parallel guesses cannot all pass.
/// </summary>
public sealed class GuessLimits(IOptions<LockoutOptions> options, TimeProvider clock)
{
    private const int MaxKeys = 100_000, MaxRecoveriesPerName = 5;
    private static readonly TimeSpan RecoveryWindow = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<string, Tries> _tries = new(StringComparer.Ordinal);
    private readonly Tries _userCodes = new();

    /// <summary>One address trying one password each on many accounts.</summary>
    /// <returns>Null when there was a try left, else how long until there is again.</returns>
    public TimeSpan? TryTake(IPAddress? source)
    {
        if (source is null) return null;
        var now = clock.GetUtcNow();
        return TriesOf(NetworkSource.KeyOf(source), now).Take(options.Value.MaxFailuresPerSource, options.Value.SourceWindow, now);
    }

    public void GiveBack(IPAddress? source)
    {
        if (source is not null) GiveBack(NetworkSource.KeyOf(source));
    }

    /// <summary>One address asking for mails to many people.</summary>
    /// <returns>Null when there was a try left, else how long until there is again.</returns>
    public TimeSpan? TryTakeMail(IPAddress? source)
    {
        if (source is null) return null;
        var now = clock.GetUtcNow();
        return TriesOf("mail " + NetworkSource.KeyOf(source), now).Take(options.Value.MaxMailsPerSource, options.Value.SourceWindow, now);
    }

    /// <summary>Many asking to be let in to one account, whoever has it.</summary>
    /// <param name="name">Normalized.</param>
    /// <returns>Null when there was a try left, else how long until there is again.</returns>
    public TimeSpan? TryTakeRecovery(string name)
    {
        var now = clock.GetUtcNow();
        return TriesOf("recovery " + name, now).Take(MaxRecoveriesPerName, RecoveryWindow, now);
    }

    /// <summary>Somebody in a foreign session trying to find out its password.</summary>
    public bool TryTake(Guid signedInUserId) => TryTake(KeyOf(signedInUserId), options.Value.MaxFailures, options.Value.Window);

    public void GiveBack(Guid signedInUserId) => GiveBack(KeyOf(signedInUserId));

    /// <summary>A signed-in person guessing what other people's devices show (RFC 8628 5.1).</summary>
    /// <returns>Null when the guess may be made, else how long to wait.</returns>
    public TimeSpan? TryTakeUserCode(Guid personId, IPAddress? source)
    {
        var (limit, now) = (options.Value, clock.GetUtcNow());
        (Tries Tries, int Max)[] counters =
        [
            (TriesOf("device " + KeyOf(personId), now), limit.MaxUserCodeFailures),
            .. source is null ? [] : ((Tries, int)[])[(TriesOf("device " + NetworkSource.KeyOf(source), now), limit.MaxUserCodeFailuresPerSource)],
            (_userCodes, limit.MaxUserCodeFailuresInAll),
        ];
        for (var i = 0; i < counters.Length; i++)
        {
            if (counters[i].Tries.Take(counters[i].Max, limit.SourceWindow, now) is not { } wait) continue;
            foreach (var (taken, _) in counters[..i]) taken.GiveBack(); // a guess that is not made does not count
            return wait;
        }
        return null;
    }

    public void GiveBackUserCode(Guid personId, IPAddress? source)
    {
        GiveBack("device " + KeyOf(personId));
        if (source is not null) GiveBack("device " + NetworkSource.KeyOf(source));
        _userCodes.GiveBack();
    }

    private bool TryTake(string key, int max, TimeSpan window)
    {
        var now = clock.GetUtcNow();
        return TriesOf(key, now).Take(max, window, now) is null;
    }

    private Tries TriesOf(string key, DateTimeOffset now)
    {
        if (_tries.Count >= MaxKeys) Forget(now);
        return _tries.GetOrAdd(key, _ => new Tries());
    }

    private void GiveBack(string key)
    {
        if (_tries.TryGetValue(key, out var tries)) tries.GiveBack();
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, tries) in _tries)
            if (tries.IsOver(now))
                _tries.TryRemove(key, out _);
        // Bounded memory comes first: an attacker with this many networks is not stopped by counting networks.
        if (_tries.Count >= MaxKeys) _tries.Clear();
    }

    private static string KeyOf(Guid userId) => "user " + userId;

    private sealed class Tries
    {
        private readonly Lock _gate = new();
        private int _count;
        private DateTimeOffset _until;

        public bool IsOver(DateTimeOffset now)
        {
            lock (_gate) return _until <= now;
        }

        /// <returns>Null when there was one left, else how long until there are again.</returns>
        public TimeSpan? Take(int max, TimeSpan window, DateTimeOffset now)
        {
            lock (_gate)
            {
                if (_until <= now) (_count, _until) = (0, now + window);
                if (_count >= max) return _until - now;
                _count++;
                return null;
            }
        }

        public void GiveBack()
        {
            lock (_gate) _count = Math.Max(0, _count - 1);
        }
    }
}
