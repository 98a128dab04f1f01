using IdP.Access;
using IdP.Audit;
using IdP.Clients;
using IdP.Data;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;

namespace IdP.Configuration;

/// <summary>Reads <c>clients</c>.</summary>
internal sealed class ClientSection(IdpDbContext db, CreateClient create, UpdateClient update)
{
    public async Task ReadAsync(ObjectReader file, Draft draft, CancellationToken ct)
    {
        var entries = draft.Named(file, "clients", "clientId");
        var ids = entries.ConvertAll(entry => entry.Name);
        var apis = draft.ApiResourcePaths.Keys.ToList();
        var stored = await db.Clients.AsNoTracking().Include(c => c.ClientSecrets).Where(c => ids.Contains(c.ClientId) || apis.Contains(c.ClientId)).ToDictionaryAsync(c => c.ClientId, StringComparer.Ordinal, ct);
        var scopes = draft.Scopes;
        foreach (var (clientId, json) in entries) Read(clientId, json, stored.GetValueOrDefault(clientId), scopes, draft);
        foreach (var name in stored.Keys.Except(ids))
            draft.Log.Add(draft.ApiResourcePaths[name], "taken", "There is a client with this id, and both are used as client_id.");
    }

    private void Read(string clientId, ObjectReader json, Client? stored, IReadOnlySet<string> scopes, Draft draft)
    {
        var settings = stored is null ? new() : ClientSettings.From(stored);
        ReadSettings(json, settings);
        var secrets = SecretSection.Read(json, "clientSecrets");
        ReadWhatIsToCome(json);
        json.Finish();
        if (stored is null && !json.Has("applicationType")) settings.ApplicationType = TypeOf(settings);

        List<Failure> failures = [.. ClientRules.Check(clientId, settings, scopes), .. ChosenSecrets.Check(secrets ?? [], "clientSecrets")];
        var keepsGenerated = stored?.ClientSecrets.Exists(secret => secret.Hint is not null) ?? false;
        if (settings.IsPublic && secrets is { Count: > 0 })
            failures.Add(Failure.Invalid("public_client", "A public client (tokenEndpointAuthMethod none) has no secrets.", "clientSecrets"));
        else if (!settings.IsPublic && ClientAuthenticationMethods.Supported.Contains(settings.TokenEndpointAuthMethod) && (secrets is null ? stored is null || stored.IsPublic : secrets.Count == 0 && !keepsGenerated))
            failures.Add(Failure.Invalid("secret_required", "A confidential client needs a secret (or tokenEndpointAuthMethod none for a public client).", "clientSecrets"));
        if (draft.ApiResources.Contains(clientId)) // an API authenticates at introspection with its own name as client_id
            failures.Add(Failure.Conflict("taken", "There is an API resource with this name, and both are used as client_id.", "clientId"));
        draft.Log.AddRules(json.Path, failures);
        if (draft.Log.Failures.Count > 0) return; // nothing will be done, and comparing secrets costs time

        draft.Add(stored is null
            ? Step.Create(json.Path, $"client {clientId}", ct => create.ExecuteAsync(clientId, settings, secrets ?? [], ct))
            : Step.Update(json.Path, $"client {clientId}", [.. Change.Between(ClientSettings.From(stored), settings).Select(c => c.ToString()), .. SecretWords(stored, settings, secrets)],
                ct => update.ExecuteAsync(clientId, stored.Version, settings, secrets, ct)));
    }

    private static void ReadSettings(ObjectReader json, ClientSettings settings)
    {
        json.OptionalText("clientName", value => settings.ClientName = value);
        json.OptionalText("description", value => settings.Description = value);
        json.OptionalText("clientUri", value => settings.ClientUri = value);
        json.OptionalText("logoUri", value => settings.LogoUri = value);
        json.Flag("enabled", value => settings.Enabled = value);
        json.Choice<ApplicationType>("applicationType", value => settings.ApplicationType = value);
        json.Text("tokenEndpointAuthMethod", value => settings.TokenEndpointAuthMethod = value);
        json.Texts("allowedGrantTypes", value => settings.AllowedGrantTypes = value);
        json.Texts("redirectUris", value => settings.RedirectUris = value);
        json.Texts("postLogoutRedirectUris", value => settings.PostLogoutRedirectUris = value);
        json.Texts("allowedCorsOrigins", value => settings.AllowedCorsOrigins = value);
        json.Texts("allowedScopes", value => settings.AllowedScopes = value);
        json.Flag("requirePkce", value => settings.RequirePkce = value);
        json.Flag("allowOfflineAccess", value => settings.AllowOfflineAccess = value);
        json.Flag("requireConsent", value => settings.RequireConsent = value);
        json.Flag("allowRememberConsent", value => settings.AllowRememberConsent = value);
        json.OptionalNumber("consentLifetime", value => settings.ConsentLifetime = value);
        json.Choice<AccessTokenType>("accessTokenType", value => settings.AccessTokenType = value);
        json.Number("accessTokenLifetime", value => settings.AccessTokenLifetime = value);
        json.Number("identityTokenLifetime", value => settings.IdentityTokenLifetime = value);
        json.Number("authorizationCodeLifetime", value => settings.AuthorizationCodeLifetime = value);
        json.Number("absoluteRefreshTokenLifetime", value => settings.AbsoluteRefreshTokenLifetime = value);
        json.Number("slidingRefreshTokenLifetime", value => settings.SlidingRefreshTokenLifetime = value);
        json.Text("idTokenSignedResponseAlg", value => settings.IdTokenSignedResponseAlg = value);
    }

    private static void ReadWhatIsToCome(ObjectReader json)
    {
        json.NotYet("jwks");
        json.NotYet("jwksUri");
        json.NotYet("requirePushedAuthorization", "false");
        json.NotYet("backChannelLogoutUri");
        json.NotYet("backChannelLogoutSessionRequired");
        json.NotYet("frontChannelLogoutUri");
        json.NotYet("frontChannelLogoutSessionRequired");
        json.NotYet("allowAccessTokensViaBrowser", "false");
        json.NotYet("refreshTokenReuseGrace", "0");
        json.NotYet("subjectType", "\"public\"");
    }

    /// <summary>What a new client probably is, when the file does not say.</summary>
    private static ApplicationType TypeOf(ClientSettings settings) => settings switch
    {
        _ when !settings.AllowedGrantTypes.Contains(GrantTypes.AuthorizationCode) => ApplicationType.Machine,
        { IsPublic: false } => ApplicationType.Web,
        _ when settings.RedirectUris.TrueForAll(uri => uri.StartsWith("https://", StringComparison.Ordinal) || uri.StartsWith("http://localhost", StringComparison.Ordinal)) => ApplicationType.Spa,
        _ => ApplicationType.Native,
    };

    private static IReadOnlyList<string> SecretWords(Client stored, ClientSettings settings, IReadOnlyList<ChosenSecret>? secrets)
    {
        if (settings.IsPublic) return stored.ClientSecrets.Count == 0 ? [] : ["secrets: remove all"];
        return secrets is null ? [] : ChosenSecrets.Reconcile(stored.ClientSecrets, secrets, default, hash => new ClientSecret { Hash = hash });
    }
}
