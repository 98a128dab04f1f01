using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Policies;

public sealed class UpdateSignInPolicy(IdpDbContext db, Actor actor, AuditLog audit, KnownPolicyNames known)
{
    public async Task<Outcome<SignInPolicy>> ExecuteAsync(string name, int version, SignInPolicySettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(PolicyRules.Check(name, settings, await known.AmongAsync(settings, ct))) is { } invalid) return invalid;
        var policy = await db.SignInPolicies.SingleOrDefaultAsync(p => p.Name == name, ct);
        if (policy is null) return Failure.NotFound("sign-in policy");
        if (policy.Version != version) return Failure.Stale("sign-in policy");
        var changes = Change.Between(SignInPolicySettings.From(policy), settings);
        if (changes.Count == 0) return policy;

        db.Entry(policy).CurrentValues.SetValues(settings);
        audit.Record("sign_in_policy.updated", "sign_in_policy", name, new { changes = changes.Select(change => change.ToString()) });
        if (await db.SaveAsync("sign-in policy", ct) is { } conflict) return conflict;
        return policy;
    }
}
