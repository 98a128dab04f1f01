using IdP.Data;
using IdP.Links;
using IdP.Recovery.Passes;
using IdP.Recovery.Supervised;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Recovery;

/// <summary>Ends what lets somebody in without their own proof. Part of the change being made, whose caller holds the person's row.</summary>
public sealed class EndRescues(IdpDbContext db, TimeProvider clock)
{
    /// <summary>Everything, for an account that is closed or whose owner says no.</summary>
    public async Task OfAsync(Guid userId, CancellationToken ct)
    {
        await PassesOfAsync(userId, ct);
        await db.RecoveryRequests.Where(r => r.UserId == userId && (r.State == RecoveryState.Waiting || r.State == RecoveryState.Approved)).ExecuteUpdateAsync(r => r.SetProperty(x => x.State, RecoveryState.Stopped), ct);
    }

    /// <summary>
    /// What this person has given to others and nobody has finished with: whoever was in their account could have given it. It ends with their sessions and their rights, and for good, so that it is not worth something again once
    /// they are let in again.
    /// </summary>
    public async Task GivenByAsync(Guid helperId, CancellationToken ct)
    {
        var (now, issuedBy) = (clock.GetUtcNow(), TemporaryPassFacts.IssuedByText(helperId));
        await db.PendingLogins.Where(l => l.ExpiresAt > now && l.RescuedBy == helperId && l.CompletedAt == null).ExecuteUpdateAsync(l => l.SetProperty(x => x.ExpiresAt, now), ct);
        await db.RecoveryRequests.Where(r => r.ExpiresAt > now && r.DecidedBy == helperId && r.State == RecoveryState.Approved).ExecuteUpdateAsync(r => r.SetProperty(x => x.State, RecoveryState.Stopped), ct);
        await db.OneTimeLinks.Where(l => l.ExpiresAt > now && l.Purpose == LinkPurposes.TemporaryPass && l.UsedAt == null && l.Data!.Contains(issuedBy)).ExecuteUpdateAsync(l => l.SetProperty(x => x.UsedAt, now), ct);
    }

    /// <summary>Passes that can still be used, and what has begun in a browser and is not finished.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> PassesOfAsync(Guid userId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var begun = await db.PendingLogins.Where(l => l.UserId == userId && l.Rescue != RescueKind.None && l.CompletedAt == null && l.ExpiresAt > now).ExecuteUpdateAsync(l => l.SetProperty(x => x.ExpiresAt, now), ct);
        return begun + await db.OneTimeLinks.Where(l => l.UserId == userId && l.Purpose == LinkPurposes.TemporaryPass && l.UsedAt == null && l.ExpiresAt > now).ExecuteUpdateAsync(l => l.SetProperty(x => x.UsedAt, now), ct);
    }
}
