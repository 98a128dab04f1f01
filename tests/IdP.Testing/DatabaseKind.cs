namespace IdP.Testing;

public enum DatabaseKind
{
    Sqlite,
    PostgreSql,
}
