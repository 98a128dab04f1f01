using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>Marks the presented code, device code or refresh token as used. The row's version decides at the commit who of several users of one token wins.</summary>
internal sealed class RedeemToken(DbContext db, TimeProvider clock) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .UseScopedHandler<RedeemToken>().SetOrder(OpenIddictServerHandlers.RedeemTokenEntry.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.EndpointType is not OpenIddictServerEndpointType.Token || PresentedId(context.Transaction) is not { } id) return;
        if (RefreshGrace.Repeated(context.Transaction) is not null) return; // it is used already, and stays as it is

        var token = await db.Set<GrantToken>().FindAsync([id], context.CancellationToken)
            ?? throw new InvalidOperationException("A token that was just validated has no row.");
        token.Status = TokenStatus.Redeemed;
        token.RedeemedAt = clock.GetUtcNow();
    }

    /// <summary>The row of the code, device code or refresh token that this request is made with.</summary>
    internal static Guid? PresentedId(OpenIddictServerTransaction transaction)
    {
        var presented = transaction.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!);
        var principal = presented?.AuthorizationCodePrincipal ?? presented?.RefreshTokenPrincipal ?? presented?.DeviceCodePrincipal;
        return principal?.GetTokenId() is { } id ? Guid.Parse(id) : null;
    }
}
