using System.Data.Common;
using System.Text.Json;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Testing;

/// <summary>What a database does to answer a statement, asked with its own EXPLAIN.</summary>
public sealed record QueryPlan(SqlStatement Statement, IReadOnlyList<string> Steps, IReadOnlyList<string> FullScans)
{
    public static async Task<QueryPlan> ExplainAsync(IdpDbContext db, SqlStatement statement)
    {
        var connection = db.Database.GetDbConnection();
        await db.Database.OpenConnectionAsync();
        return db.Database.IsSqlite() ? await SqliteAsync(connection, statement) : await PostgreSqlAsync(connection, statement);
    }

    public override string ToString() => string.Join(Environment.NewLine, ["Scans " + string.Join(", ", FullScans), Statement.Text, .. Steps]);

    /// <summary>SQLite says SCAN where it reads every row. Reading every row of what the statement itself has just searched out is no full scan.</summary>
    private static async Task<QueryPlan> SqliteAsync(DbConnection connection, SqlStatement statement)
    {
        List<string> steps = [];
        await using var command = Command(connection, statement, "EXPLAIN QUERY PLAN ");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) steps.Add(reader.GetString(3));

        var own = steps.Where(s => s.StartsWith("MATERIALIZE ", StringComparison.Ordinal) || s.StartsWith("CO-ROUTINE ", StringComparison.Ordinal)).Select(s => s.Split(' ')[1]);
        HashSet<string> derived = [.. own, "CONSTANT"];
        return new QueryPlan(statement, steps, [.. steps.Where(s => s.StartsWith("SCAN ", StringComparison.Ordinal) && !derived.Contains(s.Split(' ')[1]))]);
    }

    /// <summary>
    /// PostgreSQL reads a small table from end to end even where it has an index; with that made dear, it does so only where no index serves.
    /// An index that is read without a condition is a scan under another name.
    /// </summary>
    private static async Task<QueryPlan> PostgreSqlAsync(DbConnection connection, SqlStatement statement)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var dear = connection.CreateCommand())
        {
            dear.CommandText = "SET LOCAL enable_seqscan = off";
            await dear.ExecuteNonQueryAsync();
        }

        await using var command = Command(connection, statement, "EXPLAIN (FORMAT JSON) ");
        var text = (string)(await command.ExecuteScalarAsync())!;
        List<string> steps = [], scans = [];
        using (var json = JsonDocument.Parse(text)) Walk(json.RootElement[0].GetProperty("Plan"));
        return new QueryPlan(statement, steps, scans);

        void Walk(JsonElement node)
        {
            var type = node.GetProperty("Node Type").GetString()!;
            var table = node.TryGetProperty("Relation Name", out var name) ? name.GetString() : null;
            var condition = node.TryGetProperty("Index Cond", out var cond) ? cond.GetString() : null;
            steps.Add($"{type} {table} {condition}");
            if (type is "Seq Scan" || (type is "Index Scan" or "Index Only Scan" && condition is null)) scans.Add($"{type} {table}");
            if (!node.TryGetProperty("Plans", out var inner)) return;
            foreach (var child in inner.EnumerateArray()) Walk(child);
        }
    }

    private static DbCommand Command(DbConnection connection, SqlStatement statement, string explain)
    {
        var command = connection.CreateCommand();
        command.CommandText = explain + statement.Text;
        foreach (var parameter in statement.Parameters) command.Parameters.Add(SqlRecorder.Copy(command, parameter));
        return command;
    }
}
