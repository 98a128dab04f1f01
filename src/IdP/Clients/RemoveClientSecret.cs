using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;

namespace IdP.Clients;

public sealed class RemoveClientSecret(IdpDbContext db, Actor actor, AuditLog audit, TimeProvider clock)
{
    public async Task<Outcome<Client>> ExecuteAsync(string clientId, Guid secretId, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var now = clock.GetUtcNow();
        var client = await db.Clients.Include(c => c.ClientSecrets).SingleOrDefaultAsync(c => c.ClientId == clientId, ct);
        if (client is null) return Failure.NotFound("client");
        if (client.ClientSecrets.Find(s => s.Id == secretId) is not { } secret) return Failure.NotFound("secret");
        // Of a client that signs with its secret, one that is known by its hash alone does not work.
        var signs = ClientSettings.From(client).SignsWithSecret;
        bool Works(ClientSecret candidate) => signs ? ClientSecretStorage.Signs(candidate, now) : candidate.IsValidAt(now);
        if (Works(secret) && !client.ClientSecrets.Exists(s => s.Id != secretId && Works(s)))
            return Failure.Conflict("last_secret", "This is the client's last working secret. Add another one first, or disable the client.");

        client.ClientSecrets.Remove(secret);
        client.UpdatedAt = now;
        db.Entry(client).State = EntityState.Modified; // raises the version
        audit.Record("client.secret_removed", "client", clientId, new { secret = secretId, secret.Description });
        if (await db.SaveAsync("client", ct) is { } conflict) return conflict;
        return client;
    }
}
