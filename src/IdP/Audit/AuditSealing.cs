using System.Text.Json;
using IdP.Data;
using IdP.PersonalData;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Audit;

/// <summary>
/// Puts committed audit entries into the chain, a moment later and in the background, so that nobody who writes one waits for anybody else. An entry whose transaction is long comes later. One node at a
/// time: whoever holds the row of the chain. Entries of before there was a chain are put there too, and what is personal in them is encrypted first.
/// </summary>
public sealed class AuditSealing(IServiceScopeFactory scopes, AuditKeys keys, IOptions<AuditOptions> options, TimeProvider clock, ILogger<AuditSealing> logger) : BackgroundService
{
    internal const string CheckpointType = "audit-checkpoint+jwt";
    private const int BatchSize = 500, EntriesPerCheckpoint = 1000;

    /// <returns>How many entries were put into the chain.</returns>
    public async Task<int> SealAsync(CancellationToken ct)
    {
        int all = 0, some;
        do all += some = await SealSomeAsync(ct);
        while (some == BatchSize);
        return all;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SealInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SealAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.SealingFailed(logger, exception);
            }
        }
    }

    private async Task<int> SealSomeAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
        if (!await db.AuditEntries.AnyAsync(e => e.Number == null, ct)) return 0;
        await keys.ChainAsync(db, ct);

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // Takes the row: another node waits here, and reads the chain as this one leaves it.
        await db.AuditChains.ExecuteUpdateAsync(c => c.SetProperty(x => x.Number, x => x.Number), ct);
        var chain = await db.AuditChains.SingleAsync(ct);
        var entries = await db.AuditEntries.Where(e => e.Number == null).OrderBy(e => e.At).ThenBy(e => e.Id).Take(BatchSize).ToListAsync(ct);
        if (entries.Count == 0) return 0;
        foreach (var entry in entries.Where(e => e.Details is not null)) FindPerson(db, scope.ServiceProvider, entry);
        await scope.ServiceProvider.GetRequiredService<SealPersonalParts>().SealAsync(db, entries, ct);
        foreach (var entry in entries) (entry.Number, entry.ChainHash) = (++chain.Number, chain.Hash = AuditChain.Link(chain.Hash, chain.Number, entry));
        await CheckAsync(db, chain, entries.Count, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return entries.Count;
    }

    private async Task CheckAsync(IdpDbContext db, AuditChain chain, int added, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var last = await db.AuditCheckpoints.OrderByDescending(c => c.Number).Select(c => (DateTimeOffset?)c.At).FirstOrDefaultAsync(ct);
        if (last + options.Value.CheckpointInterval > now && (chain.Number - added) / EntriesPerCheckpoint == chain.Number / EntriesPerCheckpoint) return;
        db.AuditCheckpoints.Add(Checkpoint(chain, now));
    }

    /// <summary>The chain as it is now, signed.</summary>
    internal AuditCheckpoint Checkpoint(AuditChain chain, DateTimeOffset now)
    {
        using var key = keys.Open(chain);
        return new AuditCheckpoint { Number = chain.Number, At = now, Statement = key.Sign(CheckpointType, new { number = chain.Number, hash = Convert.ToHexStringLower(chain.Hash), at = now }) };
    }

    /// <summary>Older versions wrote personal values in clear, some of them in entries whose target is no user.</summary>
    private static void FindPerson(IdpDbContext db, IServiceProvider services, AuditEntry entry)
    {
        if (entry is not { TargetType: "recovery" or "invitation", Details: { } details }) return;
        using var json = JsonDocument.Parse(details);
        if (json.RootElement.TryGetProperty("userId", out var user) && user.ValueKind is JsonValueKind.String && user.TryGetGuid(out var id)) entry.About = id;
        else if (json.RootElement.TryGetProperty("email", out var email) && email.GetString() is { } address && Guid.TryParse(entry.TargetId, out var invitation))
        {
            db.PersonKeys.Add(services.GetRequiredService<PersonKeys>().New(invitation, services.GetRequiredService<ILookupNormalizer>().NormalizeEmail(address)));
            entry.About = invitation;
        }
    }
}
