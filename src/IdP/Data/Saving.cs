using IdP.Access;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace IdP.Data;

/// <summary>How operations save: a lost race is an answer, not an exception.</summary>
internal static class Saving
{
    private const int SqliteUnique = 2067, SqlitePrimaryKey = 1555, SqliteForeignKey = 787;

    /// <summary>Saves, or says why not: somebody was faster with the same name, or with a change to the same row.</summary>
    public static async Task<Failure?> SaveAsync(this IdpDbContext db, string thing, CancellationToken ct)
    {
        try
        {
            await db.SaveChangesAsync(ct);
            return null;
        }
        catch (DbUpdateConcurrencyException)
        {
            db.ChangeTracker.Clear(); // what was refused must not be saved by the next operation of this request
            return Failure.Stale(thing);
        }
        catch (DbUpdateException e) when (IsForeignKey(e))
        {
            db.ChangeTracker.Clear();
            return Failure.Stale(thing);
        }
        catch (DbUpdateException e) when (IsDuplicate(e))
        {
            db.ChangeTracker.Clear();
            return Failure.Conflict("taken", $"There is already a {thing} with this name.");
        }
    }

    /// <summary>A transaction for operations that also write by set, or nothing when the caller already holds one (a configuration file is one transaction).</summary>
    public static async Task<IDbContextTransaction?> BeginAsync(this IdpDbContext db, CancellationToken ct) =>
        db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(ct) : null;

    public static bool IsDuplicate(this DbUpdateException e) => e.InnerException
        is SqliteException { SqliteExtendedErrorCode: SqliteUnique or SqlitePrimaryKey }
        or PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    private static bool IsForeignKey(DbUpdateException e) => e.InnerException
        is SqliteException { SqliteExtendedErrorCode: SqliteForeignKey }
        or PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation };
}
