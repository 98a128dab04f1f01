using System.Globalization;
using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Policies;

public sealed class CreateSignInPolicy(IdpDbContext db, Actor actor, AuditLog audit, KnownPolicyNames known)
{
    public async Task<Outcome<SignInPolicy>> ExecuteAsync(string name, SignInPolicySettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(PolicyRules.Check(name, settings, await known.AmongAsync(settings, ct))) is { } invalid) return invalid;
        if (await db.SignInPolicies.AnyAsync(p => p.Name == name, ct)) return Failure.Conflict("taken", "There is already a sign-in policy with this name.", "name");
        if (await db.SignInPolicies.CountAsync(ct) >= PolicyRules.MaxPolicies)
            return Failure.Invalid("too_many", string.Create(CultureInfo.InvariantCulture, $"There are at most {PolicyRules.MaxPolicies} sign-in policies."));

        var policy = new SignInPolicy { Name = name };
        db.SignInPolicies.Add(policy).CurrentValues.SetValues(settings);
        audit.Record("sign_in_policy.created", "sign_in_policy", name, new { settings = Change.Between(new SignInPolicySettings(), settings).Select(change => change.ToString()) });
        if (await db.SaveAsync("sign-in policy", ct) is { } conflict) return conflict;
        return policy;
    }
}
