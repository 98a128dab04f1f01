using System.Globalization;
using IdP.Access;
using IdP.Protocol;
using IdP.Protocol.Clients;
using IdP.Protocol.Profiles;
using IdP.Protocol.Token;

namespace IdP.Clients;

/// <summary>What a client must satisfy, whichever door it comes through. All that is wrong is reported at once; fields are named as in configuration files.</summary>
public static class ClientRules
{
    public const int MaxAuthorizationCodeLifetime = 600;
    public const int MaxTokenLifetime = 86_400;
    public const int MaxRefreshTokenLifetime = 31_536_000;
    public const int MaxConsentLifetime = 315_360_000;
    public const int MaxDeviceCodeLifetime = 3600;
    public const int MaxRefreshTokenReuseGrace = 60;
    private const int MaxListLength = 200;

    /// <param name="scopes">The names of all identity resources and API scopes there are.</param>
    /// <param name="grantTypes">The grant types there are, see <see cref="SupportedGrants"/>.</param>
    public static IReadOnlyList<Failure> Check(string clientId, ClientSettings client, IReadOnlySet<string> scopes, IReadOnlySet<string> grantTypes)
    {
        List<Failure> failures = [];
        CheckClientId(failures, clientId);
        TextRules.Check(failures, client.ClientName, 200, "clientName");
        TextRules.Check(failures, client.Description, 1000, "description");
        CheckLink(failures, client.ClientUri, "clientUri");
        CheckLink(failures, client.LogoUri, "logoUri");
        CheckLink(failures, client.PolicyUri, "policyUri");
        CheckLink(failures, client.TosUri, "tosUri");
        if (client.InitiateLoginUri is { } initiate && UriRules.SecureProblem(initiate) is { } insecure) failures.Add(Failure.Invalid("bad_uri", insecure, "initiateLoginUri"));
        if (client.ShowInPortal && client.InitiateLoginUri is null && client.ClientUri is null)
            failures.Add(Failure.Invalid("link_required", "An app in the portal needs an address to open: initiateLoginUri or clientUri.", "showInPortal"));
        for (var i = 0; i < client.Contacts.Count; i++) TextRules.Check(failures, client.Contacts[i], 200, At("contacts", i));
        TextRules.Check(failures, client.SoftwareId, 200, "softwareId");
        TextRules.Check(failures, client.SoftwareVersion, 200, "softwareVersion");
        CheckAuthentication(failures, client);
        CheckTokens(failures, client);
        CheckGrants(failures, client, grantTypes);
        CheckUris(failures, client);
        CheckScopes(failures, client, scopes);
        CheckLifetimes(failures, client);
        CheckProfile(failures, clientId, client);
        return failures;
    }

    // RFC 6749 A.1: client-id = *VSCHAR; empty ones and ones that differ only by a space at the end would help nobody.
    private static void CheckClientId(List<Failure> failures, string clientId)
    {
        if (clientId.Length is 0 or > 200)
            failures.Add(Failure.Invalid("bad_client_id", "A client id has 1 to 200 characters.", "clientId"));
        else if (clientId.Any(c => c is < ' ' or > '~') || clientId != clientId.Trim())
            failures.Add(Failure.Invalid("bad_client_id", "A client id consists of printable ASCII characters (RFC 6749) and does not start or end with a space.", "clientId"));
    }

    private static void CheckAuthentication(List<Failure> failures, ClientSettings client)
    {
        if (!ClientAuthenticationMethods.Supported.Contains(client.TokenEndpointAuthMethod))
            failures.Add(Unsupported(client.TokenEndpointAuthMethod, ClientAuthenticationMethods.Supported, "tokenEndpointAuthMethod"));
        if (!Enum.IsDefined(client.AccessTokenType))
            failures.Add(Failure.Invalid("unsupported", "There is no such access token type.", "accessTokenType"));
        if (!Enum.IsDefined(client.ApplicationType))
            failures.Add(Failure.Invalid("unsupported", "There is no such application type.", "applicationType"));
        if (client.SecurityProfile is { } profile && !SecurityProfiles.Supported.Contains(profile))
            failures.Add(Unsupported(profile, SecurityProfiles.Supported, "securityProfile"));
        // RFC 9700 2.1.1: nothing else protects the code of a client without a secret.
        if (!client.RequirePkce && client.IsPublic && client.AllowedGrantTypes.Exists(grant => grant is GrantTypes.AuthorizationCode or GrantTypes.Hybrid))
            failures.Add(Failure.Invalid("pkce_required", "PKCE cannot be switched off for a public client (RFC 9700 2.1.1).", "requirePkce"));
    }

    private static void CheckTokens(List<Failure> failures, ClientSettings client)
    {
        KeyRules.CheckKeys(failures, client.Jwks, client.JwksUri);
        if (client.TokenEndpointAuthMethod == ClientAuthenticationMethods.PrivateKeyJwt && client.Jwks is null && client.JwksUri is null)
            failures.Add(Failure.Invalid("keys_required", "private_key_jwt needs the client's public keys: jwks or jwksUri.", "jwks"));
        if (client.TokenEndpointAuthSigningAlg is { } algorithm && !SigningAlgorithms.OfAssertions(client.TokenEndpointAuthMethod).Contains(algorithm))
            failures.Add(Failure.Invalid("unsupported", $"\"{algorithm}\" is no algorithm of {client.TokenEndpointAuthMethod}.", "tokenEndpointAuthSigningAlg"));
        if (!SigningAlgorithms.OfIdTokens.Contains(client.IdTokenSignedResponseAlg))
            failures.Add(Unsupported(client.IdTokenSignedResponseAlg, SigningAlgorithms.OfIdTokens, "idTokenSignedResponseAlg"));
        else if (client.IdTokenSignedResponseAlg == SigningAlgorithms.HS256 && !client.NeedsSecret)
            failures.Add(Failure.Invalid("secret_required", "HS256 signs with the client's secret, and this client has none.", "idTokenSignedResponseAlg"));
        KeyRules.CheckEncryption(failures, client.IdTokenEncryptedResponseAlg, client.IdTokenEncryptedResponseEnc, client.Jwks, client.JwksUri, "idToken");
        KeyRules.CheckSigning(failures, client.UserInfoSignedResponseAlg, "userInfoSignedResponseAlg");
        KeyRules.CheckEncryption(failures, client.UserInfoEncryptedResponseAlg, client.UserInfoEncryptedResponseEnc, client.Jwks, client.JwksUri, "userInfo");
        KeyRules.CheckSigning(failures, client.IntrospectionSignedResponseAlg, "introspectionSignedResponseAlg");
        KeyRules.CheckEncryption(failures, client.IntrospectionEncryptedResponseAlg, client.IntrospectionEncryptedResponseEnc, client.Jwks, client.JwksUri, "introspection");
        if (!SubjectTypes.Supported.Contains(client.SubjectType))
            failures.Add(Unsupported(client.SubjectType, SubjectTypes.Supported, "subjectType"));
        if (client.SectorIdentifierUri is { } sector && UriRules.EndpointProblem(sector) is { } problem)
            failures.Add(Failure.Invalid("bad_uri", problem, "sectorIdentifierUri"));
        // OpenID Connect Core 8.1: the sector is the one host of the redirect URIs, or what sector_identifier_uri says.
        if (client.SubjectType == SubjectTypes.Pairwise && client.SectorIdentifierUri is null
            && client.RedirectUris.Select(uri => AbsoluteUri.TryParse(uri, out var parsed) ? parsed.Host : uri).Distinct(StringComparer.OrdinalIgnoreCase).Count() > 1)
            failures.Add(Failure.Invalid("sector_required", "Pairwise subjects with redirect URIs on several hosts need sectorIdentifierUri (OpenID Connect Core 8.1).", "sectorIdentifierUri"));
        TextRules.CheckUnique(failures, client.DefaultAcrValues, "defaultAcrValues");
        for (var i = 0; i < client.DefaultAcrValues.Count; i++)
            if (client.DefaultAcrValues[i].Length is 0 or > 200 || client.DefaultAcrValues[i].Any(c => c is <= ' ' or > '~'))
                failures.Add(Failure.Invalid("bad_acr", "A value has 1 to 200 printable ASCII characters without spaces.", At("defaultAcrValues", i)));
    }

    private static void CheckGrants(List<Failure> failures, ClientSettings client, IReadOnlySet<string> supported)
    {
        var grants = client.AllowedGrantTypes;
        if (grants.Count == 0)
            failures.Add(Failure.Invalid("grant_required", "At least one grant type is needed.", "allowedGrantTypes"));
        TextRules.CheckUnique(failures, grants, "allowedGrantTypes");
        for (var i = 0; i < grants.Count; i++)
        {
            if (grants[i] == GrantTypes.RefreshToken)
                failures.Add(Failure.Invalid("unsupported", "Refresh tokens are switched by allowOfflineAccess, not by a grant type.", At("allowedGrantTypes", i)));
            else if (!supported.Contains(grants[i]))
                failures.Add(Unsupported(grants[i], supported, At("allowedGrantTypes", i)));
            else if (grants[i] is GrantTypes.ClientCredentials or GrantTypes.TokenExchange or GrantTypes.JwtBearer && client.IsPublic)
                failures.Add(Failure.Invalid("secret_required", $"A public client cannot use {grants[i]}: it has nothing to prove who it is with.", At("allowedGrantTypes", i)));
        }
        if (grants.Find(GrantTypes.IsInteractive) is { } interactive && client.RedirectUris.Count == 0)
            failures.Add(Failure.Invalid("redirect_uri_required", $"The {interactive} grant needs a redirect URI.", "redirectUris"));
        if (client.AllowOfflineAccess && grants.TrueForAll(supported.Contains) && !grants.Exists(grant => GrantTypes.AllowsRefresh(grant) || !GrantTypes.Supported.Contains(grant)))
            failures.Add(Failure.Invalid("offline_without_person", "Refresh tokens exist only where a person signs in: add the authorization_code grant or leave this out.", "allowOfflineAccess"));
    }

    private static void CheckUris(List<Failure> failures, ClientSettings client)
    {
        var native = client.ApplicationType == ApplicationType.Native;
        CheckList(failures, client.RedirectUris, "redirectUris", "bad_redirect_uri", uri => UriRules.RedirectProblem(uri, native));
        CheckList(failures, client.PostLogoutRedirectUris, "postLogoutRedirectUris", "bad_redirect_uri", uri => UriRules.RedirectProblem(uri, native));
        CheckEndpoint(failures, client.FrontChannelLogoutUri, "frontChannelLogoutUri");
        CheckEndpoint(failures, client.BackChannelLogoutUri, "backChannelLogoutUri");
        CheckList(failures, client.AllowedCorsOrigins, "allowedCorsOrigins", "bad_origin", UriRules.OriginProblem);
    }

    private static void CheckScopes(List<Failure> failures, ClientSettings client, IReadOnlySet<string> scopes) =>
        CheckList(failures, client.AllowedScopes, "allowedScopes", "unknown_scope", scope =>
            scope == "offline_access" ? "offline_access is switched by allowOfflineAccess, not listed here."
            : scopes.Contains(scope) ? null : $"There is no identity resource or API scope \"{scope}\".");

    private static void CheckLifetimes(List<Failure> failures, ClientSettings client)
    {
        CheckRange(failures, client.AccessTokenLifetime, MaxTokenLifetime, "accessTokenLifetime");
        CheckRange(failures, client.IdentityTokenLifetime, MaxTokenLifetime, "identityTokenLifetime");
        CheckRange(failures, client.AuthorizationCodeLifetime, MaxAuthorizationCodeLifetime, "authorizationCodeLifetime");
        CheckRange(failures, client.AbsoluteRefreshTokenLifetime, MaxRefreshTokenLifetime, "absoluteRefreshTokenLifetime");
        CheckRange(failures, client.SlidingRefreshTokenLifetime, MaxRefreshTokenLifetime, "slidingRefreshTokenLifetime");
        CheckRange(failures, client.DeviceCodeLifetime, MaxDeviceCodeLifetime, "deviceCodeLifetime");
        if (client.RefreshTokenReuseGrace is < 0 or > MaxRefreshTokenReuseGrace)
            failures.Add(Failure.Invalid("bad_lifetime", $"A grace of 0 to {MaxRefreshTokenReuseGrace} seconds is needed.", "refreshTokenReuseGrace"));
        if (client.UserSsoLifetime is { } sso) CheckRange(failures, sso, MaxRefreshTokenLifetime, "userSsoLifetime");
        if (client.UserSsoIdleLifetime is { } idle) CheckRange(failures, idle, MaxRefreshTokenLifetime, "userSsoIdleLifetime");
        if (client.DefaultMaxAge is < 0)
            failures.Add(Failure.Invalid("bad_lifetime", "An age cannot be negative.", "defaultMaxAge"));
        if (client.ConsentLifetime is { } consentLifetime)
            CheckRange(failures, consentLifetime, MaxConsentLifetime, "consentLifetime");
    }

    /// <summary>A client is held to a profile only when its settings meet it, so that switching it on says what is missing instead of breaking the app.</summary>
    private static void CheckProfile(List<Failure> failures, string clientId, ClientSettings settings)
    {
        if (settings.SecurityProfile is null || !SecurityProfiles.Supported.Contains(settings.SecurityProfile)) return;
        var client = settings.ToClient(clientId);
        var profile = Profiles.Of(client)!; // it has one
        failures.AddRange(profile.Missing(client, null).Select(lack => Failure.Invalid("below_profile", $"{profile.Title}: {lack.Missing} ({lack.Requirement.Source})", "securityProfile")));
    }

    private static void CheckList(List<Failure> failures, List<string> values, string field, string code, Func<string, string?> problem)
    {
        if (values.Count > MaxListLength)
            failures.Add(Failure.Invalid("too_many", $"At most {MaxListLength} entries are allowed.", field));
        TextRules.CheckUnique(failures, values, field);
        for (var i = 0; i < values.Count; i++)
            if (problem(values[i]) is { } sentence)
                failures.Add(Failure.Invalid(code, sentence, At(field, i)));
    }

    /// <summary>An address of the app that this provider or a hidden frame calls.</summary>
    private static void CheckEndpoint(List<Failure> failures, string? value, string field)
    {
        if (value is not null && UriRules.EndpointProblem(value) is { } sentence)
            failures.Add(Failure.Invalid("bad_uri", sentence, field));
    }

    private static void CheckLink(List<Failure> failures, string? value, string field)
    {
        if (value is not null && UriRules.LinkProblem(value) is { } sentence)
            failures.Add(Failure.Invalid("bad_uri", sentence, field));
    }

    private static void CheckRange(List<Failure> failures, int seconds, int max, string field)
    {
        if (seconds < 1 || seconds > max)
            failures.Add(Failure.Invalid("bad_lifetime", string.Create(CultureInfo.InvariantCulture, $"A lifetime of 1 to {max} seconds is needed."), field));
    }

    private static Failure Unsupported(string value, IEnumerable<string> supported, string field) =>
        Failure.Invalid("unsupported", $"\"{value}\" is not supported; supported: {string.Join(", ", supported.Order(StringComparer.Ordinal))}.", field);

    private static string At(string field, int index) => string.Create(CultureInfo.InvariantCulture, $"{field}[{index}]");
}
