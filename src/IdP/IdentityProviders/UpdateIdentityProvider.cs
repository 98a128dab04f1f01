using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.IdentityProviders;

/// <summary>Changes an upstream provider. Its issuer stays as long as an account is linked with it: the subjects of the links are that issuer's.</summary>
public sealed class UpdateIdentityProvider(IdpDbContext db, Actor actor, AuditLog audit, ProviderOrganizations organizations, ProviderSecrets secrets)
{
    /// <param name="secret">A new client secret; null keeps the stored one.</param>
    public async Task<Outcome<IdentityProvider>> ExecuteAsync(string name, int version, IdentityProviderSettings settings, string? secret, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var stored = IdentityProviderRules.IsName(name) ? await db.IdentityProviders.SingleOrDefaultAsync(p => p.Name == name, ct) : null;
        if (stored is null) return Failure.NotFound("provider");
        if (Failure.Several(IdentityProviderRules.Check(name, settings, secret, stored.ProtectedSecret is not null, await organizations.AmongAsync(settings.Organizations, ct))) is { } invalid) return invalid;
        if (stored.Version != version) return Failure.Stale("provider");
        List<string> changes = [.. Change.Between(await IdentityProviderSettings.LoadAsync(db, stored, ct), settings).Select(change => change.ToString())];
        if (secret is not null && secrets.Open(stored) != secret) changes.Add("clientSecret: change");
        if (changes.Count == 0) return stored;
        if (stored.Issuer != settings.Issuer)
        {
            var key = stored.LinkKey;
            if (await db.UserLogins.AnyAsync(l => l.LoginProvider == key, ct))
                return Failure.Conflict("issuer_in_use", "Accounts are linked with this provider, and another issuer has other people: add it as a provider of its own.", "issuer");
            stored.LinkId = Guid.NewGuid(); // a link that is being made at this moment opens nothing either
        }

        var algorithm = stored.TokenEndpointAuthSigningAlg;
        db.Entry(stored).CurrentValues.SetValues(settings);
        secrets.Set(stored, settings, secret, algorithm);
        await organizations.SetAsync(stored, settings.Organizations, ct);
        db.Entry(stored).State = EntityState.Modified; // also when only an organization changed: raises the version
        audit.Record("identity_provider.updated", "identity_provider", name, new { changes });
        if (await db.SaveAsync("provider", ct) is { } conflict) return conflict;
        return stored;
    }
}
