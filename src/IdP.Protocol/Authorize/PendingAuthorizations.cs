using System.Collections.Immutable;
using System.Globalization;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Languages;
using IdP.Protocol.Par;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Authorize;

/// <summary>
/// The authorization request a page will return to, read from its return address or, when it was pushed, from where it was left, to show what it is for.
/// Nothing is decided on it: the authorization endpoint validates the whole request again.
/// </summary>
public sealed class PendingAuthorizations
{
    /// <summary>Added to a return address, it makes the app get the refusal that a page has explained (<see cref="AuthorizationRequest.TakesRefusal"/>).</summary>
    public const string RefusalParameter = InteractionState.RefusalParameter;

    private readonly Catalog _catalog;
    private readonly PushedRequests _pushed;
    private readonly InteractionState _state;

    internal PendingAuthorizations(Catalog catalog, PushedRequests pushed, InteractionState state) => (_catalog, _pushed, _state) = (catalog, pushed, state);

    /// <summary>Null when the address leads elsewhere, or to a request that names no usable client. The page will be in the language that the request asks for.</summary>
    public async Task<PendingAuthorization?> FindAsync(string returnUrl, HttpContext http)
    {
        if (RequestBehind(returnUrl) is not { ClientId: { } clientId } request) return null;
        if (await _catalog.FindClientAsync(clientId, http.RequestAborted) is not { Enabled: true } client) return null;
        if (request.RequestUri is { } requestUri && PushedRequests.Names(requestUri))
        {
            if (await _pushed.FindAsync(requestUri, clientId, http) is not { } pushed) return null;
            request = pushed;
        }
        RequestedLanguage.Note(http, (string?)request[RequestedLanguage.Parameter]);

        var contexts = RequestedContexts.Of(request, client);
        return new PendingAuthorization
        {
            Client = client,
            RedirectUri = RedirectUriOf(request, client),
            Asked = [.. request.GetScopes(), .. ClaimsRequest.Of((string?)request[Parameters.Claims]).Beyond(request.GetScopes(), client, await _catalog.GetResourcesAsync(http.RequestAborted)).Select(ConsentItem.ForClaim)],
            Prompt = request.GetPromptValues(),
            AcrValues = contexts.Values,
            AcrEssential = contexts.Essential,
            LoginHint = request.LoginHint is { Length: > 0 and <= 256 } hint ? hint : null,
            MaxAge = int.TryParse((string?)request[Parameters.MaxAge], NumberStyles.None, CultureInfo.InvariantCulture, out var maxAge) ? maxAge : client.DefaultMaxAge,
            Fingerprint = InteractionState.Fingerprint(request),
        };
    }

    /// <summary>The return address of a request for which this session was chosen (<see cref="AuthorizationRequest.ChosenSession"/>); any other address stays what it is.</summary>
    public string Choose(string returnUrl, Guid session) => RequestBehind(returnUrl) is null ? returnUrl : _state.Choose(returnUrl, session);

    /// <summary>Of a request that was not pushed; null for any other address.</summary>
    internal static string? FingerprintOf(string returnUrl) => RequestBehind(returnUrl) is { } request ? InteractionState.Fingerprint(request) : null;

    /// <summary>The parameters in a return address of ours; null for any other address.</summary>
    private static OpenIddictRequest? RequestBehind(string returnUrl)
    {
        var at = returnUrl.IndexOf('?', StringComparison.Ordinal);
        if (at < 0 || !returnUrl[..at].EndsWith(ProtocolPaths.Authorize, StringComparison.Ordinal)) return null;
        return new OpenIddictRequest(QueryHelpers.ParseQuery(returnUrl[at..]));
    }

    private static string? RedirectUriOf(OpenIddictRequest request, Client client) => request.RedirectUri switch
    {
        null or "" => client.RedirectUris is [var only] ? only : null, // RFC 6749 3.1.2.3
        var uri => RedirectUris.IsRegistered(client, uri) ? uri : null,
    };
}

/// <summary>What a page may show and needs to know of the request it returns to.</summary>
public sealed record PendingAuthorization
{
    public required Client Client { get; init; }

    /// <summary>Where the answer will go, when that is proven: the browser must be allowed to follow.</summary>
    public string? RedirectUri { get; init; }

    /// <summary>See <see cref="AuthorizationRequest.Asked"/>.</summary>
    public required ImmutableArray<string> Asked { get; init; }

    /// <summary>Values of <c>prompt</c>.</summary>
    public required ImmutableArray<string> Prompt { get; init; }

    /// <summary>See <see cref="AuthorizationRequest.AcrValues"/>.</summary>
    public required IReadOnlyList<string> AcrValues { get; init; }

    /// <summary>See <see cref="AuthorizationRequest.AcrEssential"/>.</summary>
    public bool AcrEssential { get; init; }

    public string? LoginHint { get; init; }

    /// <summary>The age in seconds that a sign-in may have; null for any.</summary>
    public int? MaxAge { get; init; }

    /// <summary>See <see cref="AuthorizationRequest.Fingerprint"/>.</summary>
    public required string Fingerprint { get; init; }
}
