using IdP.Access;
using IdP.AssertionIssuers;
using IdP.Clients;
using IdP.Protocol.Token;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.AssertionIssuers;

public sealed class AssertionIssuerOperationTests(DatabaseKind database) : OperationTest(database)
{
    [Test]
    public async Task An_issuer_is_created_changed_and_deleted_with_an_audit_entry_each()
    {
        var (issuer, client) = (NewIssuer(), await CreateClientAsync());

        await SucceedAsync((CreateAssertionIssuer create) => create.ExecuteAsync(issuer, Trusting(client), default));
        var changed = Trusting(client);
        changed.Enabled = false;
        await SucceedAsync((UpdateAssertionIssuer update) => update.ExecuteAsync(issuer, 0, changed, default));
        var stale = await FailAsync((UpdateAssertionIssuer update) => update.ExecuteAsync(issuer, 0, Trusting(client), default));
        await SucceedAsync((DeleteAssertionIssuer delete) => delete.ExecuteAsync(issuer, 1, default));

        Assert.That(stale.Code, Is.EqualTo("stale_version"));
        Assert.That((await AuditAsync(issuer)).Select(entry => entry.Action), Is.EqualTo(new[] { "assertion_issuer.created", "assertion_issuer.updated", "assertion_issuer.deleted" }));
        Assert.That(await FindAsync(issuer), Is.Null);
    }

    [Test]
    public async Task Who_may_not_administer_changes_nothing()
    {
        var issuer = NewIssuer();
        await SucceedAsync((CreateAssertionIssuer create) => create.ExecuteAsync(issuer, Trusting(), default));

        Failure?[] refusals =
        [
            (await RunAsNobodyAsync((CreateAssertionIssuer create) => create.ExecuteAsync(NewIssuer(), Trusting(), default))).Failure,
            (await RunAsNobodyAsync((UpdateAssertionIssuer update) => update.ExecuteAsync(issuer, 0, Trusting(), default))).Failure,
            (await RunAsNobodyAsync((DeleteAssertionIssuer delete) => delete.ExecuteAsync(issuer, 0, default))).Failure,
        ];

        Assert.That(refusals.Select(failure => failure?.Kind), Is.All.EqualTo(FailureKind.Forbidden));
        Assert.That((await FindAsync(issuer))!.Version, Is.Zero);
    }

    [Test]
    public async Task Everything_wrong_is_reported_at_once()
    {
        var failure = await FailAsync((CreateAssertionIssuer create) => create.ExecuteAsync("with space", new() { Subject = "email", AllowedClients = ["no-such-client"] }, default));

        Assert.That(failure.All.Select(f => (f.Field, f.Code)), Is.EquivalentTo(new[] { ("issuer", "bad_issuer"), ("jwks", "keys_required"), ("subject", "unsupported"), ("allowedClients[0]", "unknown_client") }));
    }

    [Test]
    public async Task An_issuer_exists_once()
    {
        var issuer = NewIssuer();
        await SucceedAsync((CreateAssertionIssuer create) => create.ExecuteAsync(issuer, Trusting(), default));

        Assert.That((await FailAsync((CreateAssertionIssuer create) => create.ExecuteAsync(issuer, Trusting(), default))).Code, Is.EqualTo("taken"));
    }

    [Test]
    public async Task A_deleted_client_is_not_invited_any_more()
    {
        var (issuer, client) = (NewIssuer(), await CreateClientAsync());
        await SucceedAsync((CreateAssertionIssuer create) => create.ExecuteAsync(issuer, Trusting(client), default));

        await SucceedAsync((DeleteClient delete) => delete.ExecuteAsync(client, 0, default));

        Assert.That((await FindAsync(issuer))!.AllowedClients, Is.Empty);
    }

    private static string NewIssuer() => $"https://{Guid.NewGuid():N}.example.test";

    private static AssertionIssuerSettings Trusting(params List<string> clients) => new() { JwksUri = "https://portal.example.test/keys", AllowedClients = clients };

    private async Task<string> CreateClientAsync()
    {
        var clientId = NewName("bearer");
        await SucceedAsync((CreateClient create) => create.ExecuteAsync(clientId, new() { AllowedGrantTypes = ["client_credentials"] }, [], default));
        return clientId;
    }

    private Task<AssertionIssuer?> FindAsync(string issuer) => ReadAsync(db => db.AssertionIssuers.SingleOrDefaultAsync(i => i.Issuer == issuer));
}
