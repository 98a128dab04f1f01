using IdP.Access;
using IdP.Audit;
using IdP.Clients;
using IdP.Data;
using IdP.Protocol.Clients;
using IdP.Protocol.Token;
using Microsoft.EntityFrameworkCore;

namespace IdP.Configuration;

/// <summary>Reads <c>clients</c>.</summary>
internal sealed class ClientSection(IdpDbContext db, CreateClient create, UpdateClient update, SupportedGrants grants)
{
    public async Task ReadAsync(ObjectReader file, Draft draft, CancellationToken ct)
    {
        var entries = draft.Named(file, "clients", "clientId");
        var ids = entries.ConvertAll(entry => entry.Name);
        draft.Clients.UnionWith(ids);
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
        AssignmentSection.Read(clientId, stored?.Id, json, draft);
        var secrets = SecretSection.Read(json, "clientSecrets");
        json.Finish();
        if (stored is null && !json.Has("applicationType")) settings.ApplicationType = TypeOf(settings);

        List<Failure> failures = [.. ClientRules.Check(clientId, settings, scopes, grants.All), .. ChosenSecrets.Check(secrets ?? [], "clientSecrets"), .. SigningSecretRules.Check(settings, secrets ?? [], "clientSecrets")];
        var keepsGenerated = stored?.ClientSecrets.Exists(secret => secret.Hint is not null) ?? false;
        if (!settings.NeedsSecret && secrets is { Count: > 0 })
            failures.Add(Failure.Invalid("public_client", "A client without secret authentication (tokenEndpointAuthMethod none or private_key_jwt) has no secrets.", "clientSecrets"));
        else if (settings.NeedsSecret && ClientAuthenticationMethods.Supported.Contains(settings.TokenEndpointAuthMethod) && (secrets is null ? stored is null || !stored.NeedsSecret : secrets.Count == 0 && !keepsGenerated))
            failures.Add(Failure.Invalid("secret_required", "A confidential client needs a secret (or tokenEndpointAuthMethod none for a public client).", "clientSecrets"));
        else if (settings.SignsWithSecret && secrets is not { Count: > 0 } && stored?.ClientSecrets.Exists(secret => secret.ProtectedValue is not null) == false)
            failures.Add(ClientSecretStorage.NoneSigns);
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
        json.OptionalText("policyUri", value => settings.PolicyUri = value);
        json.OptionalText("tosUri", value => settings.TosUri = value);
        json.OptionalText("initiateLoginUri", value => settings.InitiateLoginUri = value);
        json.Texts("contacts", value => settings.Contacts = value);
        json.Flag("enabled", value => settings.Enabled = value);
        json.Choice<ApplicationType>("applicationType", value => settings.ApplicationType = value);
        json.Text("tokenEndpointAuthMethod", value => settings.TokenEndpointAuthMethod = value);
        json.OptionalText("tokenEndpointAuthSigningAlg", value => settings.TokenEndpointAuthSigningAlg = value);
        json.OptionalObjectText("jwks", value => settings.Jwks = value);
        json.OptionalText("jwksUri", value => settings.JwksUri = value);
        json.OptionalText("securityProfile", value => settings.SecurityProfile = value);
        json.Texts("allowedGrantTypes", value => settings.AllowedGrantTypes = value);
        json.Texts("redirectUris", value => settings.RedirectUris = value);
        json.Texts("postLogoutRedirectUris", value => settings.PostLogoutRedirectUris = value);
        json.OptionalText("frontChannelLogoutUri", value => settings.FrontChannelLogoutUri = value);
        json.Flag("frontChannelLogoutSessionRequired", value => settings.FrontChannelLogoutSessionRequired = value);
        json.OptionalText("backChannelLogoutUri", value => settings.BackChannelLogoutUri = value);
        json.Flag("backChannelLogoutSessionRequired", value => settings.BackChannelLogoutSessionRequired = value);
        json.Texts("allowedCorsOrigins", value => settings.AllowedCorsOrigins = value);
        json.Texts("allowedScopes", value => settings.AllowedScopes = value);
        json.Flag("requirePkce", value => settings.RequirePkce = value);
        json.Flag("requirePushedAuthorization", value => settings.RequirePushedAuthorization = value);
        json.Flag("allowAccessTokensViaBrowser", value => settings.AllowAccessTokensViaBrowser = value);
        json.Flag("allowOfflineAccess", value => settings.AllowOfflineAccess = value);
        json.Flag("assignmentRequired", value => settings.AssignmentRequired = value);
        json.Flag("showInPortal", value => settings.ShowInPortal = value);
        json.Flag("requireConsent", value => settings.RequireConsent = value);
        json.Flag("allowRememberConsent", value => settings.AllowRememberConsent = value);
        json.OptionalNumber("consentLifetime", value => settings.ConsentLifetime = value);
        json.Choice<AccessTokenType>("accessTokenType", value => settings.AccessTokenType = value);
        json.Number("accessTokenLifetime", value => settings.AccessTokenLifetime = value);
        json.Number("identityTokenLifetime", value => settings.IdentityTokenLifetime = value);
        json.Number("authorizationCodeLifetime", value => settings.AuthorizationCodeLifetime = value);
        json.Number("absoluteRefreshTokenLifetime", value => settings.AbsoluteRefreshTokenLifetime = value);
        json.Number("slidingRefreshTokenLifetime", value => settings.SlidingRefreshTokenLifetime = value);
        json.Number("refreshTokenReuseGrace", value => settings.RefreshTokenReuseGrace = value);
        json.Number("deviceCodeLifetime", value => settings.DeviceCodeLifetime = value);
        json.Text("idTokenSignedResponseAlg", value => settings.IdTokenSignedResponseAlg = value);
        json.OptionalText("idTokenEncryptedResponseAlg", value => settings.IdTokenEncryptedResponseAlg = value);
        json.OptionalText("idTokenEncryptedResponseEnc", value => settings.IdTokenEncryptedResponseEnc = value);
        json.OptionalText("userInfoSignedResponseAlg", value => settings.UserInfoSignedResponseAlg = value);
        json.OptionalText("userInfoEncryptedResponseAlg", value => settings.UserInfoEncryptedResponseAlg = value);
        json.OptionalText("userInfoEncryptedResponseEnc", value => settings.UserInfoEncryptedResponseEnc = value);
        json.OptionalText("introspectionSignedResponseAlg", value => settings.IntrospectionSignedResponseAlg = value);
        json.OptionalText("introspectionEncryptedResponseAlg", value => settings.IntrospectionEncryptedResponseAlg = value);
        json.OptionalText("introspectionEncryptedResponseEnc", value => settings.IntrospectionEncryptedResponseEnc = value);
        json.Text("subjectType", value => settings.SubjectType = value);
        json.OptionalText("sectorIdentifierUri", value => settings.SectorIdentifierUri = value);
        json.Flag("alwaysIncludeUserClaimsInIdToken", value => settings.AlwaysIncludeUserClaimsInIdToken = value);
        json.OptionalNumber("userSsoLifetime", value => settings.UserSsoLifetime = value);
        json.OptionalNumber("userSsoIdleLifetime", value => settings.UserSsoIdleLifetime = value);
        json.Flag("coordinateLifetimeWithUserSession", value => settings.CoordinateLifetimeWithUserSession = value);
        json.OptionalNumber("defaultMaxAge", value => settings.DefaultMaxAge = value);
        json.Texts("defaultAcrValues", value => settings.DefaultAcrValues = value);
        json.OptionalText("softwareId", value => settings.SoftwareId = value);
        json.OptionalText("softwareVersion", value => settings.SoftwareVersion = value);
    }

    /// <summary>What a new client probably is, when the file does not say.</summary>
    private static ApplicationType TypeOf(ClientSettings settings) => settings switch
    {
        _ when settings.AllowedGrantTypes is [GrantTypes.DeviceCode, ..] => ApplicationType.Device,
        _ when !settings.AllowedGrantTypes.Exists(GrantTypes.IsInteractive) => ApplicationType.Machine,
        { IsPublic: false } => ApplicationType.Web,
        _ when settings.RedirectUris.TrueForAll(uri => uri.StartsWith("https://", StringComparison.Ordinal) || uri.StartsWith("http://localhost", StringComparison.Ordinal)) => ApplicationType.Spa,
        _ => ApplicationType.Native,
    };

    private static IReadOnlyList<string> SecretWords(Client stored, ClientSettings settings, IReadOnlyList<ChosenSecret>? secrets)
    {
        if (!settings.NeedsSecret) return stored.ClientSecrets.Count == 0 ? [] : ["secrets: remove all"];
        return secrets is null ? [] : ChosenSecrets.Reconcile(stored.ClientSecrets, secrets, default, (hash, _) => new ClientSecret { Hash = hash }, (secret, value) => settings.SignsWithSecret && ClientSecretStorage.IsToKeep(secret, value));
    }
}
