using Microsoft.Data.Sqlite;
using Npgsql;

namespace IdP.Testing;

/// <summary>One database of one server, deleted with it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly string? folder;

    private TestDatabase(DatabaseKind kind, string name, string connectionString, string? folder)
    {
        Kind = kind;
        Name = name;
        ConnectionString = connectionString;
        this.folder = folder;
    }

    public DatabaseKind Kind { get; }

    public string Name { get; }

    public string ConnectionString { get; }

    public static async Task<TestDatabase> CreateAsync(DatabaseKind kind, CancellationToken ct)
    {
        var name = "idp_" + Guid.CreateVersion7().ToString("N");
        if (kind is DatabaseKind.PostgreSql)
        {
            var cluster = await PostgreSqlCluster.SharedAsync(ct);
            await cluster.ExecuteAsync($"CREATE DATABASE {name}", ct);
            return new TestDatabase(kind, name, cluster.ConnectionStringOf(name), folder: null);
        }

        var folder = Directory.CreateTempSubdirectory("idp-sqlite-").FullName;
        return new TestDatabase(kind, name, $"Data Source={Path.Combine(folder, "idp.db")}", folder);
    }

    public async ValueTask DisposeAsync()
    {
        if (Kind is DatabaseKind.PostgreSql)
        {
            await using (var connection = new NpgsqlConnection(ConnectionString)) NpgsqlConnection.ClearPool(connection);
            var cluster = await PostgreSqlCluster.SharedAsync(CancellationToken.None);
            await cluster.ExecuteAsync($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)", CancellationToken.None);
            return;
        }

        using (var connection = new SqliteConnection(ConnectionString)) SqliteConnection.ClearPool(connection);
        Directory.Delete(folder!, recursive: true); // set whenever the kind is SQLite
    }
}
