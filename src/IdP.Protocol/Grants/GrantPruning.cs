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
/// Deletes what can never be used again: expired tokens, deny-list entries and used assertions, and grants without tokens. A used refresh token is kept until it
/// would have expired, because its reuse must still be recognised, and the grants of a living session until it ends, because the apps must hear of
/// that. Set-based in small steps, and harmless when several nodes do it at once.
/// </summary>
internal sealed partial class GrantPruning(IServiceScopeFactory scopes, IOptions<BackChannelLogoutOptions> logouts, TimeProvider clock, ILogger<GrantPruning> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);

    /// <summary>A JWT access token has no row and lives a day at most; its grant must outlive it, or it would count as revoked.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromDays(2);
    private const int Batch = 1000;

    public async Task<int> PruneAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DbContext>();
        var now = clock.GetUtcNow();
        var alive = scope.ServiceProvider.GetRequiredService<ISessionLife>().AliveAt(now);
        var (created, told) = (now - Grace, now - logouts.Value.Retention);
        return await DeleteAsync(db.Set<GrantToken>().Where(t => t.ExpiresAt < created), ct)
            // A pushed request is of no use to anybody after its time, and public clients can push without end.
            + await DeleteAsync(db.Set<GrantToken>().Where(t => t.ExpiresAt < now && t.Type == TokenTypeIdentifiers.Private.RequestToken), ct)
            + await DeleteAsync(db.Set<RevokedToken>().Where(t => t.ExpiresAt < now), ct)
            + await DeleteAsync(db.Set<UsedAssertion>().Where(a => a.ExpiresAt < now), ct)
            + await DeleteAsync(db.Set<LogoutDelivery>().Where(d => d.ExpiresAt < told && d.Status != LogoutDeliveryStatus.Pending), ct)
            + await DeleteAsync(db.Set<Grant>().Where(g => g.CreatedAt < created && !db.Set<GrantToken>().Any(t => t.GrantId == g.Id) && (g.SessionId == null || !alive.Contains(g.SessionId.Value))), ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
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

    private static async Task<int> DeleteAsync<T>(IQueryable<T> rows, CancellationToken ct) where T : class
    {
        var total = 0;
        for (int deleted; ; total += deleted)
            if ((deleted = await rows.Take(Batch).ExecuteDeleteAsync(ct)) == 0)
                return total;
    }

    [LoggerMessage(1101, LogLevel.Information, "{Count} expired tokens and grants deleted")]
    private static partial void Pruned(ILogger logger, int count);

    [LoggerMessage(1102, LogLevel.Error, "Deleting expired tokens failed")]
    private static partial void PruningFailed(ILogger logger, Exception exception);
}
