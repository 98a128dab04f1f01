using OpenIddict.Abstractions;
using OpenIddict.Server;
using Microsoft.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Clients;

/// <summary>Only the method registered for a client is accepted (RFC 7591 token_endpoint_auth_method), so a leaked secret cannot travel another way.</summary>
internal sealed class ValidateAuthenticationMethod(Catalog catalog) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessAuthenticationContext>()
        .UseSingletonHandler<ValidateAuthenticationMethod>().SetOrder(OpenIddictServerHandlers.ValidateClientType.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (context.EndpointType is not (OpenIddictServerEndpointType.Token or OpenIddictServerEndpointType.Introspection or OpenIddictServerEndpointType.Revocation or OpenIddictServerEndpointType.DeviceAuthorization)) return;
        if (string.IsNullOrEmpty(context.ClientId)) return;
        var client = await catalog.FindClientAsync(context.ClientId, context.CancellationToken);
        if (client is null) return; // an API at the introspection endpoint: both ways of sending its secret are fine

        var usesHeader = context.Transaction.GetHttpRequest()?.Headers.Authorization.Count > 0;
        var method = (context.ClientSecret, usesHeader) switch
        {
            (null or "", _) => ClientAuthenticationMethods.None,
            (_, true) => ClientAuthenticationMethods.ClientSecretBasic,
            _ => ClientAuthenticationMethods.ClientSecretPost,
        };
        if (method != client.TokenEndpointAuthMethod)
            context.Reject(Errors.InvalidClient, $"This client must authenticate with {client.TokenEndpointAuthMethod}.");
    }
}
