using IdP.Protocol.Discovery;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.UserInfo;

/// <summary>RFC 9728 5.1: the challenge says where the metadata of this API is.</summary>
internal sealed class NameResourceMetadata(ProtectedResources resources) : IOpenIddictServerHandler<ApplyUserInfoResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyUserInfoResponseContext>()
        .UseSingletonHandler<NameResourceMetadata>().SetOrder(OpenIddictServerAspNetCoreHandlers.AttachWwwAuthenticateHeader<ApplyUserInfoResponseContext>.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ApplyUserInfoResponseContext context)
    {
        var headers = context.Transaction.GetHttpRequest()?.HttpContext.Response.Headers;
        if (headers?.WWWAuthenticate is not [{ } challenge]) return default;
        headers.WWWAuthenticate = $"{challenge}{(challenge.Contains('=') ? "," : "")} resource_metadata=\"{resources.MetadataOf(ProtocolPaths.UserInfo)}\"";
        return default;
    }
}
