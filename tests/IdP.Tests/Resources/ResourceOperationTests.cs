using IdP.Access;
using IdP.Clients;
using IdP.Protocol.Clients;
using IdP.Protocol.Resources;
using IdP.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Resources;

public sealed class ResourceOperationTests(DatabaseKind database) : OperationTest(database)
{
    [Test]
    public async Task Identity_resources_and_api_scopes_share_one_name_space()
    {
        var (identity, scope) = (NewName("identity"), NewName("scope"));
        await SucceedAsync((CreateIdentityResource create) => create.ExecuteAsync(identity, new(), default));
        await SucceedAsync((CreateApiScope create) => create.ExecuteAsync(scope, new(), default));

        Failure[] failures =
        [
            await FailAsync((CreateIdentityResource create) => create.ExecuteAsync(scope, new(), default)),
            await FailAsync((CreateApiScope create) => create.ExecuteAsync(identity, new(), default)),
            await FailAsync((CreateApiScope create) => create.ExecuteAsync(scope, new(), default)),
        ];

        Assert.That(failures.Select(f => (f.Code, f.Field)), Is.All.EqualTo(("taken", "name")));
    }

    [Test]
    public async Task A_change_is_kept_with_its_version_and_audited()
    {
        var scope = NewName("scope");
        await SucceedAsync((CreateApiScope create) => create.ExecuteAsync(scope, new() { DisplayName = "Before" }, default));

        await SucceedAsync((UpdateApiScope update) => update.ExecuteAsync(scope, 0, new() { DisplayName = "After", UserClaims = ["role"] }, default));
        var stale = await FailAsync((UpdateApiScope update) => update.ExecuteAsync(scope, 0, new() { DisplayName = "Late" }, default));

        var stored = await ReadAsync(db => db.ApiScopes.SingleAsync(s => s.Name == scope));
        Assert.That((stored.DisplayName, stored.Version), Is.EqualTo(("After", 1)));
        Assert.That(stored.UserClaims, Is.EqualTo((string[])["role"]));
        Assert.That(stale.Code, Is.EqualTo("stale_version"));
        Assert.That((await AuditAsync(scope)).Select(e => e.Action), Is.EqualTo((string[])["api_scope.created", "api_scope.updated"]));
    }

    [Test]
    public async Task An_identity_resource_is_changed_and_deleted_but_never_openid()
    {
        var name = NewName("identity");
        await SucceedAsync((CreateIdentityResource create) => create.ExecuteAsync(name, new(), default));

        await SucceedAsync((UpdateIdentityResource update) => update.ExecuteAsync(name, 0, new() { UserClaims = ["x"] }, default));
        await SucceedAsync((DeleteIdentityResource delete) => delete.ExecuteAsync(name, 1, default));
        var openid = await FailAsync((DeleteIdentityResource delete) => delete.ExecuteAsync("openid", 0, default));
        var disabled = await FailAsync((UpdateIdentityResource update) => update.ExecuteAsync("openid", 0, new() { Enabled = false }, default));

        Assert.That(await ReadAsync(db => db.IdentityResources.AnyAsync(r => r.Name == name)), Is.False);
        Assert.That((openid.Code, disabled.Code), Is.EqualTo(("openid_needed", "openid_needed")));
    }

    [Test]
    public async Task A_scope_that_is_in_use_is_not_deleted()
    {
        var (scope, api, client) = (NewName("scope"), NewName("urn:api"), NewName("machine"));
        await SucceedAsync((CreateApiScope create) => create.ExecuteAsync(scope, new(), default));
        await SucceedAsync((CreateApiResource create) => create.ExecuteAsync(api, new() { Scopes = [scope] }, [], default));
        await SucceedAsync((CreateClient create) => create.ExecuteAsync(client, new() { AllowedGrantTypes = ["client_credentials"], AllowedScopes = [scope] }, [], default));

        var byClient = await FailAsync((DeleteApiScope delete) => delete.ExecuteAsync(scope, 0, default));
        await SucceedAsync((DeleteClient delete) => delete.ExecuteAsync(client, 0, default));
        var byApi = await FailAsync((DeleteApiScope delete) => delete.ExecuteAsync(scope, 0, default));
        await SucceedAsync((DeleteApiResource delete) => delete.ExecuteAsync(api, 0, default));
        await SucceedAsync((DeleteApiScope delete) => delete.ExecuteAsync(scope, 0, default));

        Assert.That(byClient.Message, Does.Contain(client));
        Assert.That(byApi.Message, Does.Contain(api));
    }

    [Test]
    public async Task An_api_has_secrets_that_rotate()
    {
        var api = NewName("urn:api");
        await SucceedAsync((CreateApiResource create) => create.ExecuteAsync(api, new(), [new ChosenSecret("chosen-secret", null)], default));
        var end = Server.Clock.Time.GetUtcNow().AddDays(1);

        var added = await SucceedAsync((AddApiSecret add) => add.ExecuteAsync(api, "next", null, end, default));
        var both = (await FindAsync(api)).ApiSecrets;
        await SucceedAsync((RemoveApiSecret remove) => remove.ExecuteAsync(api, both.Single(s => s.Id != added.Id).Id, default));

        var stored = await FindAsync(api);
        Assert.That(both.Single(s => s.Id != added.Id).ExpiresAt, Is.EqualTo(end).Within(TimeSpan.FromMilliseconds(1)));
        Assert.That(SecretHasher.Verify(stored.ApiSecrets.Single().Hash, added.Value), Is.True);
        Assert.That(stored.Version, Is.EqualTo(2));
        Assert.That((await AuditAsync(api)).Select(e => e.Action), Is.EqualTo((string[])["api_resource.created", "api_resource.secret_added", "api_resource.secret_removed"]));
    }

    [Test]
    public async Task An_api_resource_is_changed_on_its_newest_version_only()
    {
        var (api, scope) = (NewName("urn:api"), NewName("scope"));
        await SucceedAsync((CreateApiScope create) => create.ExecuteAsync(scope, new(), default));
        await SucceedAsync((CreateApiResource create) => create.ExecuteAsync(api, new(), [], default));

        await SucceedAsync((UpdateApiResource update) => update.ExecuteAsync(api, 0, new() { Scopes = [scope] }, null, default));
        var stale = await FailAsync((UpdateApiResource update) => update.ExecuteAsync(api, 0, new(), null, default));
        var unknown = await FailAsync((UpdateApiResource update) => update.ExecuteAsync(api, 1, new() { Scopes = [scope, "nothing"] }, null, default));

        Assert.That((await FindAsync(api)).Scopes, Is.EqualTo((string[])[scope]));
        Assert.That((stale.Code, unknown.Code, unknown.Field), Is.EqualTo(("stale_version", "unknown_scope", "scopes[1]")));
    }

    [TestCase("", "name")]
    [TestCase("two words", "name")]
    [TestCase("quo\"te", "name")]
    [TestCase("back\\slash", "name")]
    [TestCase("offline_access", "name")]
    public void A_scope_is_a_token_of_the_scope_parameter(string name, string field)
    {
        Assert.That(ResourceRules.Check(name, new ApiScopeSettings()).Select(f => f.Field), Is.EqualTo((string[])[field]));
        Assert.That(ResourceRules.Check(name, new IdentityResourceSettings()).Select(f => f.Field), Is.EqualTo((string[])[field]));
    }

    [Test]
    public async Task Who_may_not_administer_changes_nothing()
    {
        var name = NewName("refused");

        Failure?[] refusals =
        [
            (await RunAsNobodyAsync((CreateIdentityResource create) => create.ExecuteAsync(name, new(), default))).Failure,
            (await RunAsNobodyAsync((UpdateIdentityResource update) => update.ExecuteAsync("profile", 0, new(), default))).Failure,
            (await RunAsNobodyAsync((DeleteIdentityResource delete) => delete.ExecuteAsync("profile", 0, default))).Failure,
            (await RunAsNobodyAsync((CreateApiScope create) => create.ExecuteAsync(name, new(), default))).Failure,
            (await RunAsNobodyAsync((UpdateApiScope update) => update.ExecuteAsync(name, 0, new(), default))).Failure,
            (await RunAsNobodyAsync((DeleteApiScope delete) => delete.ExecuteAsync(name, 0, default))).Failure,
            (await RunAsNobodyAsync((CreateApiResource create) => create.ExecuteAsync(name, new(), [], default))).Failure,
            (await RunAsNobodyAsync((UpdateApiResource update) => update.ExecuteAsync(name, 0, new(), null, default))).Failure,
            (await RunAsNobodyAsync((DeleteApiResource delete) => delete.ExecuteAsync(name, 0, default))).Failure,
            (await RunAsNobodyAsync((AddApiSecret add) => add.ExecuteAsync(name, null, null, null, default))).Failure,
            (await RunAsNobodyAsync((RemoveApiSecret remove) => remove.ExecuteAsync(name, Guid.Empty, default))).Failure,
        ];

        Assert.That(refusals.Select(f => f?.Kind), Is.All.EqualTo(FailureKind.Forbidden));
        Assert.That(await AuditAsync(name), Is.Empty);
    }

    private Task<ApiResource> FindAsync(string name) => ReadAsync(db => db.ApiResources.Include(r => r.ApiSecrets).SingleAsync(r => r.Name == name));
}
