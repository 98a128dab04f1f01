using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Keys;

public sealed class FirstKeysTests(DatabaseKind kind) : KeyTest(kind)
{
    private static readonly string[] PublicMembers = ["kid", "use", "kty", "alg", "e", "n", "crv", "x", "y"];

    [Test]
    public async Task The_first_start_makes_an_RSA_and_a_curve_key_that_sign_at_once_and_publishes_one_to_encrypt_with()
    {
        var node = await StartNodeAsync();

        var keySet = await node.KeySetAsync();

        Assert.That(keySet.GetProperty("keys").EnumerateArray().Select(k => (k.GetProperty("alg").GetString(), k.GetProperty("use").GetString())),
            Is.EquivalentTo(((string, string)[])[("RS256", "sig"), ("ES256", "sig"), ("RSA-OAEP", "enc")]));
        Assert.That(Jwt.Parse(await node.TokenAsync()).IsSignedBy(keySet), Is.True);
    }

    [Test]
    public async Task The_key_set_holds_public_members_only()
    {
        var node = await StartNodeAsync();

        var keys = (await node.KeySetAsync()).GetProperty("keys").EnumerateArray().ToArray();

        Assert.That(keys.SelectMany(key => key.EnumerateObject()).Select(member => member.Name).Distinct(), Is.SubsetOf(PublicMembers));
    }

    [Test]
    public async Task No_private_key_stands_in_clear_in_the_database()
    {
        var node = await StartNodeAsync();

        var ring = await node.WithDatabaseAsync(db => db.DataProtectionKeys.Select(k => k.Xml!).ToListAsync());
        var keys = await node.WithDatabaseAsync(db => db.SigningKeys.Select(k => k.ProtectedData).ToListAsync());

        Assert.That(ring, Has.Count.EqualTo(1));
        Assert.That(XElement.Parse(ring[0]).Descendants().Select(e => e.Name.LocalName), Has.Member("aes256gcm").And.No.Member("masterKey"));
        Assert.That(keys, Has.Count.EqualTo(4));
        // 09 F0 C9 F0 opens every payload of data protection; a clear PKCS#8 key would open with 30.
        Assert.That(keys.Select(k => Convert.FromBase64String(k)[..4]), Is.All.EqualTo(new byte[] { 0x09, 0xF0, 0xC9, 0xF0 }));
    }

    [Test]
    public async Task A_second_node_and_a_restarted_one_publish_the_keys_of_the_first()
    {
        var first = await StartNodeAsync();
        var kids = await first.KidsAsync();

        var second = await StartNodeAsync();
        var token = await first.TokenAsync();
        await first.DisposeAsync();
        var restarted = await StartNodeAsync();

        Assert.That(await second.KidsAsync(), Is.EqualTo(kids));
        Assert.That(await restarted.KidsAsync(), Is.EqualTo(kids));
        Assert.That(await second.IsActiveAsync(token), Is.True);
    }

    [Test]
    public async Task Nodes_that_start_at_the_same_time_on_an_empty_database_agree_on_one_key_of_each_kind()
    {
        Node[] nodes = [BuildNode(), BuildNode(), BuildNode()];
        using var start = new Barrier(nodes.Length);

        await Task.WhenAll(nodes.Select(node => Task.Factory.StartNew(() =>
        {
            start.SignalAndWait();
            return node.Keys.EnsureAsync(CancellationToken.None);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));

        var keys = await nodes[0].WithDatabaseAsync(db => db.SigningKeys.AsNoTracking().ToListAsync());
        Assert.That(keys.Select(k => (k.Algorithm, k.Generation)), Is.EquivalentTo(((string, int)[])[("RS256", 1), ("ES256", 1), ("A256CBC-HS512", 1), ("pairwise", 1)]));
        Assert.That(await nodes[0].WithDatabaseAsync(db => db.DataProtectionKeys.CountAsync()), Is.EqualTo(1));
        foreach (var writer in nodes)
        {
            var cookie = Protector(writer).Protect("cookie");
            foreach (var reader in nodes) Assert.That(Protector(reader).Unprotect(cookie), Is.EqualTo("cookie"));
        }
    }

    private static IDataProtector Protector(Node node) => node.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");
}
