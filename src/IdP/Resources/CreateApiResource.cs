using IdP.Access;
using IdP.Audit;
using IdP.Clients;
using IdP.Data;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

public sealed class CreateApiResource(IdpDbContext db, Actor actor, AuditLog audit, ScopeNames scopeNames, TimeProvider clock)
{
    /// <param name="secrets">Chosen secrets; an API without any cannot call the introspection endpoint.</param>
    public async Task<Outcome<ApiResource>> ExecuteAsync(string name, ApiResourceSettings settings, IReadOnlyList<ChosenSecret> secrets, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        List<Failure> failures = [.. ResourceRules.Check(name, settings, await scopeNames.OfApisAsync(ct)), .. ChosenSecrets.Check(secrets, "apiSecrets")];
        if (Failure.Several(failures) is { } invalid) return invalid;
        if (await db.ApiResources.AnyAsync(r => r.Name == name, ct))
            return Failure.Conflict("taken", "There is already an API resource with this name.", "name");
        if (await db.Clients.AnyAsync(c => c.ClientId == name, ct))
            return Failure.Conflict("taken", "There is a client with this id, and both are used as client_id.", "name");

        var created = new ApiResource { Name = name };
        db.ApiResources.Add(created).CurrentValues.SetValues(settings);
        ChosenSecrets.Reconcile(created.ApiSecrets, secrets, clock.GetUtcNow(), (hash, _) => new ApiSecret { ApiResourceId = created.Id, Hash = hash });
        audit.Record("api_resource.created", "api_resource", name);
        if (await db.SaveAsync("API resource", ct) is { } conflict) return conflict;
        return created;
    }
}
