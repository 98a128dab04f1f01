using System.Globalization;
using IdP.Clients;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.Http;

namespace IdP.UI.Console.Clients;

/// <summary>Reads the client form onto settings; what the form does not show keeps its value. Numbers that are none become -1, which the rules refuse by name.</summary>
internal static class ClientForm
{
    public static ClientSettings Read(IFormCollection form, ClientSettings settings, bool isNew)
    {
        settings.ClientName = Text(form, "clientName");
        settings.ClientUri = Text(form, "clientUri");
        settings.Description = Text(form, "description");
        if (!isNew) settings.Enabled = form["enabled"] == "true";
        settings.AllowedScopes = [.. form["allowedScopes"].OfType<string>()];
        settings.AccessTokenLifetime = int.TryParse(form["accessTokenLifetime"], NumberStyles.None, CultureInfo.InvariantCulture, out var lifetime) ? lifetime : -1;
        settings.AccessTokenType = Enum.TryParse<AccessTokenType>(form["accessTokenType"], out var type) ? type : AccessTokenType.Jwt;
        settings.IdTokenSignedResponseAlg = Text(form, "idTokenSignedResponseAlg") ?? settings.IdTokenSignedResponseAlg;
        if (!settings.IsPublic) settings.TokenEndpointAuthMethod = Text(form, "tokenEndpointAuthMethod") ?? settings.TokenEndpointAuthMethod;
        if (settings.ApplicationType is ApplicationType.Machine) return settings;

        settings.AllowOfflineAccess = form["allowOfflineAccess"] == "true";
        if (settings.ApplicationType is ApplicationType.Device) return settings; // no addresses, and people are always asked

        settings.RedirectUris = Lines(form, "redirectUris");
        settings.PostLogoutRedirectUris = Lines(form, "postLogoutRedirectUris");
        if (settings.ApplicationType is ApplicationType.Spa) settings.AllowedCorsOrigins = Lines(form, "allowedCorsOrigins");
        settings.RequireConsent = form["requireConsent"] == "true";
        return settings;
    }

    private static string? Text(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static List<string> Lines(IFormCollection form, string name) => [.. form[name].ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
}
