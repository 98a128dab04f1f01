using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

public sealed class RemoveApiSecret(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<ApiResource>> ExecuteAsync(string name, Guid secretId, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var stored = await db.ApiResources.Include(r => r.ApiSecrets).SingleOrDefaultAsync(r => r.Name == name, ct);
        if (stored is null) return Failure.NotFound("API resource");
        if (stored.ApiSecrets.Find(s => s.Id == secretId) is not { } secret) return Failure.NotFound("secret");

        stored.ApiSecrets.Remove(secret);
        db.Entry(stored).State = EntityState.Modified;
        audit.Record("api_resource.secret_removed", "api_resource", name, new { secret = secretId, secret.Description });
        if (await db.SaveAsync("API resource", ct) is { } conflict) return conflict;
        return stored;
    }
}
