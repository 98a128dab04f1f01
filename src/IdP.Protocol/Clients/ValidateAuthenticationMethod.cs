using IdP.Protocol.Token;
using OpenIddict.Server;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
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
        if (!ProgramEndpoints.Contains(context.EndpointType) || string.IsNullOrEmpty(context.ClientId)) return;
        var http = context.Transaction.GetHttpRequest();
        var usesHeader = http?.Headers.Authorization.Count > 0;
        if (usesHeader && await NamesAnotherClientAsync(http!, context.ClientId, context.CancellationToken)) // it has a header
        {
            context.Reject(Errors.InvalidRequest, "The parameter 'client_id' and the Authorization header name different clients.");
            return;
        }
        var client = await catalog.FindClientAsync(context.ClientId, context.CancellationToken);
        if (client is null) return; // an API at the introspection endpoint: both ways of sending its secret are fine

        var method = (context.ClientSecret, usesHeader) switch
        {
            _ when context.ClientAssertionPrincipal is not null => client.TokenEndpointAuthMethod, // ValidateClientAssertion has looked at it
            (null or "", _) => ClientAuthenticationMethods.None,
            (_, true) => ClientAuthenticationMethods.ClientSecretBasic,
            _ => ClientAuthenticationMethods.ClientSecretPost,
        };
        if (method != client.TokenEndpointAuthMethod)
            context.Reject(Errors.InvalidClient, $"This client must authenticate with {client.TokenEndpointAuthMethod}.");
    }

    private static async ValueTask<bool> NamesAnotherClientAsync(HttpRequest http, string clientId, CancellationToken ct) =>
        http.HasFormContentType && (await http.ReadFormAsync(ct))["client_id"] is { Count: > 0 } named && named != clientId;
}
