using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Discovery;

/// <summary>Metadata and keys may be kept for a while: a key is published long before it signs, and a switch that is turned is seen after this time.</summary>
internal sealed class CacheMetadata : IOpenIddictServerHandler<ApplyConfigurationResponseContext>, IOpenIddictServerHandler<ApplyJsonWebKeySetResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Configuration { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyConfigurationResponseContext>()
        .UseSingletonHandler<CacheMetadata>().SetOrder(int.MinValue + 60_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor KeySet { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyJsonWebKeySetResponseContext>()
        .UseSingletonHandler<CacheMetadata>().SetOrder(int.MinValue + 60_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ApplyConfigurationResponseContext context) => Allow(context.Transaction, context.Error);

    public ValueTask HandleAsync(ApplyJsonWebKeySetResponseContext context) => Allow(context.Transaction, context.Error);

    private static ValueTask Allow(OpenIddictServerTransaction transaction, string? error)
    {
        if (transaction.GetHttpRequest() is { } http) http.HttpContext.Response.Headers.CacheControl = string.IsNullOrEmpty(error) ? "public, max-age=300" : "no-store";
        return default;
    }
}
