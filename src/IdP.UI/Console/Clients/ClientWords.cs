using IdP.Protocol.Clients;

namespace IdP.UI.Console.Clients;

/// <summary>Protocol values in an administrator's words.</summary>
internal static class ClientWords
{
    public static string Type(ApplicationType type) => type switch
    {
        ApplicationType.Web => "Server-side web app",
        ApplicationType.Spa => "Single-page app",
        ApplicationType.Native => "Native app",
        ApplicationType.Device => "Device",
        _ => "Machine",
    };

    public static string Explain(ApplicationType type) => type switch
    {
        ApplicationType.Web => "Runs on a server and keeps a secret. ASP.NET Core, Django, Rails, PHP.",
        ApplicationType.Spa => "Runs in the browser and keeps no secret. React, Vue, Angular.",
        ApplicationType.Native => "Runs on a phone, desktop or command line and keeps no secret.",
        ApplicationType.Device => "Has no browser of its own: the person signs in on a phone or computer. Televisions, printers, servers without a screen.",
        _ => "A service that acts for itself, without a person.",
    };

    /// <summary>What a grant type is for.</summary>
    public static string Explain(string grant) => grant switch
    {
        GrantTypes.AuthorizationCode => "People sign in with the browser; the app gets a code.",
        GrantTypes.ClientCredentials => "The app acts for itself, without a person.",
        GrantTypes.Implicit => "Tokens come straight from the authorization endpoint, where scripts and histories may see them.",
        GrantTypes.Hybrid => "A code and tokens come from the authorization endpoint.",
        GrantTypes.Password => "The app takes people's passwords: no second factor, no single sign-on, and the app must be trusted with every password.",
        GrantTypes.DeviceCode => "People sign in on another device with a short code.",
        GrantTypes.TokenExchange => "The app trades a token for one that reaches the next API.",
        GrantTypes.JwtBearer => "A signed assertion of a trusted issuer becomes an access token.",
        _ => "A grant of your own.",
    };

    /// <summary>The name of a setting, its words set apart: <c>accessTokenLifetime</c> becomes access token lifetime.</summary>
    public static string Field(string name) => string.Concat(name.Select((c, i) => char.IsAsciiLetterUpper(c) ? (i > 0 && char.IsAsciiLetterLower(name[i - 1]) ? " " : "") + char.ToLowerInvariant(c) : c.ToString()));

    /// <summary>Grants that OAuth 2.1 does without.</summary>
    public static bool IsLegacy(string grant) => grant is GrantTypes.Implicit or GrantTypes.Hybrid or GrantTypes.Password;
}
