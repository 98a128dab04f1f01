using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Links;
using IdP.Notices;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Recovery.Supervised;

/// <summary>
/// "This was not me": ends every request for the account, approved ones and what has begun with them too, by the link of the notice. Where somebody has been let in already, it freezes the account: whoever they are, its owner says that they are not.
/// </summary>
public sealed class StopRecovery(IdpDbContext db, OneTimeLinks links, EndRescues rescues, FreezeAccount freeze, AuditLog audit, Actor actor, TimeProvider clock)
{
    /// <summary>How long somebody who was let in counts as what the link's reader says no to.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(1);

    /// <summary>The page that asks whether it is meant.</summary>
    public const string Path = "/recovery/stop";

    public Task<OneTimeLink?> FindAsync(string? token, CancellationToken ct) => links.FindAsync(LinkPurposes.StopRecovery, token, ct);

    /// <returns>Whether the account was frozen, because it was too late to stop anything.</returns>
    public async Task<Outcome<bool>> ExecuteAsync(string? token, HttpContext http, CancellationToken ct)
    {
        if (await FindAsync(token, ct) is not { User: { } user } link) return Failure.NotFound("link");
        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters.
        await db.Users.Where(u => u.Id == user.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now), ct);
        if (!await links.TakeAsync(link, ct)) return Failure.NotFound("link");
        // Also before this very request: somebody who was let in and asks again must not have the newest link say less than the older one.
        var since = now - Memory;
        var isTooLate = await db.PendingLogins.AnyAsync(l => l.UserId == user.Id && l.Rescue == RescueKind.Approval && l.CompletedAt > since, ct);
        if (isTooLate) await freeze.ExecuteAsync(user.Id, ct);
        else await rescues.OfAsync(user.Id, ct);
        audit.Record("recovery.stopped", "user", user.Id.ToString(), actorId: user.Id);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return isTooLate;
    }
}
