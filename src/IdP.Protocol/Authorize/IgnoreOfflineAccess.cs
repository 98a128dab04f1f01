using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Authentication;

namespace IdP.Protocol.Authorize;

/// <summary>OpenID Connect Core 11: where no code comes, no refresh token can, so a wish for one is ignored instead of refused (or granted in name only).</summary>
internal sealed class IgnoreOfflineAccess : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>, IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    /// <summary>After a pushed request was restored: what stands beside its reference has no scopes that count.</summary>
    public static OpenIddictServerHandlerDescriptor Authorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<IgnoreOfflineAccess>().SetOrder(ValidateScopeParameter.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor PushedAuthorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidatePushedAuthorizationRequestContext>()
        .UseSingletonHandler<IgnoreOfflineAccess>().SetOrder(ValidatePushedScopeParameter.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context) => Ignore(context.Request);

    public ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context) => Ignore(context.Request);

    private static ValueTask Ignore(OpenIddictRequest request)
    {
        if (request.HasScope(Scopes.OfflineAccess) && !request.HasResponseType(ResponseTypes.Code))
            request.Scope = string.Join(' ', request.GetScopes().Where(scope => scope != Scopes.OfflineAccess));
        return default;
    }
}
