using IdP.Protocol;
using IdP.Protocol.Clients;
using IdP.Protocol.Languages;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.UI.SignOut;

/// <summary>
/// The end-session request a page will return to, read from its return address, to name the app and to let the browser follow. Only an address that a client
/// registered counts; whether this logout may use it is for the end-session endpoint to decide.
/// </summary>
public sealed record PendingLogout(Client? Client, string? RedirectUri, string? UiLocales)
{
    public static async Task<PendingLogout?> ReadAsync(string returnUrl, Catalog catalog, CancellationToken ct)
    {
        var at = returnUrl.IndexOf('?', StringComparison.Ordinal);
        if (at < 0 || !returnUrl[..at].EndsWith(ProtocolPaths.EndSession, StringComparison.Ordinal)) return null;
        var query = QueryHelpers.ParseQuery(returnUrl[at..]);
        var locales = query.GetValueOrDefault(RequestedLanguage.Parameter) is [{ } list] ? list : null;
        var client = query.GetValueOrDefault("client_id") is [{ } id] && await catalog.FindClientAsync(id, ct) is { Enabled: true } named ? named : null;
        if (query.GetValueOrDefault("post_logout_redirect_uri") is [{ Length: <= 2000 } uri])
            await foreach (var owner in catalog.FindClientsByPostLogoutRedirectUriAsync(uri, ct))
                if (client is null || client.Id == owner.Id)
                    return new(client ?? owner, uri, locales);
        return new(client, null, locales);
    }
}
