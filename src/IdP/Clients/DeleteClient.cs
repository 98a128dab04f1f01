using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Clients;

public sealed class DeleteClient(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<string>> ExecuteAsync(string clientId, int version, CancellationToken ct)
    {
        return actor.Refusal() is { } refusal ? refusal : await RemoveAsync(clientId, version, ct);
    }

    /// <summary>Also for a registered client that deletes itself (RFC 7592 2.3).</summary>
    internal async Task<Outcome<string>> RemoveAsync(string clientId, int version, CancellationToken ct)
    {
        var client = await db.Clients.SingleOrDefaultAsync(c => c.ClientId == clientId, ct);
        if (client is null) return Failure.NotFound("client");
        if (client.Version != version) return Failure.Stale("client");

        await using var transaction = await db.BeginAsync(ct);
        db.Clients.Remove(client);
        foreach (var issuer in await db.AssertionIssuers.Where(i => i.AllowedClients.Contains(clientId)).ToListAsync(ct)) issuer.AllowedClients.Remove(clientId);
        audit.Record("client.deleted", "client", clientId);
        if (await db.SaveAsync("client", ct) is { } conflict) return conflict;
        // A later client with the same id must inherit neither tokens nor the people's consents, and bring no assertions.
        await db.Tokens.Where(t => t.GrantId == null && t.ClientKey == client.Id).ExecuteDeleteAsync(ct);
        await db.Grants.Where(g => g.ClientKey == client.Id).ExecuteDeleteAsync(ct);
        await db.Consents.Where(c => c.ClientId == clientId).ExecuteDeleteAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return clientId;
    }
}
