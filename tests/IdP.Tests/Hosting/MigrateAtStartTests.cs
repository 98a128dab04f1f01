using System.Data.Common;

namespace IdP.Tests.Hosting;

public sealed class MigrateAtStartTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>A node that was killed while it migrated leaves its lock in SQLite, and one that migrates holds it in PostgreSQL: neither concerns a start that has nothing to migrate.</summary>
    [TestCase(DatabaseKind.Sqlite, """INSERT INTO "__EFMigrationsLock" ("Id", "Timestamp") VALUES (1, '2026-01-01 00:00:00+00:00')""")]
    [TestCase(DatabaseKind.PostgreSql, """LOCK TABLE "__EFMigrationsHistory" IN ROW EXCLUSIVE MODE""")]
    public async Task A_database_that_lacks_nothing_is_started_on_without_the_lock_of_migrations(DatabaseKind kind, string takeLock)
    {
        await using var server = await ServerUnderTest.StartAsync(new ServerSettings(kind) { More = new Dictionary<string, string> { ["Database:MigrateAtStart"] = "true" } });
        await using var other = server.Database.Connect();
        await other.OpenAsync();
        await using var transaction = kind is DatabaseKind.PostgreSql ? await other.BeginTransactionAsync() : null;
        await ExecuteAsync(other, transaction, takeLock);

        await server.RestartAsync().WaitAsync(Patience);

        using var http = server.NewHttpClient();
        using var answer = await http.GetAsync("/health/ready");
        Assert.That(answer.IsSuccessStatusCode, Is.True);
    }

    /// <summary>The first migration is taken out of the history only, so that carrying it out fails: the failure shows that it was tried.</summary>
    [TestCase(DatabaseKind.Sqlite)]
    [TestCase(DatabaseKind.PostgreSql)]
    public async Task A_database_that_lacks_a_migration_is_migrated(DatabaseKind kind)
    {
        await using var server = await ServerUnderTest.StartAsync(new ServerSettings(kind) { More = new Dictionary<string, string> { ["Database:MigrateAtStart"] = "true" } });
        await using var other = server.Database.Connect();
        await other.OpenAsync();
        await ExecuteAsync(other, null, """DELETE FROM "__EFMigrationsHistory" WHERE "MigrationId" = (SELECT MIN("MigrationId") FROM "__EFMigrationsHistory")""");

        var refused = await Assert.ThrowsAsync<IdP.Hosting.StartupException>(() => server.RestartAsync().WaitAsync(Patience));

        Assert.That(refused!.Message, Does.Contain("cannot be used").And.Contain("already exists"));
    }

    private static async Task ExecuteAsync(DbConnection connection, DbTransaction? transaction, string statement)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync();
    }
}
