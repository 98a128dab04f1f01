using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Token;
using Microsoft.EntityFrameworkCore;

namespace IdP.AssertionIssuers;

public sealed class CreateAssertionIssuer(IdpDbContext db, Actor actor, AuditLog audit, KnownClients clients)
{
    public async Task<Outcome<AssertionIssuer>> ExecuteAsync(string issuer, AssertionIssuerSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(AssertionIssuerRules.Check(issuer, settings, await clients.AmongAsync(settings.AllowedClients, ct))) is { } invalid) return invalid;
        if (await db.AssertionIssuers.AnyAsync(i => i.Issuer == issuer, ct))
            return Failure.Conflict("taken", "There is already an assertion issuer with this name.", "issuer");

        var created = new AssertionIssuer { Issuer = issuer };
        db.AssertionIssuers.Add(created).CurrentValues.SetValues(settings);
        audit.Record("assertion_issuer.created", "assertion_issuer", issuer, new { settings = Change.Between(new AssertionIssuerSettings(), settings).Select(change => change.ToString()) });
        if (await db.SaveAsync("assertion issuer", ct) is { } conflict) return conflict;
        return created;
    }
}
