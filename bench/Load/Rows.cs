using Npgsql;

namespace Load;

/// <summary>What PostgreSQL says about a server's database.</summary>
internal sealed class Rows(PostgreSqlCluster cluster, string database)
{
    /// <summary>Rows of each table, counted.</summary>
    public Task<IReadOnlyDictionary<string, long>> CountAsync() => ReadAsync("""
        SELECT c.relname, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I', c.relname), false, true, '')))[1]::text::bigint
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        """);

    /// <summary>Rows of each table deleted so far, as its statistics say about a second later.</summary>
    public Task<IReadOnlyDictionary<string, long>> DeletedAsync() => ReadAsync("SELECT relname, n_tup_del FROM pg_stat_user_tables");

    public async Task<long> ConnectionsAsync() => (await ReadAsync("SELECT 'all', count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"))["all"];

    private async Task<IReadOnlyDictionary<string, long>> ReadAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(cluster.ConnectionStringOf(database)) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements above and no others.
        command.CommandText = sql;
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        var counts = new Dictionary<string, long>();
        while (await reader.ReadAsync()) counts[reader.GetString(0)] = reader.GetInt64(1);
        return counts;
    }
}
