using System.Text;
using IdP.Clients;
using IdP.Configuration;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Clients;

/// <summary>Secrets that are HMAC keys (client_secret_jwt): kept encrypted, for such clients alone and as long as they are such clients.</summary>
public sealed class SigningSecretTests(DatabaseKind database) : OperationTest(database)
{
    private const string Long = "0123456789-0123456789-0123456789-0123456789-0123456789-0123456789";

    [Test]
    public async Task A_generated_secret_is_long_enough_for_every_HMAC_algorithm_and_known_again()
    {
        var clientId = NewName("hmac");

        var created = await SucceedAsync((CreateClient create) => create.ExecuteAsync(clientId, Signing(), [], default));

        Assert.That(Encoding.ASCII.GetByteCount(created.GeneratedSecret!), Is.GreaterThanOrEqualTo(64));
        Assert.That(KeysOf(await FindAsync(clientId)), Is.EqualTo(new[] { created.GeneratedSecret }));
        Assert.That((await AuditAsync(clientId)).Single().Details, Does.Not.Contain(created.GeneratedSecret!));
    }

    [Test]
    public async Task A_client_that_begins_to_sign_gets_a_new_secret_and_one_that_ends_it_keeps_none_encrypted()
    {
        var clientId = NewName("hmac");
        await SucceedAsync((CreateClient create) => create.ExecuteAsync(clientId, Machine(), [], default));

        var signing = await SucceedAsync((UpdateClient update) => update.ExecuteAsync(clientId, 0, Signing(), null, default));
        var during = await FindAsync(clientId);
        await SucceedAsync((UpdateClient update) => update.ExecuteAsync(clientId, during.Version, Machine(), null, default));
        var after = await FindAsync(clientId);

        Assert.That(KeysOf(during), Is.EqualTo(new[] { signing.GeneratedSecret }));
        Assert.That(during.ClientSecrets.Select(s => s.ProtectedValue is null), Is.EquivalentTo(new[] { true, false }), "the old one is known by its hash alone");
        Assert.That(after.ClientSecrets.Select(s => s.ProtectedValue), Is.All.Null);
        Assert.That(after.ClientSecrets, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_chosen_secret_that_begins_to_sign_is_kept_when_its_value_is_given_again_and_refused_as_a_hash()
    {
        var clientId = NewName("hmac");
        await SucceedAsync((CreateClient create) => create.ExecuteAsync(clientId, Machine(), [new ChosenSecret(Long, null)], default));
        var hash = (await FindAsync(clientId)).ClientSecrets.Single().Hash;

        var hashed = await FailAsync((UpdateClient update) => update.ExecuteAsync(clientId, 0, Signing(), [new ChosenSecret(null, hash)], default));
        await SucceedAsync((UpdateClient update) => update.ExecuteAsync(clientId, 0, Signing(), [new ChosenSecret(Long, null)], default));

        Assert.That((hashed.Code, hashed.Field), Is.EqualTo(("hash_only", "clientSecrets[0].hash")));
        var stored = await FindAsync(clientId);
        Assert.That(stored.ClientSecrets.Single().Hash, Is.EqualTo(hash));
        Assert.That(KeysOf(stored), Is.EqualTo(new[] { Long }));
    }

    [TestCase(null, 31)]
    [TestCase("HS256", 31)]
    [TestCase("HS384", 47)]
    [TestCase("HS512", 63)]
    public async Task A_secret_that_signs_is_as_long_as_its_hash(string? algorithm, int tooShort)
    {
        var settings = Signing();
        settings.TokenEndpointAuthSigningAlg = algorithm;

        var refused = await FailAsync((CreateClient create) => create.ExecuteAsync(NewName("hmac"), settings, [new ChosenSecret(new string('s', tooShort), null)], default));
        await SucceedAsync((CreateClient create) => create.ExecuteAsync(NewName("hmac"), settings, [new ChosenSecret(new string('s', tooShort + 1), null)], default));

        Assert.That((refused.Code, refused.Field), Is.EqualTo(("short_secret", "clientSecrets[0].value")));
    }

    [Test]
    public async Task A_rotated_secret_signs_too_and_the_last_one_that_does_cannot_be_removed()
    {
        var clientId = NewName("hmac");
        var first = await SucceedAsync((CreateClient create) => create.ExecuteAsync(clientId, Signing(), [], default));
        var added = await SucceedAsync((AddClientSecret add) => add.ExecuteAsync(clientId, "next", null, null, default));
        Assert.That(KeysOf(await FindAsync(clientId)), Is.EquivalentTo(new[] { first.GeneratedSecret, added.Value }));

        await SucceedAsync((RemoveClientSecret remove) => remove.ExecuteAsync(clientId, first.Client.ClientSecrets[0].Id, default));
        var last = await FailAsync((RemoveClientSecret remove) => remove.ExecuteAsync(clientId, added.Id, default));

        Assert.That(last.Code, Is.EqualTo("last_secret"));
        Assert.That(KeysOf(await FindAsync(clientId)), Is.EqualTo(new[] { added.Value }));
    }

    [Test]
    public async Task A_file_says_what_it_keeps_changes_nothing_the_second_time_and_needs_the_value()
    {
        var clientId = NewName("hmac");
        string File(string more) => $$"""{ "clients": [{ "clientId": "{{clientId}}", "allowedGrantTypes": ["client_credentials"], {{more}} }] }""";
        await ApplyAsync(File($$""" "clientSecrets": [{ "value": "{{Long}}" }] """));

        var withoutValue = await FailAsync((ConfigurationFile file) => file.ApplyAsync(Encoding.UTF8.GetBytes(File(""" "tokenEndpointAuthMethod": "client_secret_jwt" """)), default));
        var signs = File($$""" "tokenEndpointAuthMethod": "client_secret_jwt", "clientSecrets": [{ "value": "{{Long}}" }] """);
        var first = await ApplyAsync(signs);
        var second = await ApplyAsync(signs);

        Assert.That(withoutValue.All.Select(f => (f.Code, f.Field)), Has.Member(("secret_required", "$.clients[0].clientSecrets")));
        Assert.That(first.Changes, Has.Some.Contains("keep encrypted"));
        Assert.That(string.Join(' ', first.Changes), Does.Not.Contain(Long));
        Assert.That(second.IsEmpty, Is.True, string.Join(' ', second.Changes));
        Assert.That(KeysOf(await FindAsync(clientId)), Is.EqualTo(new[] { Long }));
    }

    private static ClientSettings Machine() => new() { AllowedGrantTypes = ["client_credentials"] };

    private static ClientSettings Signing() => new() { TokenEndpointAuthMethod = ClientAuthenticationMethods.ClientSecretJwt, AllowedGrantTypes = ["client_credentials"] };

    private Task<ConfigurationPlan> ApplyAsync(string file) => SucceedAsync((ConfigurationFile configuration) => configuration.ApplyAsync(Encoding.UTF8.GetBytes(file), default));

    private string[] KeysOf(Client client) => [.. Server.Services.GetRequiredService<RecoverableSecrets>().KeysOf(client, "HS256", Server.Clock.Time.GetUtcNow()).Select(Encoding.UTF8.GetString)];

    private Task<Client> FindAsync(string clientId) => ReadAsync(db => db.Clients.AsNoTracking().Include(c => c.ClientSecrets).SingleAsync(c => c.ClientId == clientId));
}
