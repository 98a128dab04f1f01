using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Links;
using Microsoft.EntityFrameworkCore;

namespace IdP.SignUp;

/// <summary>Takes an invitation back that nobody has accepted yet.</summary>
public sealed class RevokeInvitation(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<bool>> ExecuteAsync(Guid id, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        await using var transaction = await db.BeginAsync(ct);
        if (await db.OneTimeLinks.Where(l => l.Id == id && l.Purpose == LinkPurposes.Invitation && l.UsedAt == null).ExecuteDeleteAsync(ct) == 0) return Failure.NotFound("invitation");
        audit.Record("invitation.revoked", "invitation", id.ToString());
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
