using IdP.Audit;
using IdP.Data;
using IdP.IdentityProviders;
using Microsoft.EntityFrameworkCore;

namespace IdP.Configuration;

/// <summary>Reads <c>identityProviders</c>.</summary>
internal sealed class IdentityProviderSection(IdpDbContext db, ProviderSecrets secrets, CreateIdentityProvider create, UpdateIdentityProvider update)
{
    public async Task ReadAsync(ObjectReader file, Draft draft, CancellationToken ct)
    {
        var entries = draft.Named(file, "identityProviders", "name");
        if (entries.Count == 0) return;
        var names = entries.ConvertAll(entry => entry.Name).FindAll(IdentityProviderRules.IsName);
        var stored = await db.IdentityProviders.AsNoTracking().Where(p => names.Contains(p.Name)).ToDictionaryAsync(p => p.Name, StringComparer.Ordinal, ct);
        foreach (var (name, json) in entries) await ReadAsync(name, json, stored.GetValueOrDefault(name), draft, ct);
    }

    private async Task ReadAsync(string name, ObjectReader json, IdentityProvider? stored, Draft draft, CancellationToken ct)
    {
        var settings = stored is null ? new() : await IdentityProviderSettings.LoadAsync(db, stored, ct);
        string? secret = null;
        ReadSettings(json, settings);
        json.Text("clientSecret", value => secret = value);
        json.Finish();

        draft.Log.AddRules(json.Path, IdentityProviderRules.Check(name, settings, secret, stored?.ProtectedSecret is not null, draft.Organizations));
        if (draft.Log.Failures.Count > 0) return;
        if (stored is null)
        {
            draft.Add(Step.Create(json.Path, $"identity provider {name}", ct => create.ExecuteAsync(name, settings, secret, ct)));
            return;
        }
        List<string> changes = [.. Change.Between(await IdentityProviderSettings.LoadAsync(db, stored, ct), settings).Select(change => change.ToString())];
        if (secret is not null && secrets.Open(stored) != secret) changes.Add("clientSecret: change");
        draft.Add(Step.Update(json.Path, $"identity provider {name}", changes, ct => update.ExecuteAsync(name, stored.Version, settings, secret, ct)));
    }

    private static void ReadSettings(ObjectReader json, IdentityProviderSettings settings)
    {
        json.Choice<IdentityProviderType>("type", value => settings.Type = value);
        json.Text("displayName", value => settings.DisplayName = value);
        json.Flag("enabled", value => settings.Enabled = value);
        json.Text("issuer", value => settings.Issuer = value);
        json.Text("clientId", value => settings.ClientId = value);
        json.Text("tokenEndpointAuthMethod", value => settings.TokenEndpointAuthMethod = value);
        json.Text("tokenEndpointAuthSigningAlg", value => settings.TokenEndpointAuthSigningAlg = value);
        json.Texts("scopes", value => settings.Scopes = value);
        json.Texts("acrValues", value => settings.AcrValues = value);
        json.Flag("usePushedAuthorization", value => settings.UsePushedAuthorization = value);
        json.Flag("allowNewUsers", value => settings.AllowNewUsers = value);
        json.Text("nameClaim", value => settings.NameClaim = value);
        json.Text("givenNameClaim", value => settings.GivenNameClaim = value);
        json.Text("familyNameClaim", value => settings.FamilyNameClaim = value);
        json.Text("emailClaim", value => settings.EmailClaim = value);
        json.Text("emailVerifiedClaim", value => settings.EmailVerifiedClaim = value);
        json.Choice<EmailTrust>("emailTrust", value => settings.EmailTrust = value);
        json.Texts("allowedDomains", value => settings.AllowedDomains = value);
        json.Texts("organizations", value => settings.Organizations = value);
        json.Flag("showOnSignInPage", value => settings.ShowOnSignInPage = value);
        json.Flag("onlyWay", value => settings.OnlyWay = value);
    }
}
