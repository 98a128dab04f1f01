using System.Globalization;
using IdP.Access;
using IdP.Clients;
using IdP.Protocol.Token;

namespace IdP.AssertionIssuers;

/// <summary>What an assertion issuer must satisfy, whichever door it comes through.</summary>
public static class AssertionIssuerRules
{
    private const int MaxClients = 200;

    /// <param name="clients">The ids of all clients of <see cref="AssertionIssuerSettings.AllowedClients"/> that exist.</param>
    public static IReadOnlyList<Failure> Check(string issuer, AssertionIssuerSettings settings, IReadOnlySet<string> clients)
    {
        List<Failure> failures = [];
        if (issuer.Length is 0 or > 500 || issuer.Any(c => c is <= ' ' or > '~'))
            failures.Add(Failure.Invalid("bad_issuer", "An issuer has 1 to 500 printable ASCII characters without spaces; mostly it is an https address.", "issuer"));
        KeyRules.CheckKeys(failures, settings.Jwks, settings.JwksUri);
        if (settings.Jwks is null && settings.JwksUri is null)
            failures.Add(Failure.Invalid("keys_required", "Without the issuer's public keys nothing it signs can be believed: give jwks or jwksUri.", "jwks"));
        if (!AssertionSubjects.Supported.Contains(settings.Subject))
            failures.Add(Failure.Invalid("unsupported", $"\"{settings.Subject}\" is not supported; supported: {string.Join(", ", AssertionSubjects.Supported)}.", "subject"));
        if (settings.AllowedClients.Count > MaxClients)
            failures.Add(Failure.Invalid("too_many", $"At most {MaxClients} entries are allowed.", "allowedClients"));
        TextRules.CheckUnique(failures, settings.AllowedClients, "allowedClients");
        for (var i = 0; i < settings.AllowedClients.Count; i++)
            if (!clients.Contains(settings.AllowedClients[i]))
                failures.Add(Failure.Invalid("unknown_client", $"There is no client \"{settings.AllowedClients[i]}\".", string.Create(CultureInfo.InvariantCulture, $"allowedClients[{i}]")));
        return failures;
    }
}
