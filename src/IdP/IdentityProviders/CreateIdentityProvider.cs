using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.IdentityProviders;

public sealed class CreateIdentityProvider(IdpDbContext db, Actor actor, AuditLog audit, ProviderOrganizations organizations, ProviderSecrets secrets, TimeProvider clock)
{
    /// <param name="secret">The client secret, with the authentication methods that have one.</param>
    public async Task<Outcome<IdentityProvider>> ExecuteAsync(string name, IdentityProviderSettings settings, string? secret, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(IdentityProviderRules.Check(name, settings, secret, hasSecret: false, await organizations.AmongAsync(settings.Organizations, ct))) is { } invalid) return invalid;
        if (await db.IdentityProviders.AnyAsync(p => p.Name == name, ct)) return Failure.Conflict("taken", "There is already a provider with this name.", "name");

        var provider = new IdentityProvider { Name = name, CreatedAt = clock.GetUtcNow() };
        db.IdentityProviders.Add(provider).CurrentValues.SetValues(settings);
        secrets.Set(provider, settings, secret, algorithmBefore: null);
        await organizations.SetAsync(provider, settings.Organizations, ct);
        audit.Record("identity_provider.created", "identity_provider", name, new { provider.LinkKey, settings = Change.Between(new IdentityProviderSettings(), settings).Select(change => change.ToString()) });
        if (await db.SaveAsync("provider", ct) is { } conflict) return conflict;
        return provider;
    }
}
