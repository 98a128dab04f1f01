using IdP.Access;
using IdP.Audit;
using IdP.Clients;
using IdP.Data;
using IdP.Protocol.Resources;
using IdP.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Configuration;

/// <summary>Reads <c>identityResources</c>, <c>apiScopes</c> and <c>apiResources</c>.</summary>
internal sealed class ResourceSections(
    IdpDbContext db, CreateIdentityResource createIdentityResource, UpdateIdentityResource updateIdentityResource, CreateApiScope createApiScope, UpdateApiScope updateApiScope,
    CreateApiResource createApiResource, UpdateApiResource updateApiResource)
{
    public async Task ReadAsync(ObjectReader file, Draft draft, CancellationToken ct)
    {
        var identityResources = await db.IdentityResources.AsNoTracking().ToDictionaryAsync(r => r.Name, StringComparer.Ordinal, ct);
        var apiScopes = await db.ApiScopes.AsNoTracking().ToDictionaryAsync(s => s.Name, StringComparer.Ordinal, ct);
        var apiResources = await db.ApiResources.AsNoTracking().Include(r => r.ApiSecrets).ToDictionaryAsync(r => r.Name, StringComparer.Ordinal, ct);
        draft.IdentityResources.UnionWith(identityResources.Keys);
        draft.ApiScopes.UnionWith(apiScopes.Keys);
        draft.ApiResources.UnionWith(apiResources.Keys);

        if (!file.Has("identityResources") && identityResources.Count == 0) AddStandard(draft);
        foreach (var (name, json) in draft.Named(file, "identityResources", "name")) ReadIdentityResource(name, json, identityResources.GetValueOrDefault(name), draft);
        foreach (var (name, json) in draft.Named(file, "apiScopes", "name")) ReadApiScope(name, json, apiScopes.GetValueOrDefault(name), draft);
        foreach (var (name, json) in draft.Named(file, "apiResources", "name")) ReadApiResource(name, json, apiResources.GetValueOrDefault(name), draft);
    }

    /// <summary>A provider without any identity resource cannot sign anybody in to an app, so a file that does not speak of them brings the standard ones.</summary>
    private void AddStandard(Draft draft)
    {
        foreach (var (name, settings) in StandardIdentityResources.All)
        {
            draft.IdentityResources.Add(name);
            draft.Add(Step.Create("$", $"identity resource {name}", ct => createIdentityResource.ExecuteAsync(name, settings, ct)));
        }
    }

    private void ReadIdentityResource(string name, ObjectReader json, IdentityResource? stored, Draft draft)
    {
        var settings = stored is null ? new() : IdentityResourceSettings.From(stored);
        json.OptionalText("displayName", value => settings.DisplayName = value);
        json.OptionalText("description", value => settings.Description = value);
        json.Flag("enabled", value => settings.Enabled = value);
        json.Flag("required", value => settings.Required = value);
        json.Flag("emphasize", value => settings.Emphasize = value);
        json.Flag("showInDiscoveryDocument", value => settings.ShowInDiscoveryDocument = value);
        json.Texts("userClaims", value => settings.UserClaims = value);
        json.Finish();
        draft.Log.AddRules(json.Path, ResourceRules.Check(name, settings));
        if (draft.ApiScopes.Contains(name)) draft.Log.Add(json.At("name"), "taken", "There is an API scope with this name, and both are scopes.");
        draft.IdentityResources.Add(name);
        draft.Add(stored is null
            ? Step.Create(json.Path, $"identity resource {name}", ct => createIdentityResource.ExecuteAsync(name, settings, ct))
            : Step.Update(json.Path, $"identity resource {name}", Words(Change.Between(IdentityResourceSettings.From(stored), settings)), ct => updateIdentityResource.ExecuteAsync(name, stored.Version, settings, ct)));
    }

    private void ReadApiScope(string name, ObjectReader json, ApiScope? stored, Draft draft)
    {
        var settings = stored is null ? new() : ApiScopeSettings.From(stored);
        json.OptionalText("displayName", value => settings.DisplayName = value);
        json.OptionalText("description", value => settings.Description = value);
        json.Flag("enabled", value => settings.Enabled = value);
        json.Flag("required", value => settings.Required = value);
        json.Flag("emphasize", value => settings.Emphasize = value);
        json.Flag("showInDiscoveryDocument", value => settings.ShowInDiscoveryDocument = value);
        json.Flag("allowPersonalAccessTokens", value => settings.AllowPersonalAccessTokens = value);
        json.Texts("userClaims", value => settings.UserClaims = value);
        json.Finish();
        draft.Log.AddRules(json.Path, ResourceRules.Check(name, settings));
        if (draft.IdentityResources.Contains(name)) draft.Log.Add(json.At("name"), "taken", "There is an identity resource with this name, and both are scopes.");
        draft.ApiScopes.Add(name);
        draft.Add(stored is null
            ? Step.Create(json.Path, $"API scope {name}", ct => createApiScope.ExecuteAsync(name, settings, ct))
            : Step.Update(json.Path, $"API scope {name}", Words(Change.Between(ApiScopeSettings.From(stored), settings)), ct => updateApiScope.ExecuteAsync(name, stored.Version, settings, ct)));
    }

    private void ReadApiResource(string name, ObjectReader json, ApiResource? stored, Draft draft)
    {
        var settings = stored is null ? new() : ApiResourceSettings.From(stored);
        json.OptionalText("displayName", value => settings.DisplayName = value);
        json.OptionalText("description", value => settings.Description = value);
        json.Flag("enabled", value => settings.Enabled = value);
        json.Texts("scopes", value => settings.Scopes = value);
        json.Texts("userClaims", value => settings.UserClaims = value);
        json.Flag("requireResourceIndicator", value => settings.RequireResourceIndicator = value);
        json.OptionalObjectText("jwks", value => settings.Jwks = value);
        json.OptionalText("jwksUri", value => settings.JwksUri = value);
        json.OptionalText("accessTokenEncryptedResponseAlg", value => settings.AccessTokenEncryptedResponseAlg = value);
        json.OptionalText("accessTokenEncryptedResponseEnc", value => settings.AccessTokenEncryptedResponseEnc = value);
        json.OptionalText("introspectionSignedResponseAlg", value => settings.IntrospectionSignedResponseAlg = value);
        json.OptionalText("introspectionEncryptedResponseAlg", value => settings.IntrospectionEncryptedResponseAlg = value);
        json.OptionalText("introspectionEncryptedResponseEnc", value => settings.IntrospectionEncryptedResponseEnc = value);
        var secrets = SecretSection.Read(json, "apiSecrets");
        json.Finish();
        draft.Log.AddRules(json.Path, [.. ResourceRules.Check(name, settings, draft.ApiScopes), .. ChosenSecrets.Check(secrets ?? [], "apiSecrets")]);
        draft.ApiResources.Add(name);
        draft.ApiResourcePaths[name] = json.At("name");
        if (draft.Log.Failures.Count > 0) return;
        draft.Add(stored is null
            ? Step.Create(json.Path, $"API resource {name}", ct => createApiResource.ExecuteAsync(name, settings, secrets ?? [], ct))
            : Step.Update(json.Path, $"API resource {name}", [.. Words(Change.Between(ApiResourceSettings.From(stored), settings)), .. SecretWords(stored, secrets)],
                ct => updateApiResource.ExecuteAsync(name, stored.Version, settings, secrets, ct)));
    }

    private static IEnumerable<string> Words(IEnumerable<Change> changes) => changes.Select(change => change.ToString());

    private static IReadOnlyList<string> SecretWords(ApiResource stored, IReadOnlyList<ChosenSecret>? secrets) =>
        secrets is null ? [] : ChosenSecrets.Reconcile(stored.ApiSecrets, secrets, default, (hash, _) => new ApiSecret { Hash = hash });
}
