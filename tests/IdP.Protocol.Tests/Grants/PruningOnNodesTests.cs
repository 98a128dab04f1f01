using Npgsql;

namespace IdP.Protocol.Tests.Grants;

/// <summary>On PostgreSQL, which several nodes share, one of them deletes at a time.</summary>
public sealed class PruningOnNodesTests
{
    private const long Lock = 0x7072756E65;

    [Test]
    public async Task While_another_node_deletes_this_one_does_not()
    {
        await using var server = await ServerUnderTest.StartAsync(new(DatabaseKind.PostgreSql));
        var rows = new PruningRows(server);
        var (session, grant) = await rows.AddAsync(sessionEnd: rows.Now.AddDays(-3), tokens: 1, tokenEnd: rows.Now.AddDays(-3));
        await using (var other = new NpgsqlConnection(server.Database.ConnectionString))
        {
            await other.OpenAsync();
            await using var transaction = await other.BeginTransactionAsync();
            await using var command = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({Lock})", other, transaction);
            await command.ExecuteNonQueryAsync();

            var deleted = await rows.PruneAsync();

            Assert.That(deleted, Is.Zero);
            Assert.That(await rows.LeftAsync(session, grant), Is.EqualTo((1, 1, 1)));
        }

        await rows.PruneAsync();

        Assert.That(await rows.LeftAsync(session, grant), Is.EqualTo((0, 0, 0)), "The lock was not given back.");
        Assert.That(server.Logs.TakeErrors(), Is.Empty);
    }
}
