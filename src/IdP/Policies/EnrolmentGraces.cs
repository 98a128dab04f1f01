using IdP.Credentials;
using IdP.Data;
using IdP.Protocol.Storage;
using Microsoft.EntityFrameworkCore;

namespace IdP.Policies;

/// <summary>A grace period that runs for somebody.</summary>
public sealed record RunningGrace(Guid PolicyId, string Policy, FactorDemand Factors, DateTimeOffset Until);

/// <summary>The grace periods of people who lack a factor. Nobody else costs a statement.</summary>
public sealed class EnrolmentGraces(IdpDbContext db, TimeProvider clock)
{
    /// <summary>When they began for this person; of a policy that has not met the person yet nothing.</summary>
    internal async Task<IReadOnlyDictionary<Guid, DateTimeOffset>> ReadAsync(Guid userId, IReadOnlyCollection<Guid> policies, CancellationToken ct) =>
        await db.EnrolmentGraces.AsNoTracking().Where(g => g.UserId == userId && policies.Contains(g.PolicyId)).ToDictionaryAsync(g => g.PolicyId, g => g.StartedAt, ct);

    /// <summary>Begins those that the person was met with for the first time; the first of several requests decides.</summary>
    public async Task StartAsync(PolicyJudgement judged, CancellationToken ct)
    {
        var (userId, startedAt) = (judged.Inputs.UserId, db.InStoredForm<EnrolmentGrace>(nameof(EnrolmentGrace.StartedAt), judged.Inputs.At));
        foreach (var policyId in judged.Verdict.Graces.Select(grace => grace.PolicyId).Where(id => judged.Inputs.Graces?.ContainsKey(id) is not true))
            // A policy that was deleted in this very moment has no grace any more.
            await db.Database.ExecuteSqlAsync($"""
                INSERT INTO "EnrolmentGraces" ("UserId", "PolicyId", "StartedAt") SELECT {userId}, "Id", {startedAt} FROM "SignInPolicies" WHERE "Id" = {policyId} ON CONFLICT ("UserId", "PolicyId") DO NOTHING
                """, ct);
    }

    /// <summary>Those that run for this person.</summary>
    public async Task<IReadOnlyList<RunningGrace>> RunningAsync(Guid userId, CancellationToken ct)
    {
        var (now, factors) = (clock.GetUtcNow(), await db.FactorsOfAsync(userId, ct));
        var found = await db.EnrolmentGraces.AsNoTracking().Where(g => g.UserId == userId)
            .Join(db.SignInPolicies.Where(p => p.Enabled), g => g.PolicyId, p => p.Id, (g, p) => new { g.StartedAt, p.Id, p.Name, p.Factors, p.EnrolmentGraceDays }).ToListAsync(ct);
        return [.. found.Where(g => !PolicyEvaluation.CanReach(factors.Passkey, factors.AuthenticatorApp, g.Factors)).Select(g => new RunningGrace(g.Id, g.Name, g.Factors is FactorDemand.Any ? FactorDemand.Mfa : g.Factors, g.StartedAt.AddDays(g.EnrolmentGraceDays))).Where(g => g.Until > now).OrderBy(g => g.Until)];
    }

    /// <summary>For how many people it runs who have not added the factor yet.</summary>
    public Task<int> CountAsync(SignInPolicy policy, CancellationToken ct)
    {
        var (started, passkeyOnly) = (clock.GetUtcNow().AddDays(-policy.EnrolmentGraceDays), policy.Factors is FactorDemand.PhishingResistant);
        return db.EnrolmentGraces.CountAsync(g => g.PolicyId == policy.Id && g.StartedAt > started && !db.UserPasskeys.Any(p => p.UserId == g.UserId)
            && (passkeyOnly || !db.Credentials.Any(c => c.UserId == g.UserId && c.Kind == CredentialKinds.AuthenticatorApp)), ct);
    }
}
