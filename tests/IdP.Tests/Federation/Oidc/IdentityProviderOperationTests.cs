using IdP.Access;
using IdP.Configuration;
using IdP.IdentityProviders;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Federation.Oidc;

public sealed class IdentityProviderOperationTests(DatabaseKind database) : OperationTest(database)
{
    [Test]
    public async Task A_provider_is_created_changed_and_deleted_with_an_audit_entry_each_and_without_its_secret_in_clear()
    {
        var name = NewName("up");
        await SucceedAsync((CreateIdentityProvider create) => create.ExecuteAsync(name, Valid(), "a-secret", default));
        var changed = Valid();
        changed.DisplayName = "Other";
        await SucceedAsync((UpdateIdentityProvider update) => update.ExecuteAsync(name, 0, changed, "another-secret", default));
        var stale = await FailAsync((UpdateIdentityProvider update) => update.ExecuteAsync(name, 0, Valid(), null, default));
        var stored = (await FindAsync(name))!;
        var opened = await RunAsync((ProviderSecrets secrets) => Task.FromResult(secrets.Open(stored)));
        await SucceedAsync((DeleteIdentityProvider delete) => delete.ExecuteAsync(name, 1, default));

        Assert.That((stale.Code, opened, await FindAsync(name)), Is.EqualTo(("stale_version", "another-secret", (IdentityProvider?)null)));
        Assert.That(stored.ProtectedSecret, Does.Not.Contain("secret"));
        var audit = await AuditAsync(name);
        Assert.That(audit.Select(entry => entry.Action), Is.EqualTo(new[] { "identity_provider.created", "identity_provider.updated", "identity_provider.deleted" }));
        Assert.That(audit.Select(entry => entry.Details), Has.None.Contains("another-secret"));
    }

    [Test]
    public async Task Who_may_not_administer_changes_nothing()
    {
        var name = NewName("up");
        await SucceedAsync((CreateIdentityProvider create) => create.ExecuteAsync(name, Valid(), "a-secret", default));

        Failure?[] refusals =
        [
            (await RunAsNobodyAsync((CreateIdentityProvider create) => create.ExecuteAsync(NewName("up"), Valid(), "a-secret", default))).Failure,
            (await RunAsNobodyAsync((UpdateIdentityProvider update) => update.ExecuteAsync(name, 0, Valid(), null, default))).Failure,
            (await RunAsNobodyAsync((DeleteIdentityProvider delete) => delete.ExecuteAsync(name, 0, default))).Failure,
        ];

        Assert.That(refusals.Select(failure => failure?.Kind), Is.All.EqualTo(FailureKind.Forbidden));
    }

    [Test]
    public async Task Everything_wrong_is_reported_at_once()
    {
        var settings = new IdentityProviderSettings
        {
            Issuer = "http://elsewhere.test", TokenEndpointAuthMethod = "client_secret_jwt", TokenEndpointAuthSigningAlg = "HS256", Scopes = ["email"], AcrValues = ["a b"], EmailClaim = "",
            AllowedDomains = ["Example.com"], Organizations = ["nobody"], OnlyWay = false,
        };

        var failure = await FailAsync((CreateIdentityProvider create) => create.ExecuteAsync("With Space", settings, null, default));
        var builtIn = await FailAsync((CreateIdentityProvider create) => create.ExecuteAsync("google", Valid(), null, default));

        Assert.That(failure.All.Select(f => (f.Field, f.Code)), Is.EquivalentTo(new[]
        {
            ("name", "bad_name"), ("displayName", "bad_display_name"), ("issuer", "bad_issuer"), ("clientId", "bad_client_id"), ("tokenEndpointAuthMethod", "unsupported"), ("tokenEndpointAuthSigningAlg", "unsupported"),
            ("acrValues[0]", "bad_character"), ("scopes", "openid_required"), ("emailClaim", "bad_claim"), ("allowedDomains[0]", "bad_domain"), ("organizations[0]", "unknown_organization"), ("allowedDomains", "two_domain_lists"),
        }));
        Assert.That(builtIn.All.Select(f => (f.Field, f.Code)), Is.EquivalentTo(new[] { ("name", "taken"), ("clientSecret", "secret_required") }));
    }

    [Test]
    public async Task A_file_adds_a_provider_says_nothing_about_one_that_is_as_it_says_and_notices_another_secret()
    {
        static byte[] File(string secret) => System.Text.Encoding.UTF8.GetBytes($$"""
            { "organizations": [{ "name": "filed", "domains": [{ "name": "filed.test", "verified": true }] }],
              "identityProviders": [{ "name": "filed", "displayName": "Filed", "issuer": "https://login.filed.test", "clientId": "idp", "clientSecret": "{{secret}}", "organizations": ["filed"], "onlyWay": true }] }
            """);

        var first = await SucceedAsync((ConfigurationFile file) => file.ApplyAsync(File("one"), default));
        var again = await SucceedAsync((ConfigurationFile file) => file.ApplyAsync(File("one"), default));
        var other = await SucceedAsync((ConfigurationFile file) => file.ApplyAsync(File("two"), default));

        Assert.That(first.Changes, Does.Contain("identity provider filed: create"));
        Assert.That((again.IsEmpty, string.Join(';', other.Changes)), Is.EqualTo((true, "identity provider filed: clientSecret: change")));
        Assert.That((await FindAsync("filed"))!.OnlyWay, Is.True);
    }

    private static IdentityProviderSettings Valid() => new() { DisplayName = "Acme", Issuer = "https://login.acme.test", ClientId = "idp" };

    private Task<IdentityProvider?> FindAsync(string name) => ReadAsync(db => db.IdentityProviders.AsNoTracking().SingleOrDefaultAsync(p => p.Name == name));
}
