using IdP.Access;
using IdP.Audit;
using IdP.Clients;
using IdP.Data;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

public sealed class UpdateApiResource(IdpDbContext db, Actor actor, AuditLog audit, ScopeNames scopeNames, TimeProvider clock)
{
    /// <param name="secrets">The chosen secrets it shall have from now on, see <see cref="ChosenSecrets"/>; null to leave the secrets alone.</param>
    public async Task<Outcome<ApiResource>> ExecuteAsync(string name, int version, ApiResourceSettings settings, IReadOnlyList<ChosenSecret>? secrets, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        List<Failure> failures = [.. ResourceRules.Check(name, settings, await scopeNames.OfApisAsync(ct)), .. ChosenSecrets.Check(secrets ?? [], "apiSecrets")];
        if (Failure.Several(failures) is { } invalid) return invalid;
        var stored = await db.ApiResources.Include(r => r.ApiSecrets).SingleOrDefaultAsync(r => r.Name == name, ct);
        if (stored is null) return Failure.NotFound("API resource");
        if (stored.Version != version) return Failure.Stale("API resource");

        List<string> changes = [.. Change.Between(ApiResourceSettings.From(stored), settings).Select(change => change.ToString())];
        if (secrets is not null)
            changes.AddRange(ChosenSecrets.Reconcile(stored.ApiSecrets, secrets, clock.GetUtcNow(), (hash, _) => new ApiSecret { ApiResourceId = stored.Id, Hash = hash }));
        if (changes.Count == 0) return stored;
        db.Entry(stored).CurrentValues.SetValues(settings);
        db.Entry(stored).State = EntityState.Modified; // also when only secrets changed: raises the version
        audit.Record("api_resource.updated", "api_resource", name, new { changes });
        if (await db.SaveAsync("API resource", ct) is { } conflict) return conflict;
        return stored;
    }
}
