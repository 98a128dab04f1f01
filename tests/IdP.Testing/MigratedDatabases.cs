using System.Collections.Concurrent;
using IdP.Data;
using IdP.Hosting;
using IdP.Server;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Testing;

/// <summary>The product migrates one database of each kind; every server then gets a copy, which takes milliseconds.</summary>
public static class MigratedDatabases
{
    private static readonly ConcurrentDictionary<(DatabaseKind Kind, bool HasKeys), Lazy<Task<TestDatabase>>> Templates = new();

    static MigratedDatabases() => AppDomain.CurrentDomain.ProcessExit += (_, _) => DeleteFiles();

    public static Task<TestDatabase> CopyAsync(DatabaseKind kind) => CopyAsync(kind, hasKeys: false);

    /// <summary>With the keys that every provider has, sealed by the secret of the servers under test: making them takes longer than all else of a start.</summary>
    internal static Task<TestDatabase> CopyWithKeysAsync(DatabaseKind kind) => CopyAsync(kind, hasKeys: true);

    private static async Task<TestDatabase> CopyAsync(DatabaseKind kind, bool hasKeys) =>
        await TestDatabase.CreateAsync(kind, await Templates.GetOrAdd((kind, hasKeys), key => new Lazy<Task<TestDatabase>>(() => MakeAsync(key.Kind, key.HasKeys))).Value);

    private static async Task<TestDatabase> MakeAsync(DatabaseKind kind, bool hasKeys)
    {
        var database = hasKeys ? await CopyAsync(kind) : await TestDatabase.CreateAsync(kind);
        try
        {
            await using var app = IdpHost.Build(ServerUnderTest.Arguments(new ServerSettings(kind) { Configuration = null }, database, LoopbackPort.Free()));
            await using var scope = app.Services.CreateAsyncScope();
            if (hasKeys) await scope.ServiceProvider.GetRequiredService<StartupChecks>().RunAsync(CancellationToken.None);
            else await scope.ServiceProvider.GetRequiredService<Schema>().MigrateAsync(CancellationToken.None);
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
        foreach (var (_, template) in Templates.Where(template => template.Key.Kind is DatabaseKind.Sqlite && template.Value.IsValueCreated && template.Value.Value.IsCompletedSuccessfully))
            template.Value.Result.DisposeAsync().AsTask().Wait();
    }
}
