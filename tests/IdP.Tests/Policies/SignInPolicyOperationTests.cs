using IdP.Access;
using IdP.Policies;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Policies;

public sealed class SignInPolicyOperationTests(DatabaseKind database) : OperationTest(database)
{
    [Test]
    public async Task A_policy_is_created_changed_and_deleted_with_an_audit_entry_each()
    {
        var name = NewName();

        await SucceedAsync((CreateSignInPolicy create) => create.ExecuteAsync(name, new SignInPolicySettings { Networks = ["192.0.2.0/24"], MaxAge = 600 }, default));
        await SucceedAsync((UpdateSignInPolicy update) => update.ExecuteAsync(name, 0, new SignInPolicySettings { Factors = FactorDemand.Mfa, Enabled = false }, default));
        var stale = await FailAsync((UpdateSignInPolicy update) => update.ExecuteAsync(name, 0, new SignInPolicySettings(), default));
        var stored = await Server.WithDatabaseAsync(db => db.SignInPolicies.AsNoTracking().SingleAsync(p => p.Name == name));
        await SucceedAsync((DeleteSignInPolicy delete) => delete.ExecuteAsync(name, 1, default));

        Assert.That((stale.Code, stored.MaxAge, stored.Factors, stored.Enabled), Is.EqualTo(("stale_version", (int?)null, FactorDemand.Mfa, false)));
        Assert.That((await AuditAsync(name)).Select(entry => entry.Action), Is.EqualTo(new[] { "sign_in_policy.created", "sign_in_policy.updated", "sign_in_policy.deleted" }));
        Assert.That(await Server.WithDatabaseAsync(db => db.SignInPolicies.AnyAsync(p => p.Name == name)), Is.False);
    }

    [Test]
    public async Task Who_may_not_administer_changes_nothing()
    {
        var name = NewName();
        await SucceedAsync((CreateSignInPolicy create) => create.ExecuteAsync(name, new SignInPolicySettings { Enabled = false }, default));

        Failure?[] refusals =
        [
            (await RunAsNobodyAsync((CreateSignInPolicy create) => create.ExecuteAsync(NewName(), new SignInPolicySettings(), default))).Failure,
            (await RunAsNobodyAsync((UpdateSignInPolicy update) => update.ExecuteAsync(name, 0, new SignInPolicySettings { Enabled = true }, default))).Failure,
            (await RunAsNobodyAsync((DeleteSignInPolicy delete) => delete.ExecuteAsync(name, 0, default))).Failure,
        ];

        Assert.That(refusals.Select(refusal => refusal?.Kind), Is.All.EqualTo(FailureKind.Forbidden));
        Assert.That(await Server.WithDatabaseAsync(db => db.SignInPolicies.AnyAsync(p => p.Name == name && !p.Enabled)), Is.True);
    }

    [Test]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        var settings = new SignInPolicySettings { Organizations = ["nobody"], Groups = ["no\0body"], Clients = ["unknown", "unknown"], MaxAge = 59, RememberDays = 31, Networks = ["192.0.2.1/24"], RiskManyFailures = IdP.Risk.RiskAnswer.Ask, Description = "a\u202eb" };

        var failure = await FailAsync((CreateSignInPolicy create) => create.ExecuteAsync(" ", settings, default));

        Assert.That(failure.All.Select(f => f.Field).Distinct(), Is.SupersetOf((string[])["name", "description", "organizations[0]", "groups[0]", "clients[1]", "maxAge", "rememberDays", "networks[0]", "risk"]));
    }

    private static string NewName() => "policy " + Guid.NewGuid().ToString("N")[..8];
}
