using System.Data.Common;
using System.Runtime.CompilerServices;
using IdP.Protocol.Resources;
using IdP.Protocol.Token;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace IdP.Protocol.Clients;

/// <summary>Empties the <see cref="Catalog"/> of this node when something in it was saved, after the commit.</summary>
public sealed class CatalogInvalidation(Catalog catalog) : SaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly ConditionalWeakTable<DbContext, object> _touched = [];
    private readonly ConditionalWeakTable<DbContext, object> _inTransaction = [];

    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        if (_touched.Remove(eventData.Context!)) catalog.Invalidate();
        return base.SavedChanges(eventData, result);
    }

    public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (_touched.Remove(eventData.Context!)) catalog.Invalidate();
        return base.SavedChangesAsync(eventData, result, cancellationToken);
    }

    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        Note(eventData.Context!);
        return base.SavingChanges(eventData, result);
    }

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Note(eventData.Context!);
        return base.SavingChangesAsync(eventData, result, cancellationToken);
    }

    /// <summary>Inside an explicit transaction the change is visible to others only now.</summary>
    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData)
    {
        if (eventData.Context is not null && _inTransaction.Remove(eventData.Context)) catalog.Invalidate();
    }

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is not null && _inTransaction.Remove(eventData.Context)) catalog.Invalidate();
        return Task.CompletedTask;
    }

    private void Note(DbContext db)
    {
        if (!db.ChangeTracker.Entries().Any(IsCatalogChange)) return;
        _touched.AddOrUpdate(db, db);
        if (db.Database.CurrentTransaction is not null) _inTransaction.AddOrUpdate(db, db);
    }

    private static bool IsCatalogChange(EntityEntry entry) => entry.State is EntityState.Added or EntityState.Modified or EntityState.Deleted
        && entry.Entity is Client or ClientSecret or IdentityResource or ApiScope or ApiResource or ApiSecret or AssertionIssuer;
}
