using IdP.Protocol.Clients;
using IdP.Protocol.Outbound;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Logout;

/// <summary>
/// Sends the queued logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8), on every node. Taking an attempt moves it forward in the table,
/// so no other node makes it too, and a node that dies in between has only delayed it.
/// </summary>
internal sealed class LogoutSender(IServiceScopeFactory scopes, LogoutWakeup wakeup, LogoutTokens tokens, OutboundHttp http, Catalog catalog, TimeProvider clock, ILogger<LogoutSender> logger) : BackgroundService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);
    private const int Batch = 100;

    /// <summary>Requests in flight on this node: one app that hangs holds up only its own.</summary>
    private const int MaxInFlight = 32;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var places = new SemaphoreSlim(MaxInFlight, MaxInFlight);
        List<Task> running = [];
        try
        {
            while (true)
            {
                var due = await FindDueAsync(stoppingToken);
                foreach (var delivery in due)
                {
                    await places.WaitAsync(stoppingToken);
                    running.Add(AttemptAsync(delivery, places, stoppingToken));
                }
                running.RemoveAll(task => task.IsCompleted);
                if (due.Count < Batch) await WaitAsync(stoppingToken);
            }
        }
        finally
        {
            await Task.WhenAll(running); // an attempt logs its failure itself
        }
    }

    /// <summary>First attempts before repeated ones, so that apps that are down for long delay nobody else's sign-out.</summary>
    private async Task<List<LogoutDelivery>> FindDueAsync(CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var now = clock.GetUtcNow();
            return await scope.ServiceProvider.GetRequiredService<DbContext>().Set<LogoutDelivery>().AsNoTracking()
                .Where(d => d.Status == LogoutDeliveryStatus.Pending && d.NextAttemptAt <= now).OrderBy(d => d.Attempts).ThenBy(d => d.NextAttemptAt).Take(Batch).ToListAsync(ct);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            Log.QueueUnreadable(logger, exception); // the next look tries again
            return [];
        }
    }

    private async Task WaitAsync(CancellationToken ct)
    {
        using var round = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(wakeup.WaitAsync(round.Token).AsTask(), Task.Delay(PollInterval, clock, round.Token));
        await round.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }

    private async Task AttemptAsync(LogoutDelivery delivery, SemaphoreSlim places, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<DbContext>();
            if (!await TakeAsync(db, delivery, ct)) return;

            var outcome = await catalog.FindClientByKeyAsync(delivery.ClientKey, ct) is { BackChannelLogoutUri: { } address } client
                ? LogoutOutcome.Of(await http.PostFormAsync(address, [new("logout_token", await tokens.CreateAsync(client, delivery.Subject, delivery.SessionId, ct))], ct))
                : LogoutOutcome.NoAddress;
            await RecordAsync(db, delivery, outcome, CancellationToken.None);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            Log.AttemptFailed(logger, delivery.Id, exception); // it is due again at the time that taking it has set
        }
        catch (OperationCanceledException)
        {
            // The node stops; whoever looks next after the time that taking it has set makes the attempt.
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>Whether this node makes the attempt.</summary>
    private async Task<bool> TakeAsync(DbContext db, LogoutDelivery delivery, CancellationToken ct)
    {
        var (seen, now) = (delivery.Attempts, clock.GetUtcNow());
        var next = now + LogoutSchedule.DelayAfter(seen + 1);
        var taken = await db.Set<LogoutDelivery>().Where(d => d.Id == delivery.Id && d.Status == LogoutDeliveryStatus.Pending && d.Attempts == seen && d.NextAttemptAt <= now)
            .ExecuteUpdateAsync(d => d.SetProperty(x => x.Attempts, seen + 1).SetProperty(x => x.NextAttemptAt, next), ct);
        (delivery.Attempts, delivery.NextAttemptAt) = (seen + 1, next);
        return taken == 1;
    }

    private async Task RecordAsync(DbContext db, LogoutDelivery delivery, LogoutOutcome outcome, CancellationToken ct)
    {
        var row = db.Set<LogoutDelivery>().Where(d => d.Id == delivery.Id && d.Status != LogoutDeliveryStatus.Confirmed);
        if (outcome.Error is not { } error)
        {
            var now = clock.GetUtcNow();
            await row.ExecuteUpdateAsync(d => d.SetProperty(x => x.Status, LogoutDeliveryStatus.Confirmed).SetProperty(x => x.ConfirmedAt, now).SetProperty(x => x.LastError, (string?)null), ct);
            Log.Confirmed(logger, delivery.Id, delivery.ClientKey, delivery.Attempts);
            return;
        }

        var isOver = outcome.IsFinal || delivery.NextAttemptAt > delivery.ExpiresAt || outcome.IsRefusal && delivery.Attempts >= LogoutSchedule.MaxRefusals;
        var status = isOver ? LogoutDeliveryStatus.Failed : LogoutDeliveryStatus.Pending;
        // What a slow attempt brings back after a later one was taken is no news.
        await row.Where(d => d.Attempts == delivery.Attempts).ExecuteUpdateAsync(d => d.SetProperty(x => x.Status, status).SetProperty(x => x.LastError, error), ct);
        if (isOver) Log.GaveUp(logger, delivery.Id, delivery.ClientKey, delivery.Attempts, error);
    }
}
