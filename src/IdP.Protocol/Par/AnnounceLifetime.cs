using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Par;

/// <summary>Tells the app by when the browser must bring the request_uri; what it is kept for afterwards is not the app's business.</summary>
internal sealed class AnnounceLifetime(IOptions<PushedAuthorizationOptions> options) : IOpenIddictServerHandler<ApplyPushedAuthorizationResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyPushedAuthorizationResponseContext>()
        .UseSingletonHandler<AnnounceLifetime>().SetOrder(int.MinValue + 100_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ApplyPushedAuthorizationResponseContext context)
    {
        if (context.Response.RequestUri is not null) context.Response.ExpiresIn = options.Value.Lifetime;
        return default;
    }
}
