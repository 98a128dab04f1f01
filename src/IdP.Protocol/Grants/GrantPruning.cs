using IdP.Protocol.Clients;
using IdP.Protocol.Logout;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Grants;

/// <summary>
/// Deletes what can never be used again: expired tokens, deny-list entries and used assertions, grants without tokens, and sessions without grants. A used refresh token is
/// kept until it would have expired, because its reuse must still be recognised, and the grants of a living session until it ends, because the apps must hear of that. A
/// session that was ended is kept as long as anything issued in it could be shown, because its row is what says that it was ended. How: <see cref="PruningTurn"/>.
/// </summary>
internal sealed partial class GrantPruning(IServiceScopeFactory scopes, IOptions<CleanUpOptions> options, IOptions<BackChannelLogoutOptions> logouts, TimeProvider clock, ILogger<GrantPruning> logger) : BackgroundService
{
    /// <summary>A JWT access token has no row and lives a day at most; its grant must outlive it, or it would count as revoked, and its session, or its end would be forgotten.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromDays(2);

    /// <summary>So many grants and sessions that must stay are looked at in one turn; the next turn goes on behind them. Millions may live for months.</summary>
    private const int MostKept = 100_000;

    private readonly SemaphoreSlim turns = new(1);
    private Place afterGrant, afterSession;

    /// <summary>How many rows were deleted.</summary>
    public async Task<int> PruneAsync(CancellationToken ct)
    {
        await turns.WaitAsync(ct);
        try
        {
            return await TakeTurnAsync(ct);
        }
        finally
        {
            turns.Release();
        }
    }

    public override void Dispose()
    {
        turns.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await PruneAsync(stoppingToken) is > 0 and var count) Pruned(logger, count);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                PruningFailed(logger, exception);
            }
        }
    }

    private async Task<int> TakeTurnAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DbContext>();
        var sessions = scope.ServiceProvider.GetRequiredService<ISessionLife>();
        var turn = new PruningTurn(db);
        var now = clock.GetUtcNow();
        var (old, told) = (now - Grace, now - logouts.Value.Retention);

        await DeleteTokensAsync(turn, db, sessions, now, old, ct);
        // A pushed request is of no use to anybody after its time, and public clients can push without end.
        await turn.DeleteAsync(from => db.Set<GrantToken>().Where(t => t.Type == TokenTypeIdentifiers.Private.RequestToken && t.ExpiresAt >= from && t.ExpiresAt < now).OrderBy(t => t.ExpiresAt), t => t.ExpiresAt!.Value, ct); // has one: it was compared
        await turn.DeleteAsync(from => db.Set<RevokedToken>().Where(t => t.ExpiresAt >= from && t.ExpiresAt < now).OrderBy(t => t.ExpiresAt), t => t.ExpiresAt, ct);
        await turn.DeleteAsync(from => db.Set<UsedAssertion>().Where(a => a.ExpiresAt >= from && a.ExpiresAt < now).OrderBy(a => a.ExpiresAt), a => a.ExpiresAt, ct);
        await turn.DeleteAsync(from => db.Set<LogoutDelivery>().Where(d => d.ExpiresAt >= from && d.ExpiresAt < told && d.Status != LogoutDeliveryStatus.Pending).OrderBy(d => d.ExpiresAt), d => d.ExpiresAt, ct);
        await turn.BatchesAsync(async () =>
        {
            var forgotten = await sessions.ForgetBegunAsync(now, PruningTurn.BatchSize, ct);
            return (forgotten, forgotten == PruningTurn.BatchSize);
        }, ct);
        afterGrant = await SweepAsync(turn, afterGrant, after => GrantsAsync(db, old, after, ct), places => DeleteGrantsAsync(db, sessions, [.. places.Select(place => place.Id)], now, old, ct), ct);
        afterSession = await SweepAsync(turn, afterSession, after => sessions.OverAsync(old, after, PruningTurn.BatchSize, ct), places => sessions.ForgetAsync([.. places.Select(place => place.Id)], ct), ct);
        return turn.Deleted;
    }

    /// <summary>Tokens, and at once the grants that lost their last one: almost all that the sweep would have to look for.</summary>
    private static async Task DeleteTokensAsync(PruningTurn turn, DbContext db, ISessionLife sessions, DateTimeOffset now, DateTimeOffset old, CancellationToken ct)
    {
        var start = DateTimeOffset.UnixEpoch;
        await turn.BatchesAsync(async () =>
        {
            var tokens = await db.Set<GrantToken>().Where(t => t.ExpiresAt >= start && t.ExpiresAt < old).OrderBy(t => t.ExpiresAt)
                .Select(t => new { t.Id, t.GrantId, t.ExpiresAt }).Take(PruningTurn.BatchSize).ToListAsync(ct);
            if (tokens.Count == 0) return (0, false);

            start = tokens[^1].ExpiresAt!.Value; // it was compared
            var ids = tokens.ConvertAll(token => token.Id);
            var deleted = await db.Set<GrantToken>().Where(t => ids.Contains(t.Id)).ExecuteDeleteAsync(ct);
            deleted += await DeleteGrantsAsync(db, sessions, [.. tokens.Where(token => token.GrantId is not null).Select(token => token.GrantId!.Value).Distinct()], now, old, ct);
            return (deleted, tokens.Count == PruningTurn.BatchSize);
        }, ct);
    }

    private static async Task<int> DeleteGrantsAsync(DbContext db, ISessionLife sessions, List<Guid> ids, DateTimeOffset now, DateTimeOffset old, CancellationToken ct)
    {
        if (ids.Count == 0) return 0;

        var alive = sessions.AliveAt(now);
        var living = await db.Set<Grant>().Where(g => ids.Contains(g.Id) && g.SessionId != null).Join(alive, g => g.SessionId, id => id, (g, _) => g.Id).ToListAsync(ct);
        var over = living.Count == 0 ? ids : [.. ids.Except(living)];
        return await db.Set<Grant>().Where(g => over.Contains(g.Id) && g.CreatedAt < old && !db.Set<GrantToken>().Any(t => t.GrantId == g.Id)).ExecuteDeleteAsync(ct);
    }

    private static async Task<IReadOnlyList<Place>> GrantsAsync(DbContext db, DateTimeOffset old, Place after, CancellationToken ct) => await db.Set<Grant>()
        .Where(g => g.CreatedAt < old && g.CreatedAt >= after.At && (g.CreatedAt > after.At || g.Id.CompareTo(after.Id) > 0))
        .OrderBy(g => g.CreatedAt).ThenBy(g => g.Id).Take(PruningTurn.BatchSize).Select(g => new Place(g.CreatedAt, g.Id)).ToListAsync(ct);

    /// <summary>Looks through rows of which most must stay, and answers where to go on next time.</summary>
    private static async Task<Place> SweepAsync(PruningTurn turn, Place after, Func<Place, Task<IReadOnlyList<Place>>> next, Func<IReadOnlyList<Place>, Task<int>> delete, CancellationToken ct)
    {
        var kept = 0;
        await turn.BatchesAsync(async () =>
        {
            var places = await next(after);
            var deleted = places.Count == 0 ? 0 : await delete(places);
            kept += places.Count - deleted;
            var isEnd = places.Count < PruningTurn.BatchSize;
            after = isEnd ? default : places[^1];
            return (deleted, !isEnd && kept < MostKept);
        }, ct);
        return after;
    }

    [LoggerMessage(1101, LogLevel.Information, "{Count} expired tokens, grants and sessions deleted")]
    private static partial void Pruned(ILogger logger, int count);

    [LoggerMessage(1102, LogLevel.Error, "Deleting expired tokens failed")]
    private static partial void PruningFailed(ILogger logger, Exception exception);
}
