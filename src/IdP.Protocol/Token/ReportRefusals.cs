using IdP.Protocol.Clients;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>Tells the product about every refused token request and pushed authorization request.</summary>
internal sealed class ReportRefusals(Catalog catalog, IProtocolEvents events) : IOpenIddictServerHandler<ApplyTokenResponseContext>, IOpenIddictServerHandler<ApplyPushedAuthorizationResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyTokenResponseContext>()
        .UseScopedHandler<ReportRefusals>().SetOrder(int.MinValue + 200_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor PushedAuthorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyPushedAuthorizationResponseContext>()
        .UseScopedHandler<ReportRefusals>().SetOrder(int.MinValue + 200_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ApplyTokenResponseContext context) => ReportAsync("token", context.Request?.ClientId, context.Error, context.CancellationToken);

    public ValueTask HandleAsync(ApplyPushedAuthorizationResponseContext context) => ReportAsync("par", context.Request?.ClientId, context.Error, context.CancellationToken);

    private async ValueTask ReportAsync(string endpoint, string? clientId, string? error, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(error)) return;
        var client = clientId is null ? null : await catalog.FindClientAsync(clientId, ct);
        events.RequestRefused(endpoint, client?.ClientId, error);
    }
}
