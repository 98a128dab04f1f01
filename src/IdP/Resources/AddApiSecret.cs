using IdP.Access;
using IdP.Audit;
using IdP.Clients;
using IdP.Data;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Resources;

/// <summary>Adds a generated secret to an API. To rotate, let the others expire after the time the API needs to get the new one.</summary>
public sealed class AddApiSecret(IdpDbContext db, Actor actor, AuditLog audit, TimeProvider clock)
{
    /// <param name="expiresAt">When the new secret ends; null for never.</param>
    /// <param name="othersExpireAt">When the secrets there are now end at the latest; null to leave them.</param>
    public async Task<Outcome<AddedSecret>> ExecuteAsync(string name, string? description, DateTimeOffset? expiresAt, DateTimeOffset? othersExpireAt, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var now = clock.GetUtcNow();
        if (Failure.Several(GeneratedSecrets.Check(description, expiresAt, now)) is { } invalid) return invalid;
        var stored = await db.ApiResources.Include(r => r.ApiSecrets).SingleOrDefaultAsync(r => r.Name == name, ct);
        if (stored is null) return Failure.NotFound("API resource");
        if (stored.ApiSecrets.Count >= ChosenSecrets.MaxSecrets)
            return Failure.Conflict("too_many", $"An API has at most {ChosenSecrets.MaxSecrets} secrets: remove one first.");

        GeneratedSecrets.ExpireAt(stored.ApiSecrets, othersExpireAt);
        var added = GeneratedSecrets.Create((hash, _) => new ApiSecret { ApiResourceId = stored.Id, Hash = hash }, description, expiresAt, now, out var secret);
        stored.ApiSecrets.Add(added);
        db.Entry(stored).State = EntityState.Modified; // raises the version, so that two admins at the same secrets notice each other
        audit.Record("api_resource.secret_added", "api_resource", name, new { secret = added.Id, added.Description, expiresAt, othersExpireAt });
        if (await db.SaveAsync("API resource", ct) is { } conflict) return conflict;
        return new AddedSecret(added.Id, secret, added.Hint, expiresAt);
    }
}
