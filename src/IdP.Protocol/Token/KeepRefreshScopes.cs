using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>RFC 6749 6: a refresh may narrow the access token's scope, but a new refresh token comes all the same, with the scope of the old one.</summary>
internal sealed class KeepRefreshScopes : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .UseSingletonHandler<KeepRefreshScopes>().SetOrder(OpenIddictServerHandlers.GenerateAccessToken.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        var presented = context.Transaction.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!)?.RefreshTokenPrincipal;
        if (presented is not null) context.RefreshTokenPrincipal?.SetScopes(presented.GetScopes());
        return default;
    }
}

/// <summary>The engine issues a refresh token only while <c>offline_access</c> is among the scopes, which a narrowed refresh does not name.</summary>
internal sealed class RenewRefreshToken : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .UseSingletonHandler<RenewRefreshToken>().SetOrder(OpenIddictServerHandlers.EvaluateGeneratedTokens.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.EndpointType is not OpenIddictServerEndpointType.Token || !context.Request.IsRefreshTokenGrantType()) return default;
        (context.GenerateRefreshToken, context.IncludeRefreshToken) = (true, true);
        if (RefreshGrace.Repeated(context.Transaction) is { } successor)
            (context.GenerateRefreshToken, context.RefreshToken) = (false, successor);
        return default;
    }
}
