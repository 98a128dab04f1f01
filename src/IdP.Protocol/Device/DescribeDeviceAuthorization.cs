using IdP.Protocol.Clients;
using IdP.Protocol.Discovery;
using IdP.Protocol.Token;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Device;

/// <summary>
/// Completes the device authorization response (RFC 8628 3.2) with the pace of polling and the page below the issuer, where the engine would name the Host header, and tells the
/// product about refusals.
/// </summary>
internal sealed class DescribeDeviceAuthorization(Catalog catalog, IssuerUrl issuer, IProtocolEvents events) : IOpenIddictServerHandler<ApplyDeviceAuthorizationResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyDeviceAuthorizationResponseContext>()
        .UseScopedHandler<DescribeDeviceAuthorization>().SetOrder(int.MinValue + 200_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ApplyDeviceAuthorizationResponseContext context)
    {
        if (string.IsNullOrEmpty(context.Error))
        {
            context.Response.VerificationUri = issuer.Of(ProtocolPaths.Device);
            context.Response.VerificationUriComplete = issuer.Of(ProtocolPaths.Device) + "?user_code=" + Uri.EscapeDataString(context.Response.UserCode!); // every answer has one
            context.Response["interval"] = (long)PaceDevicePolling.Interval.TotalSeconds;
            return;
        }
        var client = context.Request?.ClientId is { } id ? await catalog.FindClientAsync(id, context.CancellationToken) : null;
        events.RequestRefused("deviceauthorization", client?.ClientId, context.Error);
    }
}
