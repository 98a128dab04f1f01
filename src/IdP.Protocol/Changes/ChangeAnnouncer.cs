using System.Data.Common;
using System.Runtime.CompilerServices;
using IdP.Protocol.Clients;
using IdP.Protocol.Keys;
using IdP.Protocol.Resources;
using IdP.Protocol.Token;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace IdP.Protocol.Changes;

/// <summary>
/// When something that nodes keep in memory is saved: tells the others inside the transaction, so that they hear of it after the commit or never, and empties the
/// <see cref="Catalog"/> of this node after the commit.
/// </summary>
public sealed class ChangeAnnouncer(Catalog catalog, IEnumerable<IChangeSignal> signals) : SaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly ConditionalWeakTable<DbContext, Pending> _pending = [];

    /// <summary>For what is written by set, past the change tracker: the open transaction of the context announces it.</summary>
    public void Note(DbContext db, ChangedParts parts)
    {
        var transaction = db.Database.CurrentTransaction ?? throw new InvalidOperationException("A change can be announced only inside a transaction.");
        _pending.GetOrCreateValue(db).Add(transaction.TransactionId, parts);
    }

    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        BeforeSave(eventData.Context!); // a save has a context, here and below
        return base.SavingChanges(eventData, result);
    }

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        BeforeSave(eventData.Context!);
        return base.SavingChangesAsync(eventData, result, cancellationToken);
    }

    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        AfterSave(eventData.Context!, saved: true);
        return base.SavedChanges(eventData, result);
    }

    public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        AfterSave(eventData.Context!, saved: true);
        return base.SavedChangesAsync(eventData, result, cancellationToken);
    }

    public override void SaveChangesFailed(DbContextErrorEventData eventData)
    {
        AfterSave(eventData.Context!, saved: false);
        base.SaveChangesFailed(eventData);
    }

    public override Task SaveChangesFailedAsync(DbContextErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        AfterSave(eventData.Context!, saved: false);
        return base.SaveChangesFailedAsync(eventData, cancellationToken);
    }

    public override void SaveChangesCanceled(DbContextEventData eventData)
    {
        AfterSave(eventData.Context!, saved: false);
        base.SaveChangesCanceled(eventData);
    }

    public override Task SaveChangesCanceledAsync(DbContextEventData eventData, CancellationToken cancellationToken = default)
    {
        AfterSave(eventData.Context!, saved: false);
        return base.SaveChangesCanceledAsync(eventData, cancellationToken);
    }

    public InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
    {
        if (PartsOf(eventData) is var parts and not ChangedParts.None)
            foreach (var signal in signals) signal.Send(transaction, parts);
        return result;
    }

    public async ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        if (PartsOf(eventData) is var parts and not ChangedParts.None)
            foreach (var signal in signals) await signal.SendAsync(transaction, parts, cancellationToken);
        return result;
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => AfterCommit(eventData);

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        AfterCommit(eventData);
        return Task.CompletedTask;
    }

    /// <summary>When the connection breaks during a commit, nobody knows whether it was done.</summary>
    public void TransactionFailed(DbTransaction transaction, TransactionErrorEventData eventData) => AfterCommit(eventData);

    public Task TransactionFailedAsync(DbTransaction transaction, TransactionErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        AfterCommit(eventData);
        return Task.CompletedTask;
    }

    private void BeforeSave(DbContext db)
    {
        var parts = PartsOf(db);
        if (parts is ChangedParts.None) return;
        var pending = _pending.GetOrCreateValue(db);
        pending.Saving = parts;
        if (db.Database.CurrentTransaction is not null) return;

        // A single statement would be saved without a transaction, and the signal could go only before or after it.
        pending.Before = db.Database.AutoTransactionBehavior;
        db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Always;
    }

    private void AfterSave(DbContext db, bool saved)
    {
        if (!_pending.TryGetValue(db, out var pending)) return;
        if (pending.Before is { } before) db.Database.AutoTransactionBehavior = before;
        if (saved && pending.Saving is not ChangedParts.None && db.Database.CurrentTransaction is { } transaction) pending.Add(transaction.TransactionId, pending.Saving);
        (pending.Before, pending.Saving) = (null, ChangedParts.None);
    }

    private void AfterCommit(TransactionEndEventData data)
    {
        var parts = PartsOf(data);
        if (parts is ChangedParts.None || data.Context is not { } db || !_pending.TryGetValue(db, out var pending)) return;
        pending.Clear();
        if (parts.HasFlag(ChangedParts.Catalog)) catalog.Invalidate(); // keys are made in one place, which reads them again itself
    }

    private ChangedParts PartsOf(TransactionEventData data) => data.Context is { } db && _pending.TryGetValue(db, out var pending) ? pending.Of(data.TransactionId) : ChangedParts.None;

    private static ChangedParts PartsOf(DbContext db)
    {
        var parts = ChangedParts.None;
        foreach (var entry in db.ChangeTracker.Entries())
        {
            if (entry.State is not (EntityState.Added or EntityState.Modified or EntityState.Deleted)) continue;
            parts |= entry.Entity switch
            {
                Client or ClientSecret or IdentityResource or ApiScope or ApiResource or ApiSecret or AssertionIssuer or IKeptInMemory => ChangedParts.Catalog,
                SigningKey => ChangedParts.Keys,
                _ => ChangedParts.None,
            };
        }
        return parts;
    }

    /// <summary>What one context has changed and not committed.</summary>
    private sealed class Pending
    {
        private Guid _transaction;
        private ChangedParts _parts;

        /// <summary>What the save that runs is about to change.</summary>
        public ChangedParts Saving { get; set; }

        /// <summary>The context's setting, to be put back; null when it was left.</summary>
        public AutoTransactionBehavior? Before { get; set; }

        /// <summary>By the transaction's id: one that ends without a word (it is only disposed of) must leave nothing to the next one of the same pooled context.</summary>
        public void Add(Guid transaction, ChangedParts parts)
        {
            if (_transaction != transaction) (_transaction, _parts) = (transaction, ChangedParts.None);
            _parts |= parts;
        }

        /// <summary>A save without a transaction around it commits its own.</summary>
        public ChangedParts Of(Guid transaction) => (_transaction == transaction ? _parts : ChangedParts.None) | (Before is null ? ChangedParts.None : Saving);

        public void Clear()
        {
            _parts = ChangedParts.None;
            Saving = ChangedParts.None;
        }
    }
}
