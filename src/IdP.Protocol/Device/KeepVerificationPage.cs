using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Device;

/// <summary>
/// The engine must know the address of the verification page, to name it in its answers, but the page is the product's own: there a code is looked up only
/// behind the limits on guesses, and for a signed-in person.
/// </summary>
internal sealed class KeepVerificationPage : IOpenIddictServerHandler<ProcessRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessRequestContext>()
        .UseSingletonHandler<KeepVerificationPage>().SetOrder(OpenIddictServerHandlers.InferEndpointType.Descriptor.Order + 250).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ProcessRequestContext context)
    {
        if (context.EndpointType is OpenIddictServerEndpointType.EndUserVerification) context.EndpointType = OpenIddictServerEndpointType.Unknown;
        return default;
    }
}
