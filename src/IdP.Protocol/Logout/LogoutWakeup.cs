using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace IdP.Protocol.Logout;

/// <summary>Tells this node's <see cref="LogoutSender"/> that deliveries were committed, so that apps hear at once and not at the next look into the table.</summary>
public sealed class LogoutWakeup : SaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly ConditionalWeakTable<DbContext, object> _touched = [];
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    internal ValueTask<bool> WaitAsync(CancellationToken ct) => _signal.Reader.ReadAsync(ct);

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        var db = eventData.Context!; // a save has a context
        if (db.ChangeTracker.Entries<LogoutDelivery>().Any(entry => entry.State is EntityState.Added or EntityState.Modified)) _touched.AddOrUpdate(db, db);
        return base.SavingChangesAsync(eventData, result, cancellationToken);
    }

    public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context!.Database.CurrentTransaction is null) Wake(eventData.Context);
        return base.SavedChangesAsync(eventData, result, cancellationToken);
    }

    /// <summary>Inside an explicit transaction the rows are visible only now.</summary>
    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is not null) Wake(eventData.Context);
        return Task.CompletedTask;
    }

    private void Wake(DbContext db)
    {
        if (_touched.Remove(db)) _signal.Writer.TryWrite(true);
    }
}
