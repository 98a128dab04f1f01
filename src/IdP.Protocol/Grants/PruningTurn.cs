using System.Data.Common;
using System.Diagnostics;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Grants;

/// <summary>
/// One node's turn at deleting: batch after batch, each a short transaction of its own, with a rest after each that is nine times as long as the batch took, so that people who
/// sign in meanwhile get the database for most of the time and for more of it the busier it is. The turn is over when there is nothing left, or when another node has it.
/// </summary>
internal sealed class PruningTurn(DbContext db)
{
    /// <summary>Small, because a sign-in whose statements come meanwhile waits for the processor of the database until the batch is over.</summary>
    public const int BatchSize = 200;

    /// <summary>Names the work among PostgreSQL's advisory locks: "prune" in ASCII. Held by the transaction, because sessions of pooled connections outlive their use.</summary>
    private const long Lock = 0x7072756E65;

    private const string LockNotAvailable = "55P03", DeadlockDetected = "40P01";

    /// <summary>Against the time of the batch: a longer rest deletes fewer rows a second and leaves sign-ins a shorter tail (docs/performance.md).</summary>
    private const int Rest = 9;

    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(5);

    private readonly bool isShared = db.Database.ProviderName?.EndsWith("PostgreSQL", StringComparison.Ordinal) is true; // SQLite has one process and one writer

    /// <summary>Rows deleted so far.</summary>
    public int Deleted { get; private set; }

    /// <summary>Whether another node is at it, or somebody holds the rows: what is left waits for the next turn.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Deletes the rows of a query.</summary>
    /// <param name="from">The rows from an instant on, in its order: what is deleted already is not looked at again, however long the database keeps its remains.</param>
    /// <param name="at">That instant, which an index serves.</param>
    public async Task DeleteAsync<T>(Func<DateTimeOffset, IQueryable<T>> from, Expression<Func<T, DateTimeOffset>> at, CancellationToken ct) where T : class
    {
        var start = DateTimeOffset.UnixEpoch;
        await BatchesAsync(async () =>
        {
            var last = await from(start).Select(at).Skip(BatchSize - 1).FirstOrDefaultAsync(ct);
            var deleted = await from(start).Take(BatchSize).ExecuteDeleteAsync(ct);
            start = last;
            return (deleted, deleted == BatchSize);
        }, ct);
    }

    /// <param name="batch">Deletes up to a batch, and says how many rows and whether there may be more.</param>
    public async Task BatchesAsync(Func<Task<(int Deleted, bool More)>> batch, CancellationToken ct)
    {
        for (var more = true; more && !IsOver;)
        {
            var started = Stopwatch.GetTimestamp();
            more = await OneAsync(batch, ct);
            var rest = Rest * Stopwatch.GetElapsedTime(started);
            if (more) await Task.Delay(rest > ShortestRest ? rest : ShortestRest, ct); // real time whatever the server's clock says: the load is real
        }
    }

    private async Task<bool> OneAsync(Func<Task<(int Deleted, bool More)>> batch, CancellationToken ct)
    {
        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (isShared && !await TakeAsync(ct))
            {
                IsOver = true;
                return false;
            }
            var (deleted, more) = await batch();
            await transaction.CommitAsync(ct);
            Deleted += deleted;
            return more;
        }
        catch (DbException e) when (e.SqlState is LockNotAvailable or DeadlockDetected)
        {
            IsOver = true;
            return false;
        }
    }

    /// <summary>
    /// The lock, and for this transaction alone: no waiting for the disk, since a deletion that a power loss undoes is made again, and no long waiting for rows, so that in a deadlock with
    /// a revocation it is the deletion that gives way.
    /// </summary>
    private Task<bool> TakeAsync(CancellationToken ct) =>
        db.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock({Lock}) AND set_config('synchronous_commit', 'off', true) = 'off' AND set_config('lock_timeout', '200ms', true) = '200ms' AS \"Value\"").SingleAsync(ct);
}
