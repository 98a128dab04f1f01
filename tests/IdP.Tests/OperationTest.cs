using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests;

/// <summary>A fixture that calls operations the way every door does: in a scope of its own, on a server that runs.</summary>
public abstract class OperationTest(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with { Configuration = null };

    /// <summary>A name no other test of the fixture has.</summary>
    protected static string NewName(string prefix) => $"{prefix}-{Guid.NewGuid():N}"[..(prefix.Length + 9)];

    /// <summary>As the machine's operator, who may do everything.</summary>
    protected Task<T> RunAsync<TOperation, T>(Func<TOperation, Task<T>> act) where TOperation : notnull => RunAsync(_ => { }, act);

    /// <summary>As somebody who is signed in to the console without any role.</summary>
    protected Task<T> RunAsNobodyAsync<TOperation, T>(Func<TOperation, Task<T>> act) where TOperation : notnull => RunAsync(actor => actor.Become(ActorSources.Console), act);

    protected async Task<T> SucceedAsync<TOperation, T>(Func<TOperation, Task<Outcome<T>>> act) where TOperation : notnull
    {
        var outcome = await RunAsync(act);
        Assert.That(outcome.Failure, Is.Null);
        return outcome.Value!; // there is no failure
    }

    protected async Task<Failure> FailAsync<TOperation, T>(Func<TOperation, Task<Outcome<T>>> act) where TOperation : notnull
    {
        var outcome = await RunAsync(act);
        Assert.That(outcome.Failure, Is.Not.Null, "The operation succeeded.");
        return outcome.Failure!; // asserted one line above
    }

    protected Task<T> ReadAsync<T>(Func<IdpDbContext, Task<T>> read) => Server.WithDatabaseAsync(read);

    protected async Task WriteAsync(Action<IdpDbContext> write) => await Server.WithDatabaseAsync(async db =>
    {
        write(db);
        return await db.SaveChangesAsync();
    });

    protected Task<List<AuditEntry>> AuditAsync(string targetId) =>
        ReadAsync(db => db.AuditEntries.Where(entry => entry.TargetId == targetId).OrderBy(entry => entry.At).ThenBy(entry => entry.Id).ToListAsync());

    private async Task<T> RunAsync<TOperation, T>(Action<Actor> become, Func<TOperation, Task<T>> act) where TOperation : notnull
    {
        await using var scope = Server.Services.CreateAsyncScope();
        become(scope.ServiceProvider.GetRequiredService<Actor>());
        return await act(scope.ServiceProvider.GetRequiredService<TOperation>());
    }
}
