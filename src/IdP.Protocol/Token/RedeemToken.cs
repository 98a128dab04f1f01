using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>Marks the presented code, device code, refresh token or pushed request as used. The row's version decides at the commit who of several users of one token wins.</summary>
internal sealed class RedeemToken(DbContext db, TimeProvider clock) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .UseScopedHandler<RedeemToken>().SetOrder(OpenIddictServerHandlers.RedeemTokenEntry.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.EndpointType is not (OpenIddictServerEndpointType.Token or OpenIddictServerEndpointType.Authorization)) return;
        var presented = context.Transaction.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!);
        var principal = presented?.AuthorizationCodePrincipal ?? presented?.RefreshTokenPrincipal ?? presented?.DeviceCodePrincipal ?? presented?.RequestTokenPrincipal;
        if (principal?.GetTokenId() is not { } id) return;

        var token = await db.Set<GrantToken>().FindAsync([Guid.Parse(id)], context.CancellationToken)
            ?? throw new InvalidOperationException("A token that was just validated has no row.");
        token.Status = TokenStatus.Redeemed;
        token.RedeemedAt = clock.GetUtcNow();
    }
}
