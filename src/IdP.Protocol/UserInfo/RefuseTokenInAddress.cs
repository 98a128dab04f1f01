using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.UserInfo;

/// <summary>A token in an address ends in logs and histories (RFC 9700 4.3.2): it is refused even when it is valid, so that no app gets used to it.</summary>
internal sealed class RefuseTokenInAddress : IOpenIddictServerHandler<ProcessRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessRequestContext>()
        .UseSingletonHandler<RefuseTokenInAddress>().SetOrder(OpenIddictServerHandlers.InferEndpointType.Descriptor.Order + 400).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ProcessRequestContext context)
    {
        if (context.EndpointType is OpenIddictServerEndpointType.UserInfo && context.Transaction.GetHttpRequest()?.Query.ContainsKey(Parameters.AccessToken) is true)
            context.Reject(Errors.InvalidRequest, "Send the access token in the Authorization header or in a form, never in the address.");
        return default;
    }
}
