using IdP.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IdP.Erasures;

/// <summary>Deletes people whose time has come, on whichever node sees it first.</summary>
public sealed class ErasureJob(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ErasureJob> logger) : BackgroundService
{
    private const int MaxAtOnce = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <returns>How many were deleted.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        List<Guid> due;
        await using (var scope = scopes.CreateAsyncScope())
        {
            var (db, now) = (scope.ServiceProvider.GetRequiredService<IdpDbContext>(), clock.GetUtcNow());
            due = await db.Erasures.Where(e => (e.State == ErasureState.Waiting && e.DueAt <= now) || (e.State == ErasureState.Running && e.ClaimedUntil < now)).OrderBy(e => e.DueAt).Select(e => e.Id).Take(MaxAtOnce).ToListAsync(ct);
        }
        var done = 0;
        foreach (var id in due)
            if (await EraseAsync(id, ct)) done++;
        return done;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.ErasuresNotRead(logger, exception);
            }
        }
    }

    private async Task<bool> EraseAsync(Guid id, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var erase = scope.ServiceProvider.GetRequiredService<ErasePerson>();
            if (!await erase.TakeAsync(id, ct)) return false;
            await erase.ExecuteAsync(id, ct);
            Log.PersonErased(logger, id);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.ErasureFailed(logger, exception, id); // goes on where it stopped, when the claim is over
            return false;
        }
    }
}
