using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Token;
using Microsoft.EntityFrameworkCore;

namespace IdP.AssertionIssuers;

public sealed class UpdateAssertionIssuer(IdpDbContext db, Actor actor, AuditLog audit, KnownClients clients)
{
    public async Task<Outcome<AssertionIssuer>> ExecuteAsync(string issuer, int version, AssertionIssuerSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(AssertionIssuerRules.Check(issuer, settings, await clients.AmongAsync(settings.AllowedClients, ct))) is { } invalid) return invalid;
        var stored = await db.AssertionIssuers.SingleOrDefaultAsync(i => i.Issuer == issuer, ct);
        if (stored is null) return Failure.NotFound("assertion issuer");
        if (stored.Version != version) return Failure.Stale("assertion issuer");
        var changes = Change.Between(AssertionIssuerSettings.From(stored), settings);
        if (changes.Count == 0) return stored;

        db.Entry(stored).CurrentValues.SetValues(settings);
        audit.Record("assertion_issuer.updated", "assertion_issuer", issuer, new { changes = changes.Select(change => change.ToString()) });
        if (await db.SaveAsync("assertion issuer", ct) is { } conflict) return conflict;
        return stored;
    }
}
