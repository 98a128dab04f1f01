using IdP.Protocol.Clients;
using IdP.Protocol.Token;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using Microsoft.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Authentication;

namespace IdP.Protocol.Authorize;

/// <summary>
/// RFC 6749 4.1.2.1: an error goes back to the client when client and redirect URI are proven, and stays on our own page when they are
/// not. The engine shows every validation error itself, so the proof is made here, from the registration.
/// </summary>
internal sealed class RedirectErrors(Catalog catalog, IProtocolEvents events) : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyAuthorizationResponseContext>()
        .UseScopedHandler<RedirectErrors>().SetOrder(AttachRedirectUri.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (string.IsNullOrEmpty(context.Error)) return;
        var client = context.Request?.ClientId is { } id ? await catalog.FindClientAsync(id, context.CancellationToken) : null;
        events.RequestRefused("authorize", client?.ClientId, context.Error);
        if (context.RedirectUri is not null || context.Request is not { } request) return;
        if (context.Transaction.GetHttpRequest() is { } http && IsAmbiguous(http)) return;
        if (client is not { Enabled: true } || request.RedirectUri is not { } uri || !RedirectUris.IsRegistered(client, uri)) return;

        context.RedirectUri = uri;
        if (request.State is { Length: > 4096 } || request.State?.AsSpan().ContainsAnyInRange('\0', '\x1f') == true) request.State = null;
        request.ResponseMode = ModeOf(request);
    }

    /// <summary>
    /// The mode that was asked for where it is one and is allowed, else the default of the response type (OAuth 2.0 Multiple Response Types 2.1 and 5), which
    /// for unknown types is RFC 6749's query.
    /// </summary>
    private static string ModeOf(OpenIddictRequest request)
    {
        var inFront = request.HasResponseType(ResponseTypes.IdToken) || request.HasResponseType(ResponseTypes.Token);
        return request.ResponseMode switch
        {
            ResponseModes.FormPost or ResponseModes.Fragment => request.ResponseMode,
            _ => inFront ? ResponseModes.Fragment : ResponseModes.Query,
        };
    }

    /// <summary>Two client ids or two redirect URIs prove nothing.</summary>
    private static bool IsAmbiguous(Microsoft.AspNetCore.Http.HttpRequest http) =>
        ValidateParameters.RepeatedParameter(http) is { } name
        && (name.Equals(Parameters.ClientId, StringComparison.OrdinalIgnoreCase) || name.Equals(Parameters.RedirectUri, StringComparison.OrdinalIgnoreCase));
}
