using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Links;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Erasures;

/// <summary>A deletion that is waiting, as its page shows it.</summary>
public sealed record WaitingErasure(string UserName, DateTimeOffset DueAt);

/// <summary>Opens an account again that was to be deleted, while everything is still there.</summary>
public sealed class CancelErasure(IdpDbContext db, OneTimeLinks links, AuditLog audit, Actor actor, TimeProvider clock)
{
    /// <summary>The page behind the link.</summary>
    public const string Path = "/account-deletion";

    /// <summary>Null when the link is over, or there is nothing to cancel any more.</summary>
    public async Task<WaitingErasure?> FindAsync(string? token, CancellationToken ct)
    {
        if (await links.FindAsync(LinkPurposes.CancelErasure, token, ct) is not { User: { } user }) return null;
        return await db.Erasures.AsNoTracking().Where(e => e.UserId == user.Id && e.State == ErasureState.Waiting).Select(e => (DateTimeOffset?)e.DueAt).FirstOrDefaultAsync(ct) is { } due ? new(user.UserName!, due) : null; // every person has a name
    }

    /// <param name="source">The door: the page behind the link, or an app that the person gave it to.</param>
    public async Task<Outcome<bool>> ByLinkAsync(string? token, HttpContext http, CancellationToken ct, string source = ActorSources.SignIn)
    {
        if (await links.FindAsync(LinkPurposes.CancelErasure, token, ct) is not { UserId: { } userId }) return Failure.NotFound("link");
        actor.Become(source, userId: null, roles: [], http);
        return await CancelAsync(userId, by: userId, ct);
    }

    public async Task<Outcome<bool>> OfAsync(Guid userId, CancellationToken ct) => actor.Refusal() is { } refusal ? refusal : await CancelAsync(userId, by: null, ct);

    private async Task<Outcome<bool>> CancelAsync(Guid userId, Guid? by, CancellationToken ct)
    {
        var (now, stamp) = (clock.GetUtcNow(), Guid.NewGuid().ToString("N"));
        await using var transaction = await db.BeginAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now).SetProperty(x => x.ConcurrencyStamp, stamp), ct) == 0) return Failure.NotFound("user");
        var erasure = await db.Erasures.AsNoTracking().FirstOrDefaultAsync(e => e.UserId == userId && (e.State == ErasureState.Waiting || e.State == ErasureState.Running), ct);
        if (erasure is null) return Failure.NotFound("deletion");
        if (await db.Erasures.Where(e => e.Id == erasure.Id && e.State == ErasureState.Waiting).ExecuteUpdateAsync(e => e.SetProperty(x => x.State, ErasureState.Cancelled).SetProperty(x => x.CompletedAt, now), ct) == 0)
            return Failure.Conflict("erasure_running", "It is too late: the deletion has begun.");
        if (erasure.WasEnabled) await db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, true).SetProperty(x => x.DisabledReason, (string?)null), ct);
        await db.OneTimeLinks.Where(l => l.UserId == userId && l.Purpose == LinkPurposes.CancelErasure && l.UsedAt == null).ExecuteUpdateAsync(l => l.SetProperty(x => x.UsedAt, now), ct);
        audit.Record("user.erasure_cancelled", "user", userId.ToString(), new { erasure = erasure.Id }, actorId: by);
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
