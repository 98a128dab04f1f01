using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>The engine links its own documentation in every error; that page explains nothing to the people who use this provider.</summary>
internal sealed class HideErrorUri : IOpenIddictServerHandler<ProcessErrorContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessErrorContext>()
        .UseSingletonHandler<HideErrorUri>().SetOrder(int.MinValue + 50_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ProcessErrorContext context)
    {
        context.ErrorUri = null;
        return default;
    }
}
