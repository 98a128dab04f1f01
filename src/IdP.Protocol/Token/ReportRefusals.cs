using IdP.Protocol.Clients;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>Tells the product about every refused token request.</summary>
internal sealed class ReportRefusals(Catalog catalog, IProtocolEvents events) : IOpenIddictServerHandler<ApplyTokenResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyTokenResponseContext>()
        .UseScopedHandler<ReportRefusals>().SetOrder(int.MinValue + 200_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ApplyTokenResponseContext context)
    {
        if (string.IsNullOrEmpty(context.Error)) return;
        var client = context.Request?.ClientId is { } id ? await catalog.FindClientAsync(id, context.CancellationToken) : null;
        events.RequestRefused("token", client?.ClientId, context.Error);
    }
}
