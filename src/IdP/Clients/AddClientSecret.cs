using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;

namespace IdP.Clients;

/// <summary>A new secret, in clear only here.</summary>
public sealed record AddedSecret(Guid Id, string Value, string? Hint, DateTimeOffset? ExpiresAt);

/// <summary>Adds a generated secret. To rotate, let the others expire after the time the app needs to get the new one.</summary>
public sealed class AddClientSecret(IdpDbContext db, Actor actor, AuditLog audit, ClientSecretStorage storage, TimeProvider clock)
{
    /// <param name="expiresAt">When the new secret ends; null for never.</param>
    /// <param name="othersExpireAt">When the secrets there are now end at the latest; null to leave them.</param>
    public async Task<Outcome<AddedSecret>> ExecuteAsync(string clientId, string? description, DateTimeOffset? expiresAt, DateTimeOffset? othersExpireAt, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var now = clock.GetUtcNow();
        if (Failure.Several(GeneratedSecrets.Check(description, expiresAt, now)) is { } invalid) return invalid;
        var client = await db.Clients.Include(c => c.ClientSecrets).SingleOrDefaultAsync(c => c.ClientId == clientId, ct);
        if (client is null) return Failure.NotFound("client");
        if (!client.NeedsSecret) return Failure.Conflict("public_client", "This client does not authenticate with a secret.");
        if (client.ClientSecrets.Count >= ChosenSecrets.MaxSecrets)
            return Failure.Conflict("too_many", $"A client has at most {ChosenSecrets.MaxSecrets} secrets: remove one first.");

        GeneratedSecrets.ExpireAt(client.ClientSecrets, othersExpireAt);
        var added = storage.Generate(client, ClientSettings.From(client).SignsWithSecret, description, expiresAt, now, out var secret);
        client.ClientSecrets.Add(added);
        client.UpdatedAt = now;
        db.Entry(client).State = EntityState.Modified; // raises the version, so that two admins at the same secrets notice each other
        audit.Record("client.secret_added", "client", clientId, new { secret = added.Id, added.Description, expiresAt, othersExpireAt });
        if (await db.SaveAsync("client", ct) is { } conflict) return conflict;
        return new AddedSecret(added.Id, secret, added.Hint, expiresAt);
    }
}
