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
}
