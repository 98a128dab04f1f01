using Microsoft.Data.Sqlite;
using Npgsql;

namespace IdP.Tests.Testing;

[TestFixtureSource(typeof(Databases), nameof(Databases.All))]
public sealed class TestDatabaseTests(DatabaseKind kind)
{
    [Test]
    public async Task Two_databases_share_nothing_and_are_gone_when_disposed()
    {
        var first = await TestDatabase.CreateAsync(kind, CancellationToken.None);
        var second = await TestDatabase.CreateAsync(kind, CancellationToken.None);

        await ExecuteAsync(first, "CREATE TABLE only_here (id int)");

        Assert.That(async () => await ExecuteAsync(first, "SELECT id FROM only_here"), Throws.Nothing);
        Assert.That(async () => await ExecuteAsync(second, "SELECT id FROM only_here"), Throws.InstanceOf<System.Data.Common.DbException>());
        await first.DisposeAsync();
        await second.DisposeAsync();
        Assert.That(async () => await ExecuteAsync(first, "SELECT 1"), Throws.InstanceOf<System.Data.Common.DbException>());
    }

    private static async Task ExecuteAsync(TestDatabase database, string sql)
    {
        await using System.Data.Common.DbConnection connection = database.Kind is DatabaseKind.Sqlite
            ? new SqliteConnection(database.ConnectionString)
            : new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
