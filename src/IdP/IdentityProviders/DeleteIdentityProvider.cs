using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.IdentityProviders;

/// <summary>Ends the trust in a provider. Its links to accounts go with it; sessions that began with it live on until they end or are ended.</summary>
public sealed class DeleteIdentityProvider(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<string>> ExecuteAsync(string name, int version, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        await using var transaction = await db.BeginAsync(ct);
        var stored = IdentityProviderRules.IsName(name) ? await db.IdentityProviders.SingleOrDefaultAsync(p => p.Name == name, ct) : null;
        if (stored is null) return Failure.NotFound("provider");
        if (stored.Version != version) return Failure.Stale("provider");

        var key = stored.LinkKey;
        var links = await db.UserLogins.Where(l => l.LoginProvider == key).ExecuteDeleteAsync(ct);
        db.IdentityProviders.Remove(stored);
        audit.Record("identity_provider.deleted", "identity_provider", name, new { stored.LinkKey, links });
        if (await db.SaveAsync("provider", ct) is { } conflict) return conflict;
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return name;
    }
}
