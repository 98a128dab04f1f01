using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Authorize;

/// <summary>OpenID Connect Core 11: where no code comes, no refresh token can, so a wish for one is ignored instead of refused (or granted in name only).</summary>
internal sealed class IgnoreOfflineAccess : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<IgnoreOfflineAccess>().SetOrder(ValidateParameters.Descriptor.Order + 100).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var request = context.Request;
        if (request.HasScope(Scopes.OfflineAccess) && !request.HasResponseType(ResponseTypes.Code))
            request.Scope = string.Join(' ', request.GetScopes().Where(scope => scope != Scopes.OfflineAccess));
        return default;
    }
}
