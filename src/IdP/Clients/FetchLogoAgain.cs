using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;

namespace IdP.Clients;

/// <summary>Lets a client's logo be fetched now instead of at its next time: after somebody has mended or changed the image.</summary>
public sealed class FetchLogoAgain(IdpDbContext db, Actor actor, AuditLog audit, Catalog catalog, TimeProvider clock)
{
    public async Task<Outcome<bool>> ExecuteAsync(string clientId, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var client = await db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.ClientId == clientId, ct);
        if (client is null) return Failure.NotFound("client");
        if (client.LogoUri is null) return Failure.Conflict("no_logo", "This client has no logo address.");

        var now = clock.GetUtcNow();
        await using var transaction = await db.BeginAsync(ct);
        // Without a row the first attempt is due anyway.
        await db.ClientLogos.Where(l => l.ClientKey == client.Id).ExecuteUpdateAsync(l => l.SetProperty(x => x.NextAttemptAt, now), ct);
        audit.Record("client.logo_asked_for", "client", clientId);
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        catalog.Invalidate(); // wakes the fetcher of this node
        return true;
    }
}
