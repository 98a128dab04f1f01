using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Policies;

public sealed class DeleteSignInPolicy(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<string>> ExecuteAsync(string name, int version, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var policy = await db.SignInPolicies.SingleOrDefaultAsync(p => p.Name == name, ct);
        if (policy is null) return Failure.NotFound("sign-in policy");
        if (policy.Version != version) return Failure.Stale("sign-in policy");

        db.SignInPolicies.Remove(policy);
        audit.Record("sign_in_policy.deleted", "sign_in_policy", name);
        if (await db.SaveAsync("sign-in policy", ct) is { } conflict) return conflict;
        return name;
    }
}
