namespace IdP.Protocol.Authorize;

/// <summary>
/// The authentication context classes this provider knows (<c>acr</c>, OpenID Connect Core 2), each computed from what was really done (<c>amr</c>, RFC 8176):
/// the claim never says more. Names that others understand, none of our own.
/// </summary>
public static class AuthenticationContexts
{
    /// <summary>A password, over TLS (SAML 2.0 Authentication Context).</summary>
    public const string Password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

    /// <summary>Two different factors (OpenID PAPE).</summary>
    public const string MultiFactor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

    /// <summary>A key that answers only to this site, such as a passkey (OpenID Connect EAP ACR Values 1.0).</summary>
    public const string PhishingResistant = "phr";

    /// <summary>The same with a key that cannot leave its device.</summary>
    public const string PhishingResistantHardware = "phrh";

    /// <summary>What a person can reach here today; a new way of signing in adds its class, and step-up and discovery follow.</summary>
    public static IReadOnlyList<string> Offered { get; } = [Password, MultiFactor, PhishingResistant];

    private static readonly HashSet<string> SecondFactors = new(StringComparer.Ordinal) { "otp", "sms", "tel", "hwk", "swk", "pop", "sc" };

    /// <summary>The classes that an authentication belongs to, the strongest first; none for one that happened elsewhere and that nothing is known about.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyCollection<string> methods)
    {
        List<string> classes = [];
        if (methods.Contains("hwk")) classes.Add(PhishingResistantHardware);
        if (methods.Contains("hwk") || methods.Contains("swk") || methods.Contains("pop")) classes.Add(PhishingResistant);
        if (methods.Contains("mfa") || (methods.Contains("pwd") && methods.Any(SecondFactors.Contains))) classes.Add(MultiFactor);
        if (methods.Contains("pwd")) classes.Add(Password);
        return classes;
    }

    /// <summary>Whether something was shown that can be the second of two factors.</summary>
    public static bool HasSecondKind(IEnumerable<string> methods) => methods.Any(SecondFactors.Contains);

    /// <summary>Whether one of these classes was met; with none named, whether any was.</summary>
    public static bool AreMet(IReadOnlyCollection<string> methods, IReadOnlyCollection<string> wanted) => Of(methods) is var met && (wanted.Count == 0 ? met.Count > 0 : wanted.Any(met.Contains));

    /// <summary>Whether a person could meet one of these classes here.</summary>
    public static bool CanBeMet(IReadOnlyCollection<string> wanted) => wanted.Count == 0 || wanted.Any(Offered.Contains);

    /// <summary>The value of <c>acr</c>: of the wanted classes the first that was met, else the strongest that was met, else none.</summary>
    public static string? Choose(IReadOnlyCollection<string> methods, IEnumerable<string> wanted)
    {
        var met = Of(methods);
        return wanted.FirstOrDefault(met.Contains) ?? (met.Count > 0 ? met[0] : null);
    }
}
