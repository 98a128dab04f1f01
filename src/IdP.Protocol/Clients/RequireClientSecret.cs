using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Clients;

/// <summary>RFC 6749 4.4: client credentials without any are a failed authentication, not a malformed request.</summary>
internal sealed class RequireClientSecret : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenRequestContext>()
        .UseSingletonHandler<RequireClientSecret>().SetOrder(Exchange.ValidateClientCredentialsParameters.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (context.Request.IsClientCredentialsGrantType() && string.IsNullOrEmpty(context.Request.ClientSecret) && string.IsNullOrEmpty(context.Request.ClientAssertion))
            context.Reject(Errors.InvalidClient, "The client credentials grant needs the client's authentication.");
        return default;
    }
}
