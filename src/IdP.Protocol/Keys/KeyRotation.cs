using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Protocol.Keys;

/// <summary>Creates keys in time, drops expired ones and keeps this node's ring equal to the database, which other nodes write too.</summary>
public sealed class KeyRotation : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SearchInterval = TimeSpan.FromSeconds(1);

    private readonly IServiceScopeFactory _scopes;
    private readonly KeyRing _ring;
    private readonly IDataProtectionProvider _protection;
    private readonly IOptions<KeyManagementOptions> _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<KeyRotation> _logger;
    private long? _lastSearch;
    private readonly SemaphoreSlim _turn = new(1, 1); // an older reading of the table must not replace a newer one

    public KeyRotation(IServiceScopeFactory scopes, IServiceProvider services, IDataProtectionProvider protection, IOptions<KeyManagementOptions> options, TimeProvider clock, ILogger<KeyRotation> logger) =>
        (_scopes, _ring, _protection, _options, _clock, _logger) = (scopes, services.GetRequiredService<KeyRing>(), protection, options, clock, logger);

    /// <summary>Brings keys and ring up to date; the host waits for it before it serves.</summary>
    public Task EnsureAsync(CancellationToken ct) => InTurnAsync(async () =>
    {
        foreach (var algorithm in KeyAlgorithms.Always.Union(_ring.Keys.Select(k => k.Row.Algorithm), StringComparer.Ordinal).ToList())
            await EnsureAsync(algorithm, rotateNow: false, ct);
        await ReloadAsync(ct);
    }, ct);

    /// <summary>Makes a new key of the algorithm sign at once; the old one stays published until its window ends.</summary>
    public Task RotateNowAsync(string algorithm, CancellationToken ct)
    {
        if (!KeyAlgorithms.All.Contains(algorithm)) throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "There are no keys of this algorithm.");
        if (algorithm == KeyAlgorithms.Pairwise) throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "The key of pairwise subjects never rotates.");
        return InTurnAsync(async () =>
        {
            await EnsureAsync(algorithm, rotateNow: true, ct);
            await ReloadAsync(ct);
        }, ct);
    }

    /// <summary>The key of the algorithm that signs or encrypts now; the first one is made here, when somebody needs it.</summary>
    internal async ValueTask<KeyMaterial> CurrentAsync(string algorithm, CancellationToken ct)
    {
        if (_ring.Current(algorithm) is { } key) return key;
        await InTurnAsync(async () =>
        {
            if (_ring.Current(algorithm) is not null) return;
            await EnsureAsync(algorithm, rotateNow: false, ct);
            await ReloadAsync(ct);
        }, ct);
        return _ring.Required(algorithm);
    }

    /// <summary>
    /// The key with this id, which another node may have made since this one last looked. Anybody can send any id, so the table is read for it once a second at most.
    /// </summary>
    internal async ValueTask<KeyMaterial?> FindAsync(string keyId, CancellationToken ct)
    {
        if (_ring.Find(keyId) is { } key) return key;
        await InTurnAsync(async () =>
        {
            if (_ring.Find(keyId) is not null || (_lastSearch is { } last && _clock.GetElapsedTime(last) < SearchInterval)) return;
            _lastSearch = _clock.GetTimestamp();
            await ReloadAsync(ct);
        }, ct);
        return _ring.Find(keyId);
    }

    /// <summary>Reads the keys again, because another node has changed them.</summary>
    internal Task FollowAsync(CancellationToken ct) => InTurnAsync(() => ReloadAsync(ct), ct);

    private async Task InTurnAsync(Func<Task> act, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            await act();
        }
        finally
        {
            _turn.Release();
        }
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await EnsureAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.RotationFailed(_logger, exception); // the keys at hand go on signing; the next minute tries again
            }
        }
    }

    private async Task EnsureAsync(string algorithm, bool rotateNow, CancellationToken ct)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DbContext>();
        var now = _clock.GetUtcNow();
        await db.Set<SigningKey>().Where(k => k.Algorithm == algorithm && k.ExpiresAt <= now).ExecuteDeleteAsync(ct);

        var latest = await db.Set<SigningKey>().Where(k => k.Algorithm == algorithm).OrderByDescending(k => k.Generation).FirstOrDefaultAsync(ct);
        var activeAt = latest switch
        {
            null => now,
            _ when rotateNow => now,
            _ when latest.RetiredAt <= now => now, // nobody was there to announce the successor
            _ when latest.RetiredAt - _options.Value.AnnounceWindow <= now => latest.RetiredAt,
            _ => (DateTimeOffset?)null,
        };
        if (activeAt is null) return;

        var key = KeyMaterial.Create(algorithm, (latest?.Generation ?? 0) + 1, now, activeAt.Value, _options.Value, _protection);
        db.Add(key);
        try
        {
            await db.SaveChangesAsync(ct);
            Log.KeyCreated(_logger, key.Id, algorithm, key.ActiveAt);
        }
        catch (DbUpdateException)
        {
            // Another node made the same generation first (unique index); its key is as good. Anything else is a real failure.
            db.ChangeTracker.Clear();
            if (!await db.Set<SigningKey>().AnyAsync(k => k.Algorithm == algorithm && k.Generation == key.Generation, ct)) throw;
        }
    }

    private async Task ReloadAsync(CancellationToken ct)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var rows = await scope.ServiceProvider.GetRequiredService<DbContext>().Set<SigningKey>().AsNoTracking().OrderBy(k => k.Generation).ToListAsync(ct);
        if (rows.Select(r => r.Id).SequenceEqual(_ring.Keys.Select(k => k.Row.Id)))
        {
            _ring.FollowClock();
            return;
        }

        var known = _ring.Keys.ToDictionary(k => k.Row.Id);
        _ring.Replace([.. rows.Select(row => known.GetValueOrDefault(row.Id) ?? KeyMaterial.Open(row, _protection))]);
    }
}

internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "Signing key {KeyId} ({Algorithm}) created, it signs from {ActiveAt}")]
    public static partial void KeyCreated(ILogger logger, string keyId, string algorithm, DateTimeOffset activeAt);

    [LoggerMessage(1002, LogLevel.Error, "Looking after the signing keys failed")]
    public static partial void RotationFailed(ILogger logger, Exception exception);
}
