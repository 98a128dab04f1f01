using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

public sealed class UpdateApiScope(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<ApiScope>> ExecuteAsync(string name, int version, ApiScopeSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (Failure.Several(ResourceRules.Check(name, settings)) is { } invalid) return invalid;
        var stored = await db.ApiScopes.SingleOrDefaultAsync(r => r.Name == name, ct);
        if (stored is null) return Failure.NotFound("API scope");
        if (stored.Version != version) return Failure.Stale("API scope");
        var changes = Change.Between(ApiScopeSettings.From(stored), settings);
        if (changes.Count == 0) return stored;

        db.Entry(stored).CurrentValues.SetValues(settings);
        audit.Record("api_scope.updated", "api_scope", name, new { changes = changes.Select(change => change.ToString()) });
        if (await db.SaveAsync("API scope", ct) is { } conflict) return conflict;
        return stored;
    }
}
