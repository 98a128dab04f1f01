using IdP.Protocol.Grants;
using IdP.Protocol.Storage;
using IdP.Protocol.Token;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Revocation;

/// <summary>
/// Revocation (RFC 7009 2.1): a refresh token takes its whole grant with it, access tokens included; a reference access token ends alone; a JWT
/// access token, which has no row, goes to the deny list until it would have expired.
/// </summary>
internal sealed class RevokePresentedToken(DbContext db, GrantRevocation revocation, IProtocolEvents events, TimeProvider clock) : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleRevocationRequestContext>()
        .UseScopedHandler<RevokePresentedToken>().SetOrder(OpenIddictServerHandlers.Revocation.RevokeToken.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        var token = context.GenericTokenPrincipal!;
        if (token.HasTokenType(TokenTypeIdentifiers.RefreshToken) && token.GetAuthorizationId() is { } grant)
            await revocation.RevokeGrantAsync(Guid.Parse(grant), CancellationToken.None);
        else if (token.GetTokenId() is { } id)
            await db.Set<GrantToken>().Where(t => t.Id == Guid.Parse(id)).ExecuteUpdateAsync(t => t.SetProperty(x => x.Status, TokenStatus.Revoked).SetProperty(x => x.Version, x => x.Version + 1), CancellationToken.None);
        else if (token.GetClaim(OpenIddictConstants.Claims.JwtId) is { } jti)
        {
            var expiresAt = db.InStoredForm<RevokedToken>(nameof(RevokedToken.ExpiresAt), token.GetExpirationDate() ?? clock.GetUtcNow().AddDays(1));
            // Written out, because a client that asks twice at once, as one that was not answered in time, has what it wants.
            await db.Database.ExecuteSqlAsync($"""INSERT INTO "RevokedTokens" ("TokenId", "ExpiresAt") VALUES ({jti}, {expiresAt}) ON CONFLICT ("TokenId") DO NOTHING""", CancellationToken.None);
        }
        events.TokenRevoked(context.Request.ClientId!, token.GetClaim(OpenIddictConstants.Claims.Subject));
    }
}
