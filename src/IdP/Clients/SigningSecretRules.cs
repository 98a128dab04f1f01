using System.Globalization;
using IdP.Access;
using IdP.Protocol.Clients;

namespace IdP.Clients;

/// <summary>What secrets must satisfy that serve as HMAC keys (<c>client_secret_jwt</c>, ID tokens with HS256).</summary>
internal static class SigningSecretRules
{
    public static IReadOnlyList<Failure> Check(ClientSettings settings, IReadOnlyList<ChosenSecret> secrets, string field)
    {
        if (!settings.SignsWithSecret) return [];
        List<Failure> failures = [];
        var algorithm = settings is { TokenEndpointAuthMethod: ClientAuthenticationMethods.ClientSecretJwt, TokenEndpointAuthSigningAlg: { } registered } && SigningAlgorithms.Symmetric.Contains(registered)
            ? registered : SigningAlgorithms.HS256;
        var min = SigningAlgorithms.MinSecretBytes(algorithm);
        for (var i = 0; i < secrets.Count; i++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{field}[{i}]");
            if (secrets[i] is { Value: null, Hash: not null })
                failures.Add(Failure.Invalid("hash_only", "This client's secret is an HMAC key (client_secret_jwt or HS256), which a hash cannot serve as: give its value.", at + ".hash"));
            else if (secrets[i].Value is { } value && value.Length < min) // printable ASCII, so characters are bytes
                failures.Add(Failure.Invalid("short_secret", $"A secret used with {algorithm} has at least {min} characters (RFC 7518 3.2).", at + ".value"));
        }
        return failures;
    }
}
