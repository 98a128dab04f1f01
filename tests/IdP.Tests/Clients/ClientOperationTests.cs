using IdP.Access;
using IdP.Clients;
using IdP.Consents;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.Resources;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Clients;

public sealed class ClientOperationTests(DatabaseKind database) : OperationTest(database)
{
    [Test]
    public async Task A_new_confidential_client_gets_a_secret_that_only_its_hash_remembers()
    {
        var clientId = NewName("web");

        var created = await SucceedAsync((CreateClient create) => create.ExecuteAsync(clientId, Web(), [], default));

        var stored = await FindAsync(clientId);
        Assert.That(stored!.ClientSecrets.Single().Hash, Does.Not.Contain(created.GeneratedSecret!));
        Assert.That(SecretHasher.Verify(stored.ClientSecrets.Single().Hash, created.GeneratedSecret!), Is.True);
        Assert.That(stored.RedirectUris, Is.EqualTo(Web().RedirectUris));
        var entry = (await AuditAsync(clientId)).Single();
        Assert.That((entry.Action, entry.Source), Is.EqualTo(("client.created", "system")));
        Assert.That(entry.Details, Does.Not.Contain(created.GeneratedSecret!));
    }

    [Test]
    public async Task A_new_public_client_has_no_secret()
    {
        var created = await SucceedAsync((CreateClient create) => create.ExecuteAsync(NewName("spa"), Spa(), [], default));

        Assert.That(created.GeneratedSecret, Is.Null);
        Assert.That(created.Client.ClientSecrets, Is.Empty);
        Assert.That(await FailAsync((CreateClient create) => create.ExecuteAsync(NewName("spa"), Spa(), [new ChosenSecret("chosen-secret", null)], default)), Has.Property("Code").EqualTo("public_client"));
    }

    [Test]
    public async Task Who_may_not_administer_changes_nothing()
    {
        var (clientId, other) = (await CreateAsync(), NewName("other"));
        var before = await FindAsync(clientId);

        Failure?[] refusals =
        [
            (await RunAsNobodyAsync((CreateClient create) => create.ExecuteAsync(other, Web(), [], default))).Failure,
            (await RunAsNobodyAsync((UpdateClient update) => update.ExecuteAsync(clientId, 0, Spa(), null, default))).Failure,
            (await RunAsNobodyAsync((DeleteClient delete) => delete.ExecuteAsync(clientId, 0, default))).Failure,
            (await RunAsNobodyAsync((AddClientSecret add) => add.ExecuteAsync(clientId, null, null, null, default))).Failure,
            (await RunAsNobodyAsync((RemoveClientSecret remove) => remove.ExecuteAsync(clientId, before!.ClientSecrets[0].Id, default))).Failure,
        ];

        Assert.That(refusals.Select(f => f?.Kind), Is.All.EqualTo(FailureKind.Forbidden));
        Assert.That((await FindAsync(clientId))!.Version, Is.EqualTo(before!.Version));
        Assert.That(await FindAsync(other), Is.Null);
        Assert.That(await AuditAsync(clientId), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_client_id_exists_once_and_is_no_name_of_an_api()
    {
        var (clientId, api) = (await CreateAsync(), NewName("urn:api"));
        await WriteAsync(db => db.ApiResources.Add(new ApiResource { Name = api }));

        Assert.That(await FailAsync((CreateClient create) => create.ExecuteAsync(clientId, Web(), [], default)), Has.Property("Code").EqualTo("taken").And.Property("Field").EqualTo("clientId"));
        Assert.That(await FailAsync((CreateClient create) => create.ExecuteAsync(api, Web(), [], default)), Has.Property("Code").EqualTo("taken").And.Property("Field").EqualTo("clientId"));
    }

    [Test]
    public async Task Everything_that_is_wrong_is_answered_at_once()
    {
        var settings = Web();
        (settings.RedirectUris, settings.AccessTokenLifetime) = (["https://*.example.com/"], 0);

        var failure = await FailAsync((CreateClient create) => create.ExecuteAsync(NewName("web"), settings, [new ChosenSecret("short", null)], default));

        Assert.That(failure.All.Select(f => f.Field), Is.EqualTo((string[])["redirectUris[0]", "accessTokenLifetime", "clientSecrets[0].value"]));
    }

    [Test]
    public async Task A_change_raises_the_version_and_the_audit_log_says_what_changed()
    {
        var clientId = await CreateAsync();
        var settings = ClientSettings.From((await FindAsync(clientId))!);
        (settings.ClientName, settings.RedirectUris) = ("Renamed", ["https://new.example.com/cb"]);
        Server.Clock.Advance(TimeSpan.FromMinutes(1));

        await SucceedAsync((UpdateClient update) => update.ExecuteAsync(clientId, 0, settings, null, default));

        var stored = await FindAsync(clientId);
        Assert.That((stored!.ClientName, stored.Version), Is.EqualTo(("Renamed", 1)));
        Assert.That(stored.UpdatedAt, Is.GreaterThan(stored.CreatedAt));
        Assert.That((await AuditAsync(clientId))[1].Details, Does.Contain("Renamed").And.Contain("redirectUris: add https://new.example.com/cb; remove https://app.example.com/cb"));
    }

    [Test]
    public async Task A_change_that_changes_nothing_writes_nothing()
    {
        var clientId = await CreateAsync();
        var stored = await FindAsync(clientId);

        await SucceedAsync((UpdateClient update) => update.ExecuteAsync(clientId, 0, ClientSettings.From(stored!), null, default));

        Assert.That((await FindAsync(clientId))!.Version, Is.Zero);
        Assert.That(await AuditAsync(clientId), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_change_made_on_an_old_version_is_refused()
    {
        var clientId = await CreateAsync();
        var settings = ClientSettings.From((await FindAsync(clientId))!);
        settings.ClientName = "first";
        await SucceedAsync((UpdateClient update) => update.ExecuteAsync(clientId, 0, settings, null, default));
        settings.ClientName = "second";

        var failure = await FailAsync((UpdateClient update) => update.ExecuteAsync(clientId, 0, settings, null, default));

        Assert.That((failure.Kind, failure.Code), Is.EqualTo((FailureKind.Conflict, "stale_version")));
        Assert.That((await FindAsync(clientId))!.ClientName, Is.EqualTo("first"));
        Assert.That(await AuditAsync(clientId), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Of_many_changes_at_the_same_time_one_wins_and_the_others_are_told()
    {
        var clientId = await CreateAsync();
        var stored = await FindAsync(clientId);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => RunAsync((UpdateClient update) =>
        {
            var settings = ClientSettings.From(stored!);
            settings.ClientName = $"writer {i}";
            return update.ExecuteAsync(clientId, 0, settings, null, default);
        }))));

        Assert.That(outcomes.Count(o => o.Failure is null), Is.EqualTo(1));
        Assert.That(outcomes.Select(o => o.Failure?.Code).Distinct(), Is.EquivalentTo((string?[])[null, "stale_version"]));
        Assert.That(await AuditAsync(clientId), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Of_many_clients_created_with_one_id_at_the_same_time_one_wins()
    {
        var clientId = NewName("race");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => RunAsync((CreateClient create) => create.ExecuteAsync(clientId, Web(), [], default)))));

        Assert.That(outcomes.Count(o => o.Failure is null), Is.EqualTo(1));
        Assert.That(outcomes.Select(o => o.Failure?.Code).Distinct(), Is.EquivalentTo((string?[])[null, "taken"]));
        Assert.That(await AuditAsync(clientId), Has.Count.EqualTo(1));
        Server.Logs.TakeErrors(); // EF Core logs the losing INSERTs
    }

    [Test]
    public async Task A_client_that_becomes_public_loses_its_secrets_and_gets_a_new_one_when_it_comes_back()
    {
        var clientId = await CreateAsync();

        await SucceedAsync((UpdateClient update) => update.ExecuteAsync(clientId, 0, Spa(), null, default));
        var whilePublic = (await FindAsync(clientId))!.ClientSecrets;
        var back = await SucceedAsync((UpdateClient update) => update.ExecuteAsync(clientId, 1, Web(), null, default));

        Assert.That(whilePublic, Is.Empty);
        Assert.That(SecretHasher.Verify((await FindAsync(clientId))!.ClientSecrets.Single().Hash, back.GeneratedSecret!), Is.True);
    }

    [Test]
    public async Task A_deleted_client_leaves_no_tokens_and_no_consents_behind()
    {
        var (clientId, survivor, user) = (await CreateAsync(), await CreateAsync(), new User { UserName = "u", NormalizedUserName = NewName("U") });
        var (gone, stays) = ((await FindAsync(clientId))!.Id, (await FindAsync(survivor))!.Id);
        await WriteAsync(db =>
        {
            db.Users.Add(user);
            foreach (var (key, name) in ((Guid, string)[])[(gone, clientId), (stays, survivor)])
            {
                var grant = new Grant { ClientKey = key, Subject = user.Id.ToString() };
                db.Grants.Add(grant);
                db.Tokens.Add(new GrantToken { GrantId = grant.Id, ClientKey = key });
                db.Tokens.Add(new GrantToken { ClientKey = key });
                db.Consents.Add(new Consent { UserId = user.Id, ClientId = name });
            }
        });

        await SucceedAsync((DeleteClient delete) => delete.ExecuteAsync(clientId, 0, default));

        Assert.That(await FindAsync(clientId), Is.Null);
        Assert.That(await ReadAsync(db => db.Grants.Where(g => g.ClientKey == gone || g.ClientKey == stays).Select(g => g.ClientKey).ToListAsync()), Is.EqualTo((Guid?[])[stays]));
        Assert.That(await ReadAsync(db => db.Tokens.Where(t => t.ClientKey == gone || t.ClientKey == stays).Select(t => t.ClientKey).ToListAsync()), Is.EqualTo((Guid?[])[stays, stays]));
        Assert.That(await ReadAsync(db => db.Consents.Where(c => c.UserId == user.Id).Select(c => c.ClientId).ToListAsync()), Is.EqualTo((string[])[survivor]));
        Assert.That((await AuditAsync(clientId)).Select(e => e.Action), Is.EqualTo((string[])["client.created", "client.deleted"]));
    }

    [Test]
    public async Task Rotating_adds_a_secret_and_lets_the_old_ones_end()
    {
        var clientId = await CreateAsync();
        var end = Server.Clock.Time.GetUtcNow().AddDays(1);

        var added = await SucceedAsync((AddClientSecret add) => add.ExecuteAsync(clientId, "next", null, end, default));

        var stored = await FindAsync(clientId);
        var (old, next) = (stored!.ClientSecrets.Single(s => s.Id != added.Id), stored.ClientSecrets.Single(s => s.Id == added.Id));
        Assert.That(old.ExpiresAt, Is.EqualTo(end).Within(TimeSpan.FromMilliseconds(1)));
        Assert.That((next.ExpiresAt, next.Hint, SecretHasher.Verify(next.Hash, added.Value)), Is.EqualTo(((DateTimeOffset?)null, added.Value[..3], true)));
        Assert.That(stored.Version, Is.EqualTo(1));
    }

    [Test]
    public async Task The_last_working_secret_stays()
    {
        var clientId = await CreateAsync();
        var only = (await FindAsync(clientId))!.ClientSecrets.Single().Id;

        var refused = await FailAsync((RemoveClientSecret remove) => remove.ExecuteAsync(clientId, only, default));
        await SucceedAsync((AddClientSecret add) => add.ExecuteAsync(clientId, null, null, null, default));
        await SucceedAsync((RemoveClientSecret remove) => remove.ExecuteAsync(clientId, only, default));

        Assert.That(refused.Code, Is.EqualTo("last_secret"));
        Assert.That((await FindAsync(clientId))!.ClientSecrets.Select(s => s.Id), Has.None.EqualTo(only).And.Exactly(1).Items);
        Assert.That((await AuditAsync(clientId)).Select(e => e.Action), Is.EqualTo((string[])["client.created", "client.secret_added", "client.secret_removed"]));
    }

    [Test]
    public async Task The_number_of_secrets_is_bounded_because_each_is_tried_at_every_request()
    {
        var clientId = await CreateAsync();
        for (var i = 1; i < 10; i++)
            await SucceedAsync((AddClientSecret add) => add.ExecuteAsync(clientId, null, null, null, default));

        Assert.That(await FailAsync((AddClientSecret add) => add.ExecuteAsync(clientId, null, null, null, default)), Has.Property("Code").EqualTo("too_many"));
    }

    [Test]
    public async Task What_does_not_exist_is_not_found()
    {
        var (unknown, known) = (NewName("unknown"), await CreateAsync());

        Failure[] failures =
        [
            await FailAsync((UpdateClient update) => update.ExecuteAsync(unknown, 0, Web(), null, default)),
            await FailAsync((DeleteClient delete) => delete.ExecuteAsync(unknown, 0, default)),
            await FailAsync((AddClientSecret add) => add.ExecuteAsync(unknown, null, null, null, default)),
            await FailAsync((RemoveClientSecret remove) => remove.ExecuteAsync(known, Guid.NewGuid(), default)),
        ];

        Assert.That(failures.Select(f => f.Kind), Is.All.EqualTo(FailureKind.NotFound));
    }

    private async Task<string> CreateAsync()
    {
        var clientId = NewName("web");
        await SucceedAsync((CreateClient create) => create.ExecuteAsync(clientId, Web(), [], default));
        return clientId;
    }

    private Task<Client?> FindAsync(string clientId) => ReadAsync(db => db.Clients.Include(c => c.ClientSecrets).SingleOrDefaultAsync(c => c.ClientId == clientId));

    private static ClientSettings Web() => new() { AllowedGrantTypes = ["authorization_code"], RedirectUris = ["https://app.example.com/cb"], AllowedScopes = ["openid"] };

    private static ClientSettings Spa() => new() { TokenEndpointAuthMethod = "none", AllowedGrantTypes = ["authorization_code"], RedirectUris = ["https://spa.example.com/cb"], AllowedScopes = ["openid"] };
}
