using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>The engine links its own documentation in every error; that page explains nothing to the people who use this provider.</summary>
internal sealed class HideErrorUri : IOpenIddictServerHandler<ProcessErrorContext>, IOpenIddictServerHandler<ProcessChallengeContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessErrorContext>()
        .UseSingletonHandler<HideErrorUri>().SetOrder(int.MinValue + 50_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    /// <summary>Errors that our endpoints give get their link elsewhere.</summary>
    public static OpenIddictServerHandlerDescriptor Challenge { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessChallengeContext>()
        .UseSingletonHandler<HideErrorUri>().SetOrder(OpenIddictServerHandlers.AttachDefaultChallengeError.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ProcessErrorContext context)
    {
        context.ErrorUri = null;
        return default;
    }

    public ValueTask HandleAsync(ProcessChallengeContext context)
    {
        context.Response.ErrorUri = null;
        return default;
    }
}
