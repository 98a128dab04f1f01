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
internal sealed class RequireNonce : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>, IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Authorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<RequireNonce>().SetOrder(Authentication.ValidateNonceParameter.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor PushedAuthorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidatePushedAuthorizationRequestContext>()
        .UseSingletonHandler<RequireNonce>().SetOrder(Authentication.ValidatePushedNonceParameter.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context) => Validate(context, context.Request);

    public ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context) => Validate(context, context.Request);

    private static ValueTask Validate(BaseValidatingContext context, OpenIddictRequest request)
    {
        if (request.HasResponseType(ResponseTypes.IdToken) && string.IsNullOrEmpty(request.Nonce))
            context.Reject(Errors.InvalidRequest, "The parameter 'nonce' is needed where the ID token comes through the browser.");
        return default;
    }
}
