using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Clients;
using IdP.Protocol.Token;
using IdP.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Clients;

/// <summary>A client after a write, with its new secret when one had to be made: it is in clear only here.</summary>
public sealed record SavedClient(Client Client, string? GeneratedSecret);

public sealed class CreateClient(IdpDbContext db, Actor actor, AuditLog audit, ScopeNames scopeNames, SectorIdentifiers sectors, SupportedGrants grants, ClientSecretStorage storage, TimeProvider clock)
{
    /// <param name="secrets">Chosen secrets; without any, a confidential client gets a generated one.</param>
    public async Task<Outcome<SavedClient>> ExecuteAsync(string clientId, ClientSettings settings, IReadOnlyList<ChosenSecret> secrets, CancellationToken ct)
    {
        return actor.Refusal() is { } refusal ? refusal : await SaveAsync(clientId, settings, secrets, "client.created", _ => { }, ct);
    }

    /// <summary>A client that registers itself (RFC 7591): what it may be was decided by the registration policy before.</summary>
    /// <param name="complete">Writes what no administrator decides.</param>
    internal Task<Outcome<SavedClient>> RegisterAsync(string clientId, ClientSettings settings, Action<Client> complete, CancellationToken ct) => SaveAsync(clientId, settings, [], "client.registered", complete, ct);

    private async Task<Outcome<SavedClient>> SaveAsync(string clientId, ClientSettings settings, IReadOnlyList<ChosenSecret> secrets, string action, Action<Client> complete, CancellationToken ct)
    {
        List<Failure> failures = [.. ClientRules.Check(clientId, settings, await scopeNames.AllAsync(ct), grants.All), .. ChosenSecrets.Check(secrets, "clientSecrets"), .. SigningSecretRules.Check(settings, secrets, "clientSecrets")];
        if (!settings.NeedsSecret && secrets.Count > 0)
            failures.Add(Failure.Invalid("public_client", "A client without secret authentication (tokenEndpointAuthMethod none or private_key_jwt) has no secrets.", "clientSecrets"));
        if (Failure.Several(failures) is { } invalid) return invalid;
        if (await db.Clients.AnyAsync(c => c.ClientId == clientId, ct))
            return Failure.Conflict("taken", "There is already a client with this id.", "clientId");
        // An API authenticates at introspection with its own name as client_id.
        if (await db.ApiResources.AnyAsync(r => r.Name == clientId, ct))
            return Failure.Conflict("taken", "There is an API resource with this name, and both are used as client_id.", "clientId");
        if (await sectors.CheckAsync(settings, current: null, ct) is { } foreign) return foreign;

        var now = clock.GetUtcNow();
        var client = new Client { ClientId = clientId, CreatedAt = now, UpdatedAt = now };
        db.Clients.Add(client).CurrentValues.SetValues(settings);
        string? generated = null;
        if (secrets.Count > 0)
            ChosenSecrets.Reconcile(client.ClientSecrets, secrets, now, storage.For(client, settings.SignsWithSecret));
        else if (settings.NeedsSecret)
            client.ClientSecrets.Add(storage.Generate(client, settings.SignsWithSecret, "Generated with the client", null, now, out generated));
        complete(client);
        audit.Record(action, "client", clientId, new { settings = Change.Between(new ClientSettings(), settings).Select(c => c.ToString()) });
        if (await db.SaveAsync("client", ct) is { } conflict) return conflict;
        return new SavedClient(client, generated);
    }
}
