using IdP.Sessions;
using Microsoft.AspNetCore.Http;

namespace IdP.Policies;

/// <summary>How a changed policy would keep out whoever makes the change.</summary>
/// <param name="ClientId">The app on the way to which; null for the console itself.</param>
/// <param name="IsForRisk">Whether only because it would be unusual.</param>
public sealed record LockOut(PolicyAnswer Answer, string? ClientId, bool CanEnrolOnTheWay, bool IsForRisk);

/// <summary>Tells administrators before they save a policy that it would keep themselves out: it is asked about a sign-in that shows from here what their session has shown.</summary>
public sealed class OwnLockOut(PolicyCatalog catalog, PolicyCheck policies, TimeProvider clock)
{
    /// <returns>Null when the change takes no way from this person, or none that is open now.</returns>
    public async Task<LockOut?> FindAsync(PolicyChange change, SignedInPerson person, HttpContext http, CancellationToken ct)
    {
        // Removing one takes nothing from anybody (docs/decisions/0013).
        if (change.Settings is not { Enabled: true } settings) return null;
        var rules = await catalog.AllAsync(ct);
        var changed = change.ApplyTo(rules);
        var own = await policies.DescribeAsync(person, clock.GetUtcNow(), http, ct);
        foreach (var clientId in (IEnumerable<string?>)[null, .. settings.Clients])
        {
            var inputs = own with { ClientId = clientId };
            var (before, after) = (PolicyEvaluation.Decide(inputs, rules), PolicyEvaluation.Decide(inputs, changed));
            if (after is { Answer: >= PolicyAnswer.Enrol, PostponableUntil: null } && (after.Answer > before.Answer || before.PostponableUntil is not null)) return new(after.Answer, clientId, !own.HasPasskey && !own.HasApp, after.IsForRisk);
        }
        return null;
    }
}
