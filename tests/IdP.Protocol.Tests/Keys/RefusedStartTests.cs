using System.Security.Cryptography;
using IdP.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Protocol.Tests.Keys;

public sealed class RefusedStartTests(DatabaseKind kind) : KeyTest(kind)
{
    [Test]
    public async Task Another_secret_than_the_databases_own_stops_the_start_and_changes_nothing()
    {
        var node = await StartNodeAsync();
        var other = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

        var refused = await Assert.ThrowsAsync<StartupException>(() => Node.StartAsync(Database, Clock, other));

        Assert.That(refused!.Message, Does.StartWith("KeyProtection:Secret is not the secret the keys in this database were stored with").And.Not.Contains("\n"));
        Assert.That(await node.WithDatabaseAsync(db => db.DataProtectionKeys.CountAsync()), Is.EqualTo(1));
        Assert.That(await node.WithDatabaseAsync(db => db.SigningKeys.CountAsync()), Is.EqualTo(4));
    }

    [Test]
    public async Task A_signing_key_whose_protection_key_is_gone_stops_the_start_with_the_name_of_the_setting()
    {
        await using (await Node.StartAsync(Database, Clock)) { }
        await using var node = Node.Build(Database, Clock);
        await node.WithDatabaseAsync(db => db.DataProtectionKeys.ExecuteDeleteAsync());

        var refused = await Assert.ThrowsAsync<StartupException>(() => Node.StartAsync(Database, Clock));

        Assert.That(refused!.Message, Does.Contain("KeyProtection:Secret").And.Not.Contains("\n"));
    }

    [TestCase("AnnounceWindow", "90.00:00:00")]
    [TestCase("AnnounceWindow", "00:00:00")]
    [TestCase("RetirementWindow", "23:00:00")]
    public async Task Windows_that_would_break_verification_stop_the_start(string name, string value)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => Node.StartAsync(Database, Clock, secret: null, ($"KeyManagement:{name}", value)));

        Assert.That(refused!.Message, Does.Contain($"KeyManagement:{name}"));
    }
}
