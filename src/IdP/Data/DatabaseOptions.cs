using System.ComponentModel.DataAnnotations;

namespace IdP.Data;

public enum DatabaseProvider
{
    Sqlite,
    PostgreSql,
}

/// <summary>Section <c>Database</c>.</summary>
public sealed class DatabaseOptions
{
    /// <summary><c>Sqlite</c> (embedded, default) or <c>PostgreSql</c>. The connection string is <c>ConnectionStrings:IdP</c>.</summary>
    [EnumDataType(typeof(DatabaseProvider), ErrorMessage = "Database:{0} must be Sqlite or PostgreSql.")]
    public DatabaseProvider Provider { get; set; } = DatabaseProvider.Sqlite;

    /// <summary>Whether the server brings the schema up to date at start. Default false; Development sets it. Otherwise run <c>migrate</c>.</summary>
    public bool MigrateAtStart { get; set; }

    /// <summary>
    /// Whether a node on PostgreSQL listens for changes of clients, resources and keys that other nodes make (LISTEN), over one connection of its own. Default true. Without it, and on SQLite,
    /// such a change counts after 5 seconds. The connection string is <c>ConnectionStrings:IdPListen</c>, by default that of <c>ConnectionStrings:IdP</c>.
    /// </summary>
    public bool Listen { get; set; } = true;
}
