using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.AssertionIssuers;

/// <summary>Ends the trust in an issuer. Tokens that came from its assertions before live on until they expire or are revoked with their person or client.</summary>
public sealed class DeleteAssertionIssuer(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<string>> ExecuteAsync(string issuer, int version, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var stored = await db.AssertionIssuers.SingleOrDefaultAsync(i => i.Issuer == issuer, ct);
        if (stored is null) return Failure.NotFound("assertion issuer");
        if (stored.Version != version) return Failure.Stale("assertion issuer");

        db.AssertionIssuers.Remove(stored);
        audit.Record("assertion_issuer.deleted", "assertion_issuer", issuer);
        if (await db.SaveAsync("assertion issuer", ct) is { } conflict) return conflict;
        return issuer;
    }
}
