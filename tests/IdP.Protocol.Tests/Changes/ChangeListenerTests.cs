using System.Collections.Concurrent;
using System.Diagnostics;
using IdP.Protocol.Clients;
using IdP.Protocol.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IdP.Protocol.Tests.Changes;

/// <summary>How nodes on PostgreSQL hear of each other.</summary>
public sealed class ChangeListenerTests
{
    private const string Listeners = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'IdP listener'";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private ServerUnderTest? server;

    private ServerUnderTest Server => server ?? throw new InvalidOperationException("The server runs from the set-up to the tear-down.");

    private Catalog Catalog => Server.Services.GetRequiredService<Catalog>();

    [SetUp]
    public async Task StartAsync() => server = await StartAsync([]);

    [TearDown]
    public async Task StopAsync()
    {
        var errors = Server.Logs.TakeErrors();
        await Server.DisposeAsync();
        Assert.That(errors, Is.Empty);
    }

    [Test]
    public async Task A_key_rotated_on_one_node_signs_on_the_other_at_once()
    {
        await using var other = await StartOtherAsync();
        using var there = new RelyingParty(other.Origin, TestClients.Machine.ClientId, TestClients.Machine.Secret);
        var before = await KidAsync(there);

        await Server.Services.GetRequiredService<KeyRotation>().RotateNowAsync(SigningAlgorithms.RS256, CancellationToken.None);

        var rotated = await KidAsync(Server.NewRelyingParty(TestClients.Machine));
        Assert.That(rotated, Is.Not.EqualTo(before));
        await UntilAsync("the other node signs with the new key", async () => await KidAsync(there) == rotated);
        Assert.That(await there.Http.GetStringAsync("/.well-known/openid-configuration/jwks"), Does.Contain(rotated).And.Contain(before));
    }

    [Test]
    public async Task A_node_whose_connection_was_killed_listens_again_and_knows_what_happened_meanwhile()
    {
        await using var other = await StartOtherAsync();
        using var there = new RelyingParty(other.Origin, TestClients.Machine.ClientId, TestClients.Machine.Secret);
        (await there.ClientCredentialsAsync("api.read")).Expected();
        await UntilAsync("both nodes listen", async () => await CountAsync(Listeners) == 2);

        await ExecuteAsync($"SELECT pg_terminate_backend(pid) {Listeners}");
        await SetEnabledAsync(false);

        await UntilAsync("the other node refuses the client", async () => (await there.ClientCredentialsAsync("api.read")).Error is not null);
        await UntilAsync("both nodes listen again", async () => await CountAsync(Listeners) == 2);
        await UntilAsync("it is in the log", () => Task.FromResult(Server.Logs.Contain("hears of changes on other nodes again")));
        Assert.That(Server.Logs.Entries.Count(entry => entry.Level == LogLevel.Warning && entry.Message.Contains("does not hear", StringComparison.Ordinal)), Is.EqualTo(1));
        await SetEnabledAsync(true);
        await UntilAsync("the other node accepts the client again", async () => (await there.ClientCredentialsAsync("api.read")).Error is null);
    }

    [Test]
    public async Task Only_what_was_committed_is_announced_and_once()
    {
        var heard = new ConcurrentQueue<string>();
        await using var listener = (NpgsqlConnection)Server.Database.Connect();
        await listener.OpenAsync();
        listener.Notification += (_, message) => heard.Enqueue(message.Payload);
        await using (var listen = new NpgsqlCommand("LISTEN idp_changes", listener)) await listen.ExecuteNonQueryAsync();

        await Server.WithDatabaseAsync(async db =>
        {
            await using (var rolledBack = await db.Database.BeginTransactionAsync())
            {
                (await MachineAsync(db)).ClientName = "rolled back";
                await db.SaveChangesAsync();
                await rolledBack.RollbackAsync();
            }
            db.ChangeTracker.Clear();
            await using (await db.Database.BeginTransactionAsync())
            {
                (await MachineAsync(db)).ClientName = "left";
                await db.SaveChangesAsync();
            }
            db.ChangeTracker.Clear();
            db.Add(new Client { Id = Guid.NewGuid(), ClientId = TestClients.Machine.ClientId }); // there is one
            Assert.That(async () => await db.SaveChangesAsync(), Throws.InstanceOf<DbUpdateException>());
            Assert.That(Server.Logs.TakeErrors(), Has.Count.EqualTo(1));
            db.ChangeTracker.Clear();
            await using (var unrelated = await db.Database.BeginTransactionAsync())
            {
                (await db.Users.FirstAsync()).Name = "Somebody";
                await db.SaveChangesAsync();
                await unrelated.CommitAsync();
            }
            await using (var several = await db.Database.BeginTransactionAsync())
            {
                (await MachineAsync(db)).ClientName = "first";
                await db.SaveChangesAsync();
                (await MachineAsync(db)).ClientName = "second";
                await db.SaveChangesAsync();
                await several.CommitAsync();
            }
            return 0;
        });
        await ExecuteAsync("SELECT pg_notify('idp_changes', 'end')");

        while (!heard.Contains("end")) Assert.That(await listener.WaitAsync(Limit), Is.True, "PostgreSQL delivers in the order of the commits");
        Assert.That(heard, Has.Count.EqualTo(2));
        Assert.That(heard.First(), Does.StartWith("1 "));
    }

    [Test]
    public async Task A_single_statement_is_announced_with_its_own_commit()
    {
        await using var other = await StartOtherAsync();
        using var there = new RelyingParty(other.Origin, TestClients.Machine.ClientId, TestClients.Machine.Secret);
        (await there.ClientCredentialsAsync("api.read")).Expected();

        await SetEnabledAsync(false);

        await UntilAsync("the other node refuses the client", async () => (await there.ClientCredentialsAsync("api.read")).Error is not null);
    }

    [Test]
    public async Task A_node_that_listens_asks_the_database_nothing_for_minutes_and_then_looks_itself()
    {
        var machine = Server.NewRelyingParty(TestClients.Machine);
        await UntilAsync("the node listens", async () => await CountAsync(Listeners) == 1);
        await UntilAsync("it remembers the client", async () => (await CountStatementsAsync(machine)) == 0);

        Server.Clock.Advance(TimeSpan.FromMinutes(4));
        var later = await CountStatementsAsync(machine);
        Server.Clock.Advance(TimeSpan.FromMinutes(2));
        var muchLater = await CountStatementsAsync(machine);

        Assert.That(later, Is.Zero);
        Assert.That(muchLater, Is.Positive);
    }

    [TestCase(true, "Degraded", 1)]
    [TestCase(false, "Healthy", 0)]
    public async Task A_node_that_does_not_listen_serves_on_and_looks_after_five_seconds(bool listen, string health, int warnings)
    {
        var connection = new NpgsqlConnectionStringBuilder(Server.Database.ConnectionString) { Port = LoopbackPort.Free(), Host = "127.0.0.1", Timeout = 1 };
        await using var deaf = await StartAsync(new() { ["Database:Listen"] = listen.ToString(), ["ConnectionStrings:IdPListen"] = connection.ConnectionString });
        var machine = deaf.NewRelyingParty(TestClients.Machine);
        (await machine.ClientCredentialsAsync("api.read")).Expected();
        using var http = deaf.NewHttpClient();
        await UntilAsync($"its health is {health}", async () => await http.GetStringAsync("/health/ready") == health);
        (await machine.ClientCredentialsAsync("api.read")).Expected();
        await deaf.WithDatabaseAsync(db => db.Clients.Where(c => c.ClientId == TestClients.Machine.ClientId).ExecuteUpdateAsync(c => c.SetProperty(x => x.Enabled, false)));

        deaf.Clock.Advance(TimeSpan.FromSeconds(6));

        Assert.That((await machine.ClientCredentialsAsync("api.read")).Error, Is.Not.Null);
        Assert.That(deaf.Logs.Entries.Count(entry => entry.Level == LogLevel.Warning && entry.Message.Contains("does not hear", StringComparison.Ordinal)), Is.EqualTo(warnings));
    }

    [Test]
    public async Task A_storm_of_signals_is_answered_ten_times_a_second_at_most()
    {
        await UntilAsync("the node listens", async () => await CountAsync(Listeners) == 1);
        var (before, storm) = (Catalog.Version, Stopwatch.StartNew());

        await using var connection = (NpgsqlConnection)Server.Database.Connect();
        await connection.OpenAsync();
        for (var i = 0; i < 500; i++)
            await using (var signal = new NpgsqlCommand("SELECT pg_notify('idp_changes', '1 another node')", connection)) await signal.ExecuteNonQueryAsync();
        await UntilAsync("the storm was heard", () => Task.FromResult(Catalog.Version > before));

        Assert.That(Catalog.Version - before, Is.LessThanOrEqualTo(3 + storm.Elapsed.TotalMilliseconds / 90));
    }

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("99 another node")]
    [TestCase("1 another node")]
    public async Task A_signal_that_is_not_understood_means_that_anything_may_have_changed(string message)
    {
        await UntilAsync("the node listens", async () => await CountAsync(Listeners) == 1);
        var before = Catalog.Version;

        await ExecuteAsync($"SELECT pg_notify('idp_changes', '{message}')");

        await UntilAsync("the catalog was emptied", () => Task.FromResult(Catalog.Version > before));
    }

    [Test]
    public async Task Many_requests_that_miss_the_same_client_read_it_together()
    {
        var machine = Server.NewRelyingParty(TestClients.Machine);
        (await machine.ClientCredentialsAsync("api.read")).Expected();
        Catalog.Invalidate();

        var sql = await Server.RecordSqlAsync(() => Task.WhenAll(Enumerable.Range(0, 50).Select(_ => machine.ClientCredentialsAsync("api.read"))));

        Assert.That(sql.Statements.Count, Is.InRange(1, 12), sql.ToString()); // a few for the resources
    }

    private static async Task<ServerUnderTest> StartAsync(Dictionary<string, string> more) => await ServerUnderTest.StartAsync(new(DatabaseKind.PostgreSql) { More = more });

    private Task<ServerProcess> StartOtherAsync() => ServerProcess.StartProviderAsync(
        new(DatabaseKind.PostgreSql) { Configuration = null, More = new Dictionary<string, string> { ["Issuer"] = Server.Origin.GetLeftPart(UriPartial.Authority) } }, Server.Database, LoopbackPort.Free());

    private static async Task<string> KidAsync(RelyingParty party) => Jwt.Parse((await party.ClientCredentialsAsync("api.read")).Expected().AccessToken!).Header.GetProperty("kid").GetString()!; // a success has both

    private static Task<Client> MachineAsync(DbContext db) => db.Set<Client>().SingleAsync(c => c.ClientId == TestClients.Machine.ClientId);

    private Task<int> SetEnabledAsync(bool enabled) => Server.WithDatabaseAsync(async db =>
    {
        (await MachineAsync(db)).Enabled = enabled;
        return await db.SaveChangesAsync();
    });

    private async Task<int> CountStatementsAsync(RelyingParty machine) => (await Server.RecordSqlAsync(async () => (await machine.ClientCredentialsAsync("api.read")).Expected())).Statements.Count;

    private async Task<long> CountAsync(string from) => (long)(await ScalarAsync("SELECT count(*) " + from))!; // a count is never null

    private async Task ExecuteAsync(string sql) => await ScalarAsync(sql);

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = (NpgsqlConnection)Server.Database.Connect();
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        for (var waited = Stopwatch.StartNew(); !await condition(); await Task.Delay(10))
            if (waited.Elapsed > Limit) Assert.Fail($"After {Limit.TotalSeconds} s it is not so that {what}.");
    }
}
