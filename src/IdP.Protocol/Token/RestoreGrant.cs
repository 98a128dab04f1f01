using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Token;

/// <summary>A JWT access token has no row: here it meets the deny list of revoked tokens, and the engine is told its grant, whose state it then checks.</summary>
internal sealed class RestoreGrant(DbContext db) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
        .UseScopedHandler<RestoreGrant>().SetOrder(Protection.MapInternalClaims.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal is not { } principal || context.IsReferenceToken || principal.GetTokenType() != TokenTypeIdentifiers.AccessToken) return;

        if (principal.GetClaim(OpenIddictConstants.Claims.JwtId) is { } id && await db.Set<RevokedToken>().AnyAsync(t => t.TokenId == id, context.CancellationToken))
        {
            context.Reject(Errors.InvalidToken, "The token was revoked.");
            return;
        }
        if (principal.GetClaim(StripPrivateClaims.GrantId) is { } grant)
        {
            context.AuthorizationId = grant;
            principal.SetAuthorizationId(grant);
            principal.RemoveClaims(StripPrivateClaims.GrantId);
        }
    }
}
