using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Clients;
using IdP.Protocol.Token;
using IdP.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Clients;

public sealed class UpdateClient(IdpDbContext db, Actor actor, AuditLog audit, ScopeNames scopeNames, SectorIdentifiers sectors, SupportedGrants grants, ClientSecretStorage storage, TimeProvider clock)
{
    /// <param name="version">The version the change was made on: if somebody saved since, the answer is <c>stale_version</c>.</param>
    /// <param name="secrets">The chosen secrets it shall have from now on, see <see cref="ChosenSecrets"/>; null to leave the secrets alone.</param>
    public async Task<Outcome<SavedClient>> ExecuteAsync(string clientId, int version, ClientSettings settings, IReadOnlyList<ChosenSecret>? secrets, CancellationToken ct)
    {
        return actor.Refusal() is { } refusal ? refusal : await SaveAsync(clientId, version, settings, secrets, ct);
    }

    /// <summary>A registered client that changes itself (RFC 7592), within the registration policy.</summary>
    internal Task<Outcome<SavedClient>> ReplaceAsync(string clientId, int version, ClientSettings settings, CancellationToken ct) => SaveAsync(clientId, version, settings, null, ct);

    private async Task<Outcome<SavedClient>> SaveAsync(string clientId, int version, ClientSettings settings, IReadOnlyList<ChosenSecret>? secrets, CancellationToken ct)
    {
        List<Failure> failures = [.. ClientRules.Check(clientId, settings, await scopeNames.AllAsync(ct), grants.All), .. ChosenSecrets.Check(secrets ?? [], "clientSecrets"), .. SigningSecretRules.Check(settings, secrets ?? [], "clientSecrets")];
        if (!settings.NeedsSecret && secrets is { Count: > 0 })
            failures.Add(Failure.Invalid("public_client", "A client without secret authentication (tokenEndpointAuthMethod none or private_key_jwt) has no secrets.", "clientSecrets"));
        if (Failure.Several(failures) is { } invalid) return invalid;
        var client = await db.Clients.Include(c => c.ClientSecrets).SingleOrDefaultAsync(c => c.ClientId == clientId, ct);
        if (client is null) return Failure.NotFound("client");
        if (client.Version != version) return Failure.Stale("client");
        if (settings.NeedsSecret && secrets is { Count: 0 } && client.ClientSecrets.TrueForAll(s => s.Hint is null))
            return Failure.Invalid("secret_required", "A confidential client needs a secret.", "clientSecrets");
        if (await sectors.CheckAsync(settings, client, ct) is { } foreign) return foreign;

        var now = clock.GetUtcNow();
        List<string> changes = [.. Change.Between(ClientSettings.From(client), settings).Select(change => change.ToString())];
        string? generated = null;
        if (!settings.NeedsSecret)
            client.ClientSecrets.Clear();
        else if (secrets is not null)
            changes.AddRange(ChosenSecrets.Reconcile(client.ClientSecrets, secrets, now, storage.For(client, settings.SignsWithSecret), (secret, value) => settings.SignsWithSecret && storage.Keep(secret, value)));
        else if (!client.NeedsSecret)
            client.ClientSecrets.Add(storage.Generate(client, settings.SignsWithSecret, "Generated when the client got a secret", null, now, out generated));
        else if (settings.SignsWithSecret && !client.ClientSecrets.Exists(s => ClientSecretStorage.Signs(s, now)))
            client.ClientSecrets.Add(storage.Generate(client, signs: true, "Generated when the client began to sign with its secret", null, now, out generated));
        if (settings.SignsWithSecret && !client.ClientSecrets.Exists(s => ClientSecretStorage.Signs(s, now)))
            return ClientSecretStorage.NoneSigns;
        if (!settings.SignsWithSecret)
            foreach (var secret in client.ClientSecrets) secret.ProtectedValue = null; // kept no longer than it is needed
        if (changes.Count == 0) return new SavedClient(client, null);

        db.Entry(client).CurrentValues.SetValues(settings);
        client.UpdatedAt = now;
        db.Entry(client).State = EntityState.Modified; // also when only secrets changed: raises the version
        audit.Record("client.updated", "client", clientId, new { changes });
        if (await db.SaveAsync("client", ct) is { } conflict) return conflict;
        return new SavedClient(client, generated);
    }
}
