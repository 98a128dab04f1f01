using IdP.Protocol.Resources;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>RFC 6749 6 and RFC 8707 2.2: a request may narrow the access token, but the refresh token that comes with it is for the whole grant.</summary>
internal sealed class KeepRefreshScopes : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .UseSingletonHandler<KeepRefreshScopes>().SetOrder(OpenIddictServerHandlers.GenerateAccessToken.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        var presented = context.Transaction.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!)?.RefreshTokenPrincipal;
        var scopes = presented?.GetScopes() ?? context.RefreshTokenPrincipal?.GetClaims(ResourceIndicators.WholeScopeClaim) ?? [];
        if (!scopes.IsEmpty) context.RefreshTokenPrincipal?.SetScopes(scopes);
        context.RefreshTokenPrincipal?.RemoveClaims(ResourceIndicators.WholeScopeClaim);
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
