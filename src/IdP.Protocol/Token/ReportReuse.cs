using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Token;

/// <summary>A used code or refresh token came again: the engine, next in line, revokes the family without telling anybody (RFC 9700 4.14.2).</summary>
internal sealed class ReportReuse(DbContext db, IProtocolEvents events) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
        .UseScopedHandler<ReportReuse>().SetOrder(Protection.ValidateTokenEntry.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.EndpointType is not OpenIddictServerEndpointType.Token || !Guid.TryParse(context.TokenId, out var id)) return;
        // The row was read with the reference, so this asks the change tracker only.
        if (await db.Set<GrantToken>().FindAsync([id], context.CancellationToken) is not { Status: TokenStatus.Redeemed, GrantId: { } grant } token) return;
        if (token.Type is TokenTypeIdentifiers.RefreshToken or TokenTypeIdentifiers.Private.AuthorizationCode or TokenTypeIdentifiers.Private.DeviceCode) events.ReuseDetected(context.Request?.ClientId, token.Subject, grant);
    }
}
