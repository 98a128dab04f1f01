using System.Globalization;
using IdP.Access;
using IdP.Clients;

namespace IdP.Resources;

/// <summary>What identity resources, API scopes and API resources must satisfy, whichever door they come through.</summary>
public static class ResourceRules
{
    private const int MaxListLength = 200;

    public static IReadOnlyList<Failure> Check(string name, IdentityResourceSettings settings)
    {
        List<Failure> failures = [];
        CheckScopeName(failures, name);
        CheckCommon(failures, settings.DisplayName, settings.Description, settings.UserClaims);
        if (name == "openid" && !settings.Enabled)
            failures.Add(Failure.Invalid("openid_needed", "openid cannot be disabled: without it nobody can sign in to an app.", "enabled"));
        return failures;
    }

    public static IReadOnlyList<Failure> Check(string name, ApiScopeSettings settings)
    {
        List<Failure> failures = [];
        CheckScopeName(failures, name);
        CheckCommon(failures, settings.DisplayName, settings.Description, settings.UserClaims);
        return failures;
    }

    /// <param name="apiScopes">The names of all API scopes there are.</param>
    public static IReadOnlyList<Failure> Check(string name, ApiResourceSettings settings, IReadOnlySet<string> apiScopes)
    {
        List<Failure> failures = [];
        if (name.Length is 0 or > 200 || name.Any(c => c is <= ' ' or > '~'))
            failures.Add(Failure.Invalid("bad_name", "The name of an API has 1 to 200 printable ASCII characters without spaces.", "name"));
        CheckCommon(failures, settings.DisplayName, settings.Description, settings.UserClaims);
        KeyRules.CheckKeys(failures, settings.Jwks, settings.JwksUri);
        KeyRules.CheckEncryption(failures, settings.AccessTokenEncryptedResponseAlg, settings.AccessTokenEncryptedResponseEnc, settings.Jwks, settings.JwksUri, "accessToken");
        KeyRules.CheckSigning(failures, settings.IntrospectionSignedResponseAlg, "introspectionSignedResponseAlg");
        KeyRules.CheckEncryption(failures, settings.IntrospectionEncryptedResponseAlg, settings.IntrospectionEncryptedResponseEnc, settings.Jwks, settings.JwksUri, "introspection");
        TextRules.CheckUnique(failures, settings.Scopes, "scopes");
        for (var i = 0; i < settings.Scopes.Count; i++)
            if (!apiScopes.Contains(settings.Scopes[i]))
                failures.Add(Failure.Invalid("unknown_scope", $"There is no API scope \"{settings.Scopes[i]}\".", At("scopes", i)));
        return failures;
    }

    // RFC 6749 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ).
    private static void CheckScopeName(List<Failure> failures, string name)
    {
        if (name.Length is 0 or > 200 || name.Any(c => c is <= ' ' or > '~' or '"' or '\\'))
            failures.Add(Failure.Invalid("bad_name", "A scope has 1 to 200 printable ASCII characters without spaces, quotes and backslashes (RFC 6749 3.3).", "name"));
        else if (name == "offline_access")
            failures.Add(Failure.Invalid("bad_name", "offline_access is built in: a client gets it by allowOfflineAccess.", "name"));
    }

    private static void CheckCommon(List<Failure> failures, string? displayName, string? description, List<string> userClaims)
    {
        TextRules.Check(failures, displayName, 200, "displayName");
        TextRules.Check(failures, description, 1000, "description");
        if (userClaims.Count > MaxListLength)
            failures.Add(Failure.Invalid("too_many", $"At most {MaxListLength} entries are allowed.", "userClaims"));
        TextRules.CheckUnique(failures, userClaims, "userClaims");
        for (var i = 0; i < userClaims.Count; i++)
            if (userClaims[i].Length is 0 or > 200 || userClaims[i].Any(c => c is <= ' ' or > '~'))
                failures.Add(Failure.Invalid("bad_claim_type", "A claim type has 1 to 200 printable ASCII characters without spaces.", At("userClaims", i)));
    }

    private static string At(string field, int index) => string.Create(CultureInfo.InvariantCulture, $"{field}[{index}]");
}
