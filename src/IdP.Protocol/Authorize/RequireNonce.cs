using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Authorize;

/// <summary>
/// An ID token that comes through the browser must carry the nonce of its request, or a foreign one could be slipped in (OpenID Connect Core 3.2.2.1 and
/// 3.3.2.11). For <c>code token</c>, whose ID token comes from the token endpoint, it is optional; the engine demands it there too.
/// </summary>
internal sealed class RequireNonce : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<RequireNonce>().SetOrder(Authentication.ValidateNonceParameter.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (context.Request.HasResponseType(ResponseTypes.IdToken) && string.IsNullOrEmpty(context.Request.Nonce))
            context.Reject(Errors.InvalidRequest, "The parameter 'nonce' is needed where the ID token comes through the browser.");
        return default;
    }
}
