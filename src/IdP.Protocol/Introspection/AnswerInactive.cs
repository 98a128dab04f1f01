using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Introspection;

/// <summary>
/// RFC 7662 2.2: a token that nobody may introspect, such as an ID token or a code, is inactive like any other text. The engine answers with an error that
/// tells that the token is good.
/// </summary>
internal sealed class AnswerInactive : IOpenIddictServerHandler<ApplyIntrospectionResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyIntrospectionResponseContext>()
        .UseSingletonHandler<AnswerInactive>().SetOrder(int.MinValue + 50_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ApplyIntrospectionResponseContext context)
    {
        if (context.Response.Error is not Errors.UnsupportedTokenType) return default;
        (context.Response.Error, context.Response.ErrorDescription, context.Response.ErrorUri) = (null, null, null);
        context.Response[OpenIddictConstants.Claims.Active] = false;
        return default;
    }
}
