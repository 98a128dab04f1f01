using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Links;
using IdP.Recovery;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Notices;

/// <summary>
/// "This was not me": closes an account by the link of a notice. All sessions and tokens end, and nobody signs in to it until an administrator has spoken with its owner and enables it again.
/// </summary>
public sealed class FreezeAccount(IdpDbContext db, OneTimeLinks links, EndAllSessions sessions, EndRescues rescues, AuditLog audit, Actor actor, TimeProvider clock)
{
    /// <summary>The page that asks whether it is meant.</summary>
    public const string Path = "/account-freeze";

    /// <summary>What the console shows as the reason.</summary>
    public const string Reason = "Frozen by its owner, with the link of a notice.";

    public Task<OneTimeLink?> FindAsync(string? token, CancellationToken ct) => links.FindAsync(LinkPurposes.Freeze, token, ct);

    public async Task<Outcome<User>> ExecuteAsync(string? token, HttpContext http, CancellationToken ct)
    {
        if (await FindAsync(token, ct) is not { User: { } user } link) return Failure.NotFound("link");
        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        var (now, stamp) = (clock.GetUtcNow(), Guid.NewGuid().ToString("N"));
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters.
        var frozen = await db.Users.Where(u => u.Id == user.Id && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, false).SetProperty(x => x.DisabledReason, Reason)
            .SetProperty(x => x.SecurityStamp, stamp).SetProperty(x => x.ConcurrencyStamp, stamp).SetProperty(x => x.UpdatedAt, now), ct) == 1;
        if (!await links.TakeAsync(link, ct)) return Failure.NotFound("link");
        // One is enough: the others must not close the account again once it is opened.
        await db.OneTimeLinks.Where(l => l.UserId == user.Id && l.Purpose == LinkPurposes.Freeze && l.UsedAt == null).ExecuteUpdateAsync(l => l.SetProperty(x => x.UsedAt, now), ct);
        await sessions.OfAsync(user.Id, ct);
        await rescues.OfAsync(user.Id, ct);
        await db.KnownDevices.Where(d => d.UserId == user.Id && d.RememberedUntil != null).ExecuteUpdateAsync(d => d.SetProperty(x => x.RememberedUntil, (DateTimeOffset?)null), ct);
        // An account that was disabled before keeps its reason.
        if (frozen) audit.Record("user.frozen", "user", user.Id.ToString(), actorId: user.Id);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return user;
    }
}
