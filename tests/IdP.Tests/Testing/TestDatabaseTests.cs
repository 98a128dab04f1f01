using System.Data.Common;

namespace IdP.Tests.Testing;

[TestFixtureSource(typeof(Databases), nameof(Databases.All))]
public sealed class TestDatabaseTests(DatabaseKind kind)
{
    [Test]
    public async Task Two_databases_share_nothing_and_are_gone_when_disposed()
    {
        var first = await TestDatabase.CreateAsync(kind);
        var second = await TestDatabase.CreateAsync(kind);

        await ExecuteAsync(first, "CREATE TABLE only_here (id int)");

        Assert.That(async () => await ExecuteAsync(first, "SELECT id FROM only_here"), Throws.Nothing);
        Assert.That(async () => await ExecuteAsync(second, "SELECT id FROM only_here"), Throws.InstanceOf<DbException>());
        await first.DisposeAsync();
        await second.DisposeAsync();
        Assert.That(async () => await ExecuteAsync(first, "SELECT 1"), Throws.InstanceOf<DbException>());
    }

    private static async Task ExecuteAsync(TestDatabase database, string sql)
    {
        await using var connection = database.Connect();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
