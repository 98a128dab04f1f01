using IdP.Protocol.Claims;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Authentication;

namespace IdP.Protocol.Authorize;

/// <summary>A <c>claims</c> parameter that cannot be understood is refused, pushed or not (OpenID Connect Core 5.5).</summary>
internal sealed class ValidateClaimsParameter : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>, IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Authorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<ValidateClaimsParameter>().SetOrder(ValidateNonceParameter.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor PushedAuthorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidatePushedAuthorizationRequestContext>()
        .UseSingletonHandler<ValidateClaimsParameter>().SetOrder(ValidatePushedNonceParameter.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context) => Validate(context, context.Request);

    public ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context) => Validate(context, context.Request);

    private static ValueTask Validate(BaseValidatingContext context, OpenIddictRequest request)
    {
        if ((string?)request[Parameters.Claims] is { Length: > 0 } json && !ClaimsRequest.TryParse(json, out _, out var problem)) context.Reject(Errors.InvalidRequest, problem);
        return default;
    }
}
