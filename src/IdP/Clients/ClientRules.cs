using System.Globalization;
using IdP.Access;
using IdP.Protocol.Clients;

namespace IdP.Clients;

/// <summary>What a client must satisfy, whichever door it comes through. All that is wrong is reported at once; fields are named as in configuration files.</summary>
public static class ClientRules
{
    public const int MaxAuthorizationCodeLifetime = 600;
    public const int MaxTokenLifetime = 86_400;
    public const int MaxRefreshTokenLifetime = 31_536_000;
    public const int MaxConsentLifetime = 315_360_000;
    private const int MaxListLength = 200;

    /// <param name="scopes">The names of all identity resources and API scopes there are.</param>
    public static IReadOnlyList<Failure> Check(string clientId, ClientSettings client, IReadOnlySet<string> scopes)
    {
        List<Failure> failures = [];
        CheckClientId(failures, clientId);
        TextRules.Check(failures, client.ClientName, 200, "clientName");
        TextRules.Check(failures, client.Description, 1000, "description");
        CheckLink(failures, client.ClientUri, "clientUri");
        CheckLink(failures, client.LogoUri, "logoUri");
        CheckAuthentication(failures, client);
        CheckGrants(failures, client);
        CheckUris(failures, client);
        CheckScopes(failures, client, scopes);
        CheckLifetimes(failures, client);
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
        if (!SigningAlgorithms.Supported.Contains(client.IdTokenSignedResponseAlg))
            failures.Add(Unsupported(client.IdTokenSignedResponseAlg, SigningAlgorithms.Supported, "idTokenSignedResponseAlg"));
        if (!Enum.IsDefined(client.AccessTokenType))
            failures.Add(Failure.Invalid("unsupported", "There is no such access token type.", "accessTokenType"));
        if (!Enum.IsDefined(client.ApplicationType))
            failures.Add(Failure.Invalid("unsupported", "There is no such application type.", "applicationType"));
        if (!client.RequirePkce)
            failures.Add(Failure.Invalid("pkce_required", "PKCE cannot be switched off (false is not supported yet).", "requirePkce"));
    }

    private static void CheckGrants(List<Failure> failures, ClientSettings client)
    {
        var grants = client.AllowedGrantTypes;
        if (grants.Count == 0)
            failures.Add(Failure.Invalid("grant_required", "At least one grant type is needed.", "allowedGrantTypes"));
        TextRules.CheckUnique(failures, grants, "allowedGrantTypes");
        for (var i = 0; i < grants.Count; i++)
        {
            if (grants[i] == GrantTypes.RefreshToken)
                failures.Add(Failure.Invalid("unsupported", "Refresh tokens are switched by allowOfflineAccess, not by a grant type.", At("allowedGrantTypes", i)));
            else if (!GrantTypes.Supported.Contains(grants[i]))
                failures.Add(Unsupported(grants[i], GrantTypes.Supported, At("allowedGrantTypes", i)));
            else if (grants[i] == GrantTypes.ClientCredentials && client.IsPublic)
                failures.Add(Failure.Invalid("secret_required", "A public client cannot use client_credentials: it has nothing to prove who it is with.", At("allowedGrantTypes", i)));
        }
        if (grants.Contains(GrantTypes.AuthorizationCode))
        {
            if (client.RedirectUris.Count == 0)
                failures.Add(Failure.Invalid("redirect_uri_required", "The authorization_code grant needs a redirect URI.", "redirectUris"));
        }
        else if (client.AllowOfflineAccess && grants.TrueForAll(GrantTypes.Supported.Contains))
            failures.Add(Failure.Invalid("offline_without_person", "Refresh tokens exist only where a person signs in: add the authorization_code grant or leave this out.", "allowOfflineAccess"));
    }

    private static void CheckUris(List<Failure> failures, ClientSettings client)
    {
        var native = client.ApplicationType == ApplicationType.Native;
        CheckList(failures, client.RedirectUris, "redirectUris", "bad_redirect_uri", uri => UriRules.RedirectProblem(uri, native));
        CheckList(failures, client.PostLogoutRedirectUris, "postLogoutRedirectUris", "bad_redirect_uri", uri => UriRules.RedirectProblem(uri, native));
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
        if (client.ConsentLifetime is { } consentLifetime)
            CheckRange(failures, consentLifetime, MaxConsentLifetime, "consentLifetime");
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
        Failure.Invalid("unsupported", $"\"{value}\" is not supported yet; supported: {string.Join(", ", supported.Order(StringComparer.Ordinal))}.", field);

    private static string At(string field, int index) => string.Create(CultureInfo.InvariantCulture, $"{field}[{index}]");
}
