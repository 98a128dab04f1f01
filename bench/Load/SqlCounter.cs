using System.Globalization;
using Npgsql;

namespace Load;

/// <summary>Counts statements where they arrive, by pg_stat_statements, which is asleep whenever time is measured. BEGIN and COMMIT do not count.</summary>
internal sealed class SqlCounter(PostgreSqlCluster cluster)
{
    public static readonly string[] ServerSettings = ["shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track_utility=off"];

    public async Task InstallAsync()
    {
        await cluster.ExecuteAsync("CREATE EXTENSION pg_stat_statements");
        await TrackAsync("none");
    }

    /// <summary>Statements in the database while the action runs.</summary>
    public async Task<long> CountAsync(string database, Action act)
    {
        await TrackAsync("top");
        try
        {
            await cluster.ExecuteAsync("SELECT pg_stat_statements_reset()");
            act();
            await using var connection = new NpgsqlConnection(cluster.ConnectionStringOf("postgres"));
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = @name";
            command.Parameters.AddWithValue("name", database);
            return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        }
        finally
        {
            await TrackAsync("none");
        }
    }

    private async Task TrackAsync(string what)
    {
        await cluster.ExecuteAsync($"ALTER SYSTEM SET pg_stat_statements.track = '{what}'");
        await cluster.ExecuteAsync("SELECT pg_reload_conf()");
        await Task.Delay(300); // a connection hears of it with its next statement
    }
}
