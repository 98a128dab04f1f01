using System.Collections.Concurrent;
using IdP.Data;
using IdP.Server;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Testing;

/// <summary>The product migrates one database of each kind; every server then gets a copy, which takes milliseconds.</summary>
public static class MigratedDatabases
{
    private static readonly ConcurrentDictionary<DatabaseKind, Lazy<Task<TestDatabase>>> Templates = new();

    static MigratedDatabases() => AppDomain.CurrentDomain.ProcessExit += (_, _) => DeleteFiles();

    public static async Task<TestDatabase> CopyAsync(DatabaseKind kind) =>
        await TestDatabase.CreateAsync(kind, await Templates.GetOrAdd(kind, key => new Lazy<Task<TestDatabase>>(() => MigrateAsync(key))).Value);

    private static async Task<TestDatabase> MigrateAsync(DatabaseKind kind)
    {
        var database = await TestDatabase.CreateAsync(kind);
        try
        {
            await using var app = IdpHost.Build(ServerUnderTest.Arguments(new ServerSettings(kind) { Configuration = null }, database, LoopbackPort.Free()));
            await using var scope = app.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<Schema>().MigrateAsync(CancellationToken.None);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }

        await database.CloseAsync();
        return database;
    }

    /// <summary>The cluster takes its databases along; files must be deleted.</summary>
    private static void DeleteFiles()
    {
        if (Templates.TryGetValue(DatabaseKind.Sqlite, out var template) && template.Value.IsCompletedSuccessfully)
            template.Value.Result.DisposeAsync().AsTask().Wait();
    }
}
