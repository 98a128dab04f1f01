namespace IdP.Tests.Testing;

public sealed class QueryPlanTests(DatabaseKind database) : ServerTest(database)
{
    [TestCase("SELECT \"Id\" FROM \"Users\" WHERE \"GivenName\" = 'Alice'", 1)]
    [TestCase("SELECT \"Id\" FROM \"Users\" WHERE \"NormalizedUserName\" = 'ALICE'", 0)]
    [TestCase("UPDATE \"Users\" SET \"GivenName\" = 'A' WHERE \"GivenName\" = 'Alice'", 1)]
    [TestCase("SELECT count(*) FROM \"Sessions\" s JOIN \"Users\" u ON u.\"Id\" = s.\"UserId\" WHERE s.\"HandleHash\" = 'x'", 0)]
    [TestCase("SELECT * FROM (SELECT \"Id\" FROM \"Users\" WHERE \"NormalizedUserName\" = 'ALICE' LIMIT 2) u LEFT JOIN \"KnownDevices\" d ON d.\"UserId\" = u.\"Id\"", 0)]
    [TestCase("INSERT INTO \"Roles\" (\"Id\") VALUES (NULL)", 0)]
    public async Task Reading_a_whole_table_is_told_from_an_index_search(string sql, int scans)
    {
        var plan = await Server.WithDatabaseAsync(db => QueryPlan.ExplainAsync(db, new SqlStatement("test", sql, [])));

        Assert.That(plan.FullScans, Has.Count.EqualTo(scans), plan.ToString());
    }
}
