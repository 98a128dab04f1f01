using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Token;

/// <summary>
/// PKCE cannot be taken away in either direction (RFC 9700 2.1.1 and 4.8.2): a code with a challenge needs its verifier, whatever the client's setting, and one
/// without takes none. All of it is <c>invalid_grant</c> (RFC 7636 4.6). Whether the verifier fits is the engine's comparison.
/// </summary>
internal sealed class ValidateVerifier : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenRequestContext>()
        .UseSingletonHandler<ValidateVerifier>().SetOrder(Exchange.ValidateProofKeyForCodeExchangeRequirement.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (context.AuthorizationCodePrincipal is not { } code) return default;

        var (challenged, verifier) = (code.HasClaim(OpenIddictConstants.Claims.Private.CodeChallenge), context.Request.CodeVerifier);
        if (challenged && string.IsNullOrEmpty(verifier))
            context.Reject(Errors.InvalidGrant, "The code was asked for with a code challenge: its verifier is needed.");
        else if (!challenged && !string.IsNullOrEmpty(verifier))
            context.Reject(Errors.InvalidGrant, "The code was asked for without a code challenge: no verifier belongs to it.");
        else if (verifier is { Length: > 0 } and ({ Length: < 43 } or { Length: > 128 }))
            context.Reject(Errors.InvalidGrant, "A code verifier has 43 to 128 characters.");
        return default;
    }
}
