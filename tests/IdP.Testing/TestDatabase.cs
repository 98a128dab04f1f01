using Microsoft.Data.Sqlite;
using Npgsql;

namespace IdP.Testing;

/// <summary>One database of one server, deleted with it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private const string FileName = "idp.db";

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

    /// <summary>An empty database, or a copy of one that nobody has open.</summary>
    public static async Task<TestDatabase> CreateAsync(DatabaseKind kind, TestDatabase? template = null)
    {
        var name = "idp_" + Guid.CreateVersion7().ToString("N");
        if (kind is DatabaseKind.PostgreSql)
        {
            var cluster = await PostgreSqlCluster.SharedAsync();
            await cluster.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {template?.Name ?? "template0"}");
            return new TestDatabase(kind, name, cluster.ConnectionStringOf(name), folder: null);
        }

        var folder = Directory.CreateTempSubdirectory("idp-sqlite-").FullName;
        var file = Path.Combine(folder, FileName);
        if (template is not null) File.Copy(Path.Combine(template.folder!, FileName), file); // set whenever the kind is SQLite
        return new TestDatabase(kind, name, $"Data Source={file}", folder);
    }

    /// <summary>Closes the connections that the pool keeps; on SQLite the write-ahead log then returns into the file.</summary>
    public async Task CloseAsync()
    {
        if (Kind is DatabaseKind.PostgreSql)
        {
            // The server has a pool of its own, because it adds these to the string.
            foreach (var pool in new[] { ConnectionString, new NpgsqlConnectionStringBuilder(ConnectionString) { MaxAutoPrepare = 100, NoResetOnClose = true }.ConnectionString })
            {
                await using var connection = new NpgsqlConnection(pool);
                NpgsqlConnection.ClearPool(connection);
            }
        }
        else
        {
            await using var connection = new SqliteConnection(ConnectionString);
            SqliteConnection.ClearPool(connection);
        }
    }

    public System.Data.Common.DbConnection Connect() =>
        Kind is DatabaseKind.PostgreSql ? new NpgsqlConnection(ConnectionString) : new SqliteConnection(ConnectionString);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        if (Kind is DatabaseKind.PostgreSql) await (await PostgreSqlCluster.SharedAsync()).ExecuteAsync($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
        else Directory.Delete(folder!, recursive: true); // set whenever the kind is SQLite
    }
}
