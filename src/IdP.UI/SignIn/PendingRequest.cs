using IdP.Protocol;
using IdP.Protocol.Authorize;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.UI.SignIn;

/// <summary>
/// The authorization request a page will return to, read from its return address, to show what it is for. Nothing is decided on it: the
/// authorization endpoint validates the whole request again.
/// </summary>
public sealed record PendingRequest(Client Client, string? RedirectUri, IReadOnlyList<string> Scopes)
{
    /// <summary>See <see cref="AuthorizationRequest.Asked"/>.</summary>
    public IReadOnlyList<string> Asked { get; private init; } = [];

    /// <summary>Values of <c>prompt</c>.</summary>
    public IReadOnlyList<string> Prompt { get; private init; } = [];

    public string? LoginHint { get; private init; }

    public static async Task<PendingRequest?> ReadAsync(string returnUrl, Catalog catalog, CancellationToken ct)
    {
        var at = returnUrl.IndexOf('?', StringComparison.Ordinal);
        if (at < 0 || !returnUrl[..at].EndsWith(ProtocolPaths.Authorize, StringComparison.Ordinal)) return null;
        var query = QueryHelpers.ParseQuery(returnUrl[at..]);
        if (query.GetValueOrDefault("client_id") is not [{ } clientId] || await catalog.FindClientAsync(clientId, ct) is not { Enabled: true } client) return null;

        var redirectUri = query.GetValueOrDefault("redirect_uri") is [{ } uri] && RedirectUris.IsRegistered(client, uri) ? uri : null;
        var scopes = query.GetValueOrDefault("scope") is [{ } scope] ? scope.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        var claims = ClaimsRequest.Of(query.GetValueOrDefault("claims") is [{ } json] ? json : null);
        return new(client, redirectUri, scopes)
        {
            Asked = [.. scopes, .. claims.Beyond(scopes, client, await catalog.GetResourcesAsync(ct)).Select(ConsentItem.ForClaim)],
            Prompt = query.GetValueOrDefault("prompt") is [{ } prompt] ? prompt.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [],
            LoginHint = query.GetValueOrDefault("login_hint") is [{ Length: > 0 and <= 256 } hint] ? hint : null,
        };
    }
}
