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
/// "This was not me": closes an account by the link of a notice, or by its person. All sessions and tokens end, and nobody signs in to it until an administrator has spoken with its owner and enables it again.
/// </summary>
public sealed class FreezeAccount(IdpDbContext db, OneTimeLinks links, EndAllSessions sessions, EndRescues rescues, Owners owners, AuditLog audit, Actor actor, TimeProvider clock)
{
    /// <summary>The page that asks whether it is meant.</summary>
    public const string Path = "/account-freeze";

    /// <summary>What the console shows as the reason.</summary>
    public const string Reason = "Frozen by its owner, with the link of a notice.";

    /// <summary>The same where the owner was signed in.</summary>
    public const string OwnReason = "Frozen by its owner, who was signed in.";

    public Task<OneTimeLink?> FindAsync(string? token, CancellationToken ct) => links.FindAsync(LinkPurposes.Freeze, token, ct);

    public async Task<Outcome<User>> ExecuteAsync(string? token, HttpContext http, CancellationToken ct)
    {
        if (await FindAsync(token, ct) is not { User: { } user } link) return Failure.NotFound("link");
        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var frozen = await CloseAsync(user.Id, Reason, ct);
        if (!await links.TakeAsync(link, ct)) return Failure.NotFound("link");
        await EndOpenAsync(user.Id, frozen, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return user;
    }

    /// <summary>The same for what another link has shown its owner to say. Part of the change being made.</summary>
    internal async Task ExecuteAsync(Guid userId, CancellationToken ct) => await EndOpenAsync(userId, await CloseAsync(userId, Reason, ct), ct);

    /// <summary>By the person, signed in. The last owner of the provider stays: nobody could open the account again.</summary>
    public async Task<Outcome<bool>> ByOwnerAsync(Guid userId, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (!await CloseAsync(userId, OwnReason, ct)) return Failure.NotFound("user");
        if (await owners.RefuseLosingAsync(userId, ct) is { } last) return last;
        await EndOpenAsync(userId, frozen: true, ct);
        if (await db.SaveAsync("user", ct) is { } conflict) return conflict;
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    /// <summary>The person's row before any other, see FactorCounters.</summary>
    private async Task<bool> CloseAsync(Guid userId, string reason, CancellationToken ct)
    {
        var (now, stamp) = (clock.GetUtcNow(), Guid.NewGuid().ToString("N"));
        return await db.Users.Where(u => u.Id == userId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, false).SetProperty(x => x.DisabledReason, reason)
            .SetProperty(x => x.SecurityStamp, stamp).SetProperty(x => x.ConcurrencyStamp, stamp).SetProperty(x => x.UpdatedAt, now), ct) == 1;
    }

    private async Task EndOpenAsync(Guid userId, bool frozen, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        // One is enough: the others must not close the account again once it is opened.
        await db.OneTimeLinks.Where(l => l.UserId == userId && l.Purpose == LinkPurposes.Freeze && l.UsedAt == null).ExecuteUpdateAsync(l => l.SetProperty(x => x.UsedAt, now), ct);
        await sessions.OfAsync(userId, ct);
        await rescues.OfAsync(userId, ct);
        await db.KnownDevices.Where(d => d.UserId == userId && d.RememberedUntil != null).ExecuteUpdateAsync(d => d.SetProperty(x => x.RememberedUntil, (DateTimeOffset?)null), ct);
        // An account that was disabled before keeps its reason.
        if (frozen) audit.Record("user.frozen", "user", userId.ToString(), actorId: userId);
    }
}
