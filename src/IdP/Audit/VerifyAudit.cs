using System.Data;
using System.Globalization;
using System.Text.Json;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Audit;

/// <param name="Entries">How many are in the chain and as they were.</param>
/// <param name="Waiting">How many are not in the chain yet.</param>
/// <param name="Broken">What is wrong first, in one sentence; null when nothing is.</param>
/// <param name="Hash">Of the newest entry, in hex.</param>
public sealed record AuditVerdict(long Entries, int Waiting, int Checkpoints, string? Broken, string? Hash);

/// <summary>Reads the whole chain of audit entries and says whether it is as it was written. Memory holds one batch.</summary>
public sealed class VerifyAudit(IdpDbContext db, AuditKeys keys)
{
    private const int BatchSize = 1000;

    public async Task<AuditVerdict> ExecuteAsync(CancellationToken ct)
    {
        // One snapshot, so that what is added meanwhile does not look like a fault; on SQLite this level is the one that only reads.
        await using var transaction = await db.Database.BeginTransactionAsync(db.Database.IsNpgsql() ? IsolationLevel.RepeatableRead : IsolationLevel.ReadUncommitted, ct);
        var waiting = await db.AuditEntries.CountAsync(e => e.Number == null, ct);
        var chain = await db.AuditChains.AsNoTracking().SingleOrDefaultAsync(ct);
        if (chain is null)
        {
            var begun = await db.AuditEntries.AnyAsync(e => e.Number != null, ct) || await db.AuditCheckpoints.AnyAsync(ct);
            return new(0, waiting, 0, begun ? "The row of the chain itself was deleted." : null, null);
        }
        using var key = keys.Open(chain);
        var checkpoints = new Queue<AuditCheckpoint>(await db.AuditCheckpoints.AsNoTracking().OrderBy(c => c.Number).ToListAsync(ct));
        var signed = checkpoints.Count;
        var (hash, number) = (new byte[32], 0L);
        AuditVerdict Broken(string what) => new(number, waiting, signed, what, null);

        List<AuditEntry> entries;
        do
        {
            entries = await db.AuditEntries.AsNoTracking().Where(e => e.Number > number).OrderBy(e => e.Number).Take(BatchSize).ToListAsync(ct);
            foreach (var entry in entries)
            {
                if (entry.Number != number + 1) return Broken(Say($"Entry {number + 1} is missing."));
                var next = AuditChain.Link(hash, number + 1, entry);
                if (entry.ChainHash is null || !next.AsSpan().SequenceEqual(entry.ChainHash)) return Broken(Say($"Entry {number + 1} ({entry.Id}, {entry.Action}) is not as it was written, or does not belong there."));
                (hash, number) = (next, number + 1);
                if (checkpoints.TryPeek(out var checkpoint) && checkpoint.Number == number && !Fits(key, checkpoints.Dequeue(), hash)) return Broken(Say($"The signed checkpoint at entry {number} says otherwise."));
            }
        }
        while (entries.Count == BatchSize);

        if (checkpoints.TryPeek(out var beyond)) return Broken(Say($"Entries after {number} are missing: there is a checkpoint at entry {beyond.Number}."));
        if (chain.Number != number || !chain.Hash.AsSpan().SequenceEqual(hash)) return Broken(Say($"Entries after {number} are missing: the chain had come to entry {chain.Number}."));
        return new(number, waiting, signed, null, Convert.ToHexStringLower(hash));
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static bool Fits(AuditKey key, AuditCheckpoint checkpoint, byte[] hash)
    {
        try
        {
            return key.Read(AuditSealing.CheckpointType, checkpoint.Statement) is { } statement
                && statement.GetProperty("number").GetInt64() == checkpoint.Number && statement.GetProperty("hash").GetString() == Convert.ToHexStringLower(hash);
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return false;
        }
    }
}
