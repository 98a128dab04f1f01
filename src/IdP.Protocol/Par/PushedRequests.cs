using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Par;

/// <summary>What was pushed, found again by its <c>request_uri</c>: for pages that show what a request is for, before the authorization endpoint redeems it.</summary>
internal sealed class PushedRequests(IOpenIddictServerFactory factory, IOpenIddictServerDispatcher dispatcher)
{
    /// <summary>Whether this is a reference as our own endpoint issues it (RFC 9126 2.2), not an address to fetch something from (RFC 9101).</summary>
    public static bool Names(string? requestUri) => requestUri?.StartsWith(RequestUris.Prefixes.Generic, StringComparison.Ordinal) is true;

    /// <summary>Null when it is unknown, expired or used, or was pushed by somebody else.</summary>
    public async ValueTask<OpenIddictRequest?> FindAsync(string requestUri, string clientId, HttpContext http)
    {
        var transaction = await factory.CreateTransactionAsync();
        transaction.EndpointType = OpenIddictServerEndpointType.Authorization;
        transaction.BaseUri = new Uri($"{http.Request.Scheme}://{http.Request.Host.ToUriComponent()}{http.Request.PathBase.ToUriComponent()}/", UriKind.Absolute);
        transaction.CancellationToken = http.RequestAborted;
        var validation = new ValidateTokenContext(transaction)
        {
            Token = requestUri[RequestUris.Prefixes.Generic.Length..],
            ValidTokenTypes = { TokenTypeIdentifiers.Private.RequestToken },
            DisableAudienceValidation = true,
            DisablePresenterValidation = true,
        };
        await dispatcher.DispatchAsync(validation);
        if (validation.IsRejected || validation.Principal?.GetClaim(OpenIddictConstants.Claims.Private.RequestParameters) is not { } parameters) return null;

        using var content = JsonDocument.Parse(parameters);
        var request = new OpenIddictRequest(content.RootElement.Clone()) { RequestUri = requestUri };
        return request.ClientId == clientId ? request : null;
    }
}
