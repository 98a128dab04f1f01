using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Logout;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Sessions;

/// <summary>Tells an app again, now, that a session has ended: after somebody has mended it, or its address.</summary>
public sealed class RetryLogout(IdpDbContext db, Actor actor, AuditLog audit, IOptions<BackChannelLogoutOptions> options, TimeProvider clock)
{
    public async Task<Outcome<bool>> ExecuteAsync(Guid deliveryId, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var delivery = await db.LogoutDeliveries.AsNoTracking().SingleOrDefaultAsync(d => d.Id == deliveryId, ct);
        if (delivery is null) return Failure.NotFound("sign-out message");

        var now = clock.GetUtcNow();
        var end = now + options.Value.GiveUpAfter;
        await using var transaction = await db.BeginAsync(ct);
        // Not by the row as it was read: the app may confirm in this moment.
        var changed = await db.LogoutDeliveries.Where(d => d.Id == deliveryId && d.Status != LogoutDeliveryStatus.Confirmed)
            .ExecuteUpdateAsync(d => d.SetProperty(x => x.Status, LogoutDeliveryStatus.Pending).SetProperty(x => x.NextAttemptAt, now).SetProperty(x => x.ExpiresAt, end), ct);
        if (changed == 0) return Failure.Conflict("already_confirmed", "The app has confirmed this sign-out in the meantime.");
        audit.Record("logout.retried", "logout", deliveryId.ToString(), new { clientKey = delivery.ClientKey, subject = delivery.Subject });
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
