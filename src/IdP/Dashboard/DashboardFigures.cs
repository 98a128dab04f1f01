using IdP.Data;
using IdP.PersonalData;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Dashboard;

/// <summary>What the console's first page shows.</summary>
public sealed record DashboardFigures(int Users, int Clients, int ActiveSessions, int SuccessfulToday, int FailedToday, IReadOnlyList<DayOfSignIns> Days, IReadOnlyList<SignInDecision> LatestFailures, IReadOnlyList<ThrottledOrganization> Throttled)
{
    public const int DaysShown = 14;

    /// <summary>For how long it is shown that wrong passwords have used up the budget of an organization.</summary>
    private static readonly TimeSpan ThrottledShown = TimeSpan.FromDays(1);

    public static async Task<DashboardFigures> ReadAsync(IdpDbContext db, OpenPersonalParts parts, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var first = today.AddDays(1 - DaysShown);
        // The index on (Day, Outcome) holds all that this reads.
        var counts = await db.SignInDecisions.Where(d => d.Day >= first).GroupBy(d => new { d.Day, d.Outcome }).Select(g => new { g.Key.Day, g.Key.Outcome, Count = g.Count() }).ToListAsync(ct);
        var days = Enumerable.Range(0, DaysShown).Select(first.AddDays).Select(day => new DayOfSignIns(day,
            counts.Where(c => c.Day == day && c.Outcome == SignInOutcome.Success).Sum(c => c.Count),
            counts.Where(c => c.Day == day && c.Outcome != SignInOutcome.Success && c.Outcome != SignInOutcome.FactorNeeded && c.Outcome != SignInOutcome.ProofTooOld && c.Outcome != SignInOutcome.RecoveryNeeded && c.Outcome != SignInOutcome.Passed).Sum(c => c.Count))).ToList();
        var shown = now - ThrottledShown;
        return new(
            await db.Users.CountAsync(ct),
            await db.Clients.CountAsync(ct),
            await db.Sessions.CountAsync(s => s.ExpiresAt > now && s.EndedAt == null, ct),
            days[^1].Successful, days[^1].Failed, days,
            await parts.AllAsync(await db.SignInDecisions.AsNoTracking().Where(d => d.Outcome != SignInOutcome.Success && d.Outcome != SignInOutcome.FactorNeeded && d.Outcome != SignInOutcome.ProofTooOld && d.Outcome != SignInOutcome.RecoveryNeeded && d.Outcome != SignInOutcome.Passed).OrderByDescending(d => d.At).Take(8).ToListAsync(ct), ct),
            await db.Organizations.Where(o => o.ThrottledAt > shown).OrderByDescending(o => o.ThrottledAt).Take(8).Select(o => new ThrottledOrganization(o.DisplayName ?? o.Name, o.ThrottledAt!.Value)).ToListAsync(ct));
    }
}

public sealed record DayOfSignIns(DateOnly Day, int Successful, int Failed);

/// <summary>An organization on whose accounts many passwords were tried.</summary>
/// <param name="At">When administrators were last told.</param>
public sealed record ThrottledOrganization(string Name, DateTimeOffset At);
