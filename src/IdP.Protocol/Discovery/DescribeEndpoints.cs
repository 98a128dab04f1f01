using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Discovery;

/// <summary>
/// Names every endpoint below the issuer. The engine would build the addresses from the Host header, so that a stranger who asks with a header of his own decides where the apps
/// send their codes and secrets for as long as anybody keeps that answer. An endpoint that is switched off stays without an address.
/// </summary>
internal sealed class DescribeEndpoints(IssuerUrl issuer) : IOpenIddictServerHandler<HandleConfigurationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleConfigurationRequestContext>()
        .UseSingletonHandler<DescribeEndpoints>().SetOrder(OpenIddictServerHandlers.Discovery.AttachIssuer.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(HandleConfigurationRequestContext context)
    {
        var options = context.Options;
        context.AuthorizationEndpoint = AddressOf(options.AuthorizationEndpointUris);
        context.DeviceAuthorizationEndpoint = AddressOf(options.DeviceAuthorizationEndpointUris);
        context.EndSessionEndpoint = AddressOf(options.EndSessionEndpointUris);
        context.IntrospectionEndpoint = AddressOf(options.IntrospectionEndpointUris);
        context.JsonWebKeySetEndpoint = AddressOf(options.JsonWebKeySetEndpointUris);
        context.PushedAuthorizationEndpoint = AddressOf(options.PushedAuthorizationEndpointUris);
        context.RevocationEndpoint = AddressOf(options.RevocationEndpointUris);
        context.TokenEndpoint = AddressOf(options.TokenEndpointUris);
        context.UserInfoEndpoint = AddressOf(options.UserInfoEndpointUris);
        return default;
    }

    private Uri? AddressOf(List<Uri> paths) => paths is [var path, ..] ? new Uri(issuer.Of("/" + path.OriginalString.TrimStart('/')), UriKind.Absolute) : null;
}
