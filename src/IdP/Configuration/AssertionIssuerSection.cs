using IdP.AssertionIssuers;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Token;
using Microsoft.EntityFrameworkCore;

namespace IdP.Configuration;

/// <summary>Reads <c>assertionIssuers</c>.</summary>
internal sealed class AssertionIssuerSection(IdpDbContext db, KnownClients known, CreateAssertionIssuer create, UpdateAssertionIssuer update)
{
    public async Task ReadAsync(ObjectReader file, Draft draft, CancellationToken ct)
    {
        var entries = draft.Named(file, "assertionIssuers", "issuer");
        if (entries.Count == 0) return;
        var stored = await db.AssertionIssuers.AsNoTracking().ToDictionaryAsync(i => i.Issuer, StringComparer.Ordinal, ct);
        foreach (var (issuer, json) in entries) await ReadAsync(issuer, json, stored.GetValueOrDefault(issuer), draft, ct);
    }

    private async Task ReadAsync(string issuer, ObjectReader json, AssertionIssuer? stored, Draft draft, CancellationToken ct)
    {
        var settings = stored is null ? new() : AssertionIssuerSettings.From(stored);
        json.Flag("enabled", value => settings.Enabled = value);
        json.OptionalObjectText("jwks", value => settings.Jwks = value);
        json.OptionalText("jwksUri", value => settings.JwksUri = value);
        json.Text("subject", value => settings.Subject = value);
        json.Texts("allowedClients", value => settings.AllowedClients = value);
        json.Finish();

        var clients = await known.AmongAsync(settings.AllowedClients, ct);
        clients.UnionWith(draft.Clients);
        draft.Log.AddRules(json.Path, AssertionIssuerRules.Check(issuer, settings, clients));
        draft.Add(stored is null
            ? Step.Create(json.Path, $"assertion issuer {issuer}", ct => create.ExecuteAsync(issuer, settings, ct))
            : Step.Update(json.Path, $"assertion issuer {issuer}", Change.Between(AssertionIssuerSettings.From(stored), settings).Select(change => change.ToString()), ct => update.ExecuteAsync(issuer, stored.Version, settings, ct)));
    }
}
