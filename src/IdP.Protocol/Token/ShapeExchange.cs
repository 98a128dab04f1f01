using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>
/// Lets a token exchange issue its token the way every other grant issues an access token, so that all that is done to access tokens is done to it too;
/// the engine would take a way of its own. Adds what the answer needs besides (RFC 8693 2.2.1).
/// </summary>
internal sealed class ShapeExchange : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .UseSingletonHandler<ShapeExchange>().SetOrder(OpenIddictServerHandlers.EvaluateGeneratedTokens.Descriptor.Order + 600).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.EndpointType is not OpenIddictServerEndpointType.Token || !context.Request.IsTokenExchangeGrantType()) return default;

        (context.GenerateIssuedToken, context.IncludeIssuedToken, context.IssuedTokenType) = (false, false, null);
        (context.GenerateRefreshToken, context.IncludeRefreshToken) = (false, false);
        (context.GenerateAccessToken, context.IncludeAccessToken) = (true, true);
        context.Parameters[Parameters.IssuedTokenType] = TokenTypeIdentifiers.AccessToken;
        context.Parameters[Parameters.Scope] = string.Join(' ', context.Principal!.GetScopes()); // there is one, or the engine refused to sign in
        return default;
    }
}

/// <summary>RFC 8693 2.2.2: a subject or actor token that is not valid, for any reason, is <c>invalid_request</c>; the engine says <c>invalid_grant</c>.</summary>
internal sealed class NameExchangeErrors : IOpenIddictServerHandler<ApplyTokenResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyTokenResponseContext>()
        .UseSingletonHandler<NameExchangeErrors>().SetOrder(int.MinValue + 150_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ApplyTokenResponseContext context)
    {
        if (context.Request?.IsTokenExchangeGrantType() == true && context.Response.Error is (Errors.InvalidGrant or Errors.InvalidToken)) context.Response.Error = Errors.InvalidRequest;
        return default;
    }
}
