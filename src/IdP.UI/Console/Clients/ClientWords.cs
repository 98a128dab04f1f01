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
}
