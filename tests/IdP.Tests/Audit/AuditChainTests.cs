using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.PersonalData;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Audit;

public sealed class AuditChainTests(DatabaseKind database) : OperationTest(database)
{
    private AuditSealing Sealing => Server.Services.GetRequiredService<AuditSealing>();

    protected override ServerSettings Settings => base.Settings with { More = new Dictionary<string, string>(base.Settings.More) { ["Audit:SealInterval"] = "01:00:00" } };

    [Test]
    public async Task The_command_says_that_all_is_as_it_was_and_names_the_key()
    {
        await AddAsync(3);
        var folder = Directory.CreateTempSubdirectory("idp-audit-").FullName;
        await Sealing.SealAsync(default);
        var number = await ReadAsync(db => db.AuditEntries.Where(e => e.Action == "thing.changed").MaxAsync(e => e.Number!.Value));
        await AddAsync(1);

        var (code, text) = await RunAsync("audit", "verify");
        var (keyCode, key) = await RunAsync("audit", "key");
        await SqlAsync("UPDATE \"AuditEntries\" SET \"Action\" = 'user.forged' WHERE \"Number\" = " + number);
        var (brokenCode, broken) = await RunAsync("audit", "verify");
        await SqlAsync("UPDATE \"AuditEntries\" SET \"Action\" = 'thing.changed' WHERE \"Number\" = " + number);
        Directory.Delete(folder);

        Assert.That((code, text), Is.EqualTo((0, text)));
        Assert.That(text, Does.Match(@"\AOK: \d+ entries and \d+ signed checkpoints are as they were written; 1 entry wait to be put into the chain\.\nThe newest is entry \d+, [0-9a-f]{64}\.\z"));
        Assert.That((keyCode, key), Is.EqualTo((0, key)));
        Assert.That(key, Does.Contain("\"crv\":\"P-256\"").And.Contain("\"kid\""));
        Assert.That((brokenCode, broken), Is.EqualTo((1, broken)));
        Assert.That(broken, Does.StartWith($"BROKEN: Entry {number} (").And.Contain("user.forged").And.Contain($"{number - 1} entries before it are as they were written."));

        async Task<(int, string)> RunAsync(params string[] arguments)
        {
            await using var process = await ServerProcess.RunProviderAsync(Settings, Server.Database, folder, arguments);
            return (await process.WaitAsync(TimeSpan.FromSeconds(60)), string.Join('\n', process.Output));
        }
    }

    [Test]
    public async Task Whatever_is_done_to_the_rows_is_found_and_the_first_that_is_not_as_it_was_is_named()
    {
        await AddAsync(8);
        await Sealing.SealAsync(default);
        var last = await ReadAsync(db => db.AuditEntries.MaxAsync(e => e.Number!.Value));
        var now = Database is DatabaseKind.Sqlite ? "'2031-01-01T00:00:00.000000Z'" : "'2031-01-01T00:00:00Z'";
        var (first, middle) = (last - 6, last - 3);
        foreach (var table in (string[])["AuditEntries", "AuditChains", "AuditCheckpoints"]) await SqlAsync($"CREATE TABLE \"Copy{table}\" AS SELECT * FROM \"{table}\"");
        (string What, string Sql, string Says)[] tricks =
        [
            ("an action", $"UPDATE \"AuditEntries\" SET \"Action\" = 'other' WHERE \"Number\" = {middle}", $"Entry {middle} ("),
            ("a time", $"UPDATE \"AuditEntries\" SET \"At\" = {now} WHERE \"Number\" = {middle}", $"Entry {middle} ("),
            ("an actor", $"UPDATE \"AuditEntries\" SET \"ActorId\" = '{Guid.NewGuid().ToString().ToUpperInvariant()}' WHERE \"Number\" = {middle}", $"Entry {middle} ("),
            ("details", $"UPDATE \"AuditEntries\" SET \"Details\" = NULL WHERE \"Number\" = {middle}", $"Entry {middle} ("),
            ("a value moved to the next field", $"UPDATE \"AuditEntries\" SET \"RemoteAddress\" = \"Details\", \"Details\" = NULL WHERE \"Number\" = {middle}", $"Entry {middle} ("),
            ("encrypted values", $"UPDATE \"AuditEntries\" SET \"SealedDetails\" = \"ChainHash\" WHERE \"Number\" = {middle}", $"Entry {middle} ("),
            ("a digest", $"UPDATE \"AuditEntries\" SET \"ChainHash\" = \"SealedAddress\" WHERE \"Number\" = {middle}", $"Entry {middle} ("),
            ("a deleted row", $"DELETE FROM \"AuditEntries\" WHERE \"Number\" = {middle}", $"Entry {middle} is missing."),
            ("a row taken out of the chain", $"UPDATE \"AuditEntries\" SET \"Number\" = NULL WHERE \"Number\" = {middle}", $"Entry {middle} is missing."),
            ("a deleted row, and the others moved up", $"DELETE FROM \"AuditEntries\" WHERE \"Number\" = {middle}; UPDATE \"AuditEntries\" SET \"Number\" = -\"Number\" WHERE \"Number\" > {middle}; UPDATE \"AuditEntries\" SET \"Number\" = -\"Number\" - 1 WHERE \"Number\" < 0", $"Entry {middle} ("),
            ("two rows changed about", $"UPDATE \"AuditEntries\" SET \"Number\" = -\"Number\" WHERE \"Number\" IN ({first}, {middle}); UPDATE \"AuditEntries\" SET \"Number\" = {first} WHERE \"Number\" = {-middle}; UPDATE \"AuditEntries\" SET \"Number\" = {middle} WHERE \"Number\" = {-first}", $"Entry {first} ("),
            ("a row put in", $"UPDATE \"AuditEntries\" SET \"Number\" = -\"Number\" WHERE \"Number\" >= {middle}; UPDATE \"AuditEntries\" SET \"Number\" = 1 - \"Number\" WHERE \"Number\" < 0; INSERT INTO \"AuditEntries\" (\"Id\", \"At\", \"Action\", \"Source\", \"TargetType\", \"TargetId\", \"Number\", \"ChainHash\") SELECT '{Guid.NewGuid().ToString().ToUpperInvariant()}', \"At\", \"Action\", \"Source\", \"TargetType\", \"TargetId\", {middle}, \"ChainHash\" FROM \"AuditEntries\" WHERE \"Number\" = {first}", $"Entry {middle} ("),
            ("the newest deleted", $"DELETE FROM \"AuditEntries\" WHERE \"Number\" = {last}", $"Entries after {last - 1} are missing"),
            ("the newest deleted, and the end of the chain moved", $"DELETE FROM \"AuditEntries\" WHERE \"Number\" > 1; UPDATE \"AuditChains\" SET \"Number\" = 1, \"Hash\" = (SELECT \"ChainHash\" FROM \"AuditEntries\" WHERE \"Number\" = 1)", "Entries after 1 are missing: there is a checkpoint at entry"),
            ("everything deleted", "DELETE FROM \"AuditEntries\"", "Entries after 0 are missing"),
            ("everything and the chain deleted", "DELETE FROM \"AuditEntries\"; DELETE FROM \"AuditChains\"", "The row of the chain itself was deleted."),
            ("a checkpoint of somebody else's", "UPDATE \"AuditCheckpoints\" SET \"Statement\" = 'e30.e30.AAAA'", "The signed checkpoint at entry"),
        ];
        var whole = await VerifyAsync();

        foreach (var (what, sql, says) in tricks)
        {
            await SqlAsync(sql);
            var verdict = await VerifyAsync();
            await SqlAsync(string.Concat(((string[])["AuditEntries", "AuditChains", "AuditCheckpoints"]).Select(table => $"DELETE FROM \"{table}\"; INSERT INTO \"{table}\" SELECT * FROM \"Copy{table}\";")));
            Assert.That(verdict.Broken, Does.StartWith(says), what);
        }
        var again = await VerifyAsync();
        foreach (var table in (string[])["AuditEntries", "AuditChains", "AuditCheckpoints"]) await SqlAsync($"DROP TABLE \"Copy{table}\"");

        Assert.That((whole.Broken, whole.Entries, again), Is.EqualTo(((string?)null, last, whole)));
    }

    [Test]
    public async Task Several_sealers_make_one_chain_of_everything()
    {
        var others = Enumerable.Range(0, 3).Select(_ => ActivatorUtilities.CreateInstance<AuditSealing>(Server.Services)).ToList();
        var before = await ReadAsync(db => db.AuditEntries.CountAsync());

        await Task.WhenAll([.. Enumerable.Range(0, 4).Select(_ => AddAsync(200)), .. others.Select(async sealer => { for (var i = 0; i < 5; i++) await sealer.SealAsync(default); })]);
        await Sealing.SealAsync(default);

        var verdict = await VerifyAsync();
        Assert.That((verdict.Broken, verdict.Entries, verdict.Waiting), Is.EqualTo(((string?)null, (long)before + 800, 0)));
        Assert.That(verdict.Checkpoints, Is.GreaterThanOrEqualTo(1));
    }

    [Test]
    public async Task What_is_committed_late_is_put_into_the_chain_late()
    {
        if (Database is DatabaseKind.Sqlite) return; // has one writer at a time
        await using var scope = Server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync();
        db.AuditEntries.Add(Entry("late"));
        await db.SaveChangesAsync();
        await AddAsync(1, "early");

        await Sealing.SealAsync(default);
        await transaction.CommitAsync();
        await Sealing.SealAsync(default);

        var numbers = await ReadAsync(d => d.AuditEntries.Where(e => e.TargetId == "late" || e.TargetId == "early").OrderBy(e => e.Number).Select(e => e.TargetId).ToListAsync());
        Assert.That(numbers, Is.EqualTo((string[])["early", "late"]));
        Assert.That((await VerifyAsync()).Broken, Is.Null);
    }

    [Test]
    public async Task It_holds_when_the_key_of_a_person_is_destroyed()
    {
        var person = await Server.AddPersonAsync();
        await WriteAsync(db => db.AuditEntries.Add(new AuditEntry { At = Server.Clock.Time.GetUtcNow(), Action = "user.tested", Source = ActorSources.System, TargetType = "user", TargetId = person.Id.ToString(), Details = """{"userName":"x"}""" }));
        await Sealing.SealAsync(default);

        await Server.WithDatabaseAsync(db => db.PersonKeys.Where(k => k.Id == person.Id).ExecuteDeleteAsync());

        Assert.That((await VerifyAsync()).Broken, Is.Null);
        Assert.That((await AuditAsync(person.Id.ToString())).Single().IsErased, Is.True);
    }

    [Test]
    public async Task What_older_versions_wrote_in_clear_is_encrypted_before_it_is_put_into_the_chain()
    {
        var (person, invitation, address) = (await Server.AddPersonAsync(), Guid.NewGuid(), NewName("invited") + "@example.test");
        await AddAsync(3, person.Id.ToString());
        await SqlAsync($$"""UPDATE "AuditEntries" SET "TargetType" = 'user', "Details" = '{"userName":"Clara Clear"}', "RemoteAddress" = '192.0.2.9' WHERE "TargetId" = '{{person.Id}}' AND "Number" IS NULL""");
        await AddAsync(1, invitation.ToString());
        await SqlAsync($$"""UPDATE "AuditEntries" SET "TargetType" = 'invitation', "Action" = 'invitation.created', "Details" = '{"email":"{{address}}"}' WHERE "TargetId" = '{{invitation}}'""");

        await Sealing.SealAsync(default);

        var stored = await ReadAsync(db => db.AuditEntries.Where(e => e.TargetId == person.Id.ToString() || e.TargetId == invitation.ToString()).Select(e => new { e.Details, e.RemoteAddress, e.Number }).ToListAsync());
        Assert.That(stored.Select(e => (e.Details, e.Number is null)), Is.All.EqualTo(((string?)null, false)));
        Assert.That((await AuditAsync(person.Id.ToString())).Select(e => (e.Details, e.RemoteAddress)), Is.All.EqualTo(("""{"userName":"Clara Clear"}""", "192.0.2.9")));
        Assert.That((await AuditAsync(invitation.ToString())).Single().Details, Does.Contain(address));
        Assert.That(await ReadAsync(db => db.PersonKeys.Where(k => k.Id == invitation).Select(k => k.AddressDigest).SingleAsync()), Is.EqualTo(Server.Services.GetRequiredService<PersonKeys>().DigestOf(address.ToUpperInvariant())));
        Assert.That((await VerifyAsync()).Broken, Is.Null);
    }

    private Task<AuditVerdict> VerifyAsync() => RunAsync((VerifyAudit verify) => verify.ExecuteAsync(default));

    private AuditEntry Entry(string target) =>
        new() { At = Server.Clock.Time.GetUtcNow(), Action = "thing.changed", Source = ActorSources.System, TargetType = "thing", TargetId = target, Details = """{"a":1}""" };

    private async Task AddAsync(int count, string target = "thing") => await WriteAsync(db => db.AuditEntries.AddRange(Enumerable.Range(0, count).Select(_ => Entry(target))));

    private Task<int> SqlAsync(string sql) => Server.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync(sql.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal)));
}
