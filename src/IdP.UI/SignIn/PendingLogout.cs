using IdP.Protocol;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.UI.SignIn;

/// <summary>
/// Where a logout goes on to after the confirmation page, read from its return address so that the browser may follow. Only an address that a client
/// registered counts; whether this logout may use it is for the end-session endpoint to decide.
/// </summary>
internal static class PendingLogout
{
    public static async Task<string?> RedirectUriAsync(string returnUrl, Catalog catalog, CancellationToken ct)
    {
        var at = returnUrl.IndexOf('?', StringComparison.Ordinal);
        if (at < 0 || !returnUrl[..at].EndsWith(ProtocolPaths.EndSession, StringComparison.Ordinal)) return null;
        if (QueryHelpers.ParseQuery(returnUrl[at..]).GetValueOrDefault("post_logout_redirect_uri") is not [{ Length: <= 2000 } uri]) return null;

        await foreach (var _ in catalog.FindClientsByPostLogoutRedirectUriAsync(uri, ct)) return uri;
        return null;
    }
}
