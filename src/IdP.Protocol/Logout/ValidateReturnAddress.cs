using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Session;

namespace IdP.Protocol.Logout;

/// <summary>Refuses a <c>post_logout_redirect_uri</c> with characters that no URI has (RFC 3986 2), before the engine reads it and breaks (<see cref="AbsoluteUri"/>).</summary>
internal sealed class ValidateReturnAddress : IOpenIddictServerHandler<ValidateEndSessionRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateEndSessionRequestContext>()
        .UseSingletonHandler<ValidateReturnAddress>().SetOrder(ValidatePostLogoutRedirectUriParameter.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ValidateEndSessionRequestContext context)
    {
        if (!AbsoluteUri.IsAscii(context.PostLogoutRedirectUri)) context.Reject(Errors.InvalidRequest, "The parameter 'post_logout_redirect_uri' is no URI.");
        return default;
    }
}
