using Microsoft.EntityFrameworkCore;

namespace IdP.Data;

/// <summary>The database schema against what this build needs.</summary>
public sealed class Schema(IdpDbContext db)
{
    public async Task MigrateAsync(CancellationToken ct) => await db.Database.MigrateAsync(ct);

    /// <summary>Names of the migrations the database lacks. A newer database is fine: schema changes only add first and remove a version later.</summary>
    public async Task<IReadOnlyList<string>> MissingAsync(CancellationToken ct) => [.. await db.Database.GetPendingMigrationsAsync(ct)];
}
