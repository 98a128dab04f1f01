using IdP.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IdP.Exports;

/// <summary>Makes the copies that were asked for, on whichever node sees them first, and deletes those whose time is over.</summary>
public sealed class ExportJob(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ExportJob> logger) : BackgroundService
{
    private const int MaxAtOnce = 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <returns>How many were made.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        List<Guid> asked;
        await using (var scope = scopes.CreateAsyncScope())
        {
            var (db, now) = (scope.ServiceProvider.GetRequiredService<IdpDbContext>(), clock.GetUtcNow());
            if (await db.PersonalExports.AnyAsync(e => e.ExpiresAt < now, ct)) await db.PersonalExports.Where(e => e.ExpiresAt < now).ExecuteDeleteAsync(ct);
            asked = await db.PersonalExports.Where(e => e.State == ExportState.Running && (e.ClaimedUntil == null || e.ClaimedUntil < now)).OrderBy(e => e.Id).Select(e => e.Id).Take(MaxAtOnce).ToListAsync(ct);
        }
        var made = 0;
        foreach (var id in asked)
            if (await MakeAsync(id, ct)) made++;
        return made;
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
                Log.ExportsNotRead(logger, exception);
            }
        }
    }

    private async Task<bool> MakeAsync(Guid id, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var make = scope.ServiceProvider.GetRequiredService<MakeExport>();
            if (!await make.TakeAsync(id, ct)) return false;
            await make.ExecuteAsync(id, ct);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.ExportFailed(logger, exception, id); // goes on where it stopped, when the claim is over
            return false;
        }
    }
}
