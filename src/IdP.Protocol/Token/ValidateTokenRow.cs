using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Token;

/// <summary>
/// What the row of a presented token says. A code, device code or refresh token that was used before ends its whole family (RFC 6749 4.1.2, RFC 9700 4.14.2) and is
/// reported, unless its client's grace window is open. The engine's own check knows one window for all clients, and would give everybody in it a successor of
/// his own.
/// </summary>
internal sealed class ValidateTokenRow(DbContext db, RefreshGrace grace, GrantRevocation revocation, IProtocolEvents events) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
        .UseScopedHandler<ValidateTokenRow>().SetOrder(Protection.ValidateTokenEntry.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (!Guid.TryParse(context.TokenId, out var id)) return;
        // The row was read with the reference, so this asks the change tracker only.
        var row = await db.Set<GrantToken>().FindAsync([id], context.CancellationToken);
        switch (row?.Status)
        {
            case TokenStatus.Valid:
                return;
            case TokenStatus.Redeemed:
                await JudgeUsedAsync(context, row);
                return;
            case TokenStatus.Inactive:
                context.Reject(Errors.AuthorizationPending, "The person has not decided yet.");
                return;
            case TokenStatus.Rejected:
                context.Reject(Errors.AccessDenied, "The person refused.");
                return;
            default:
                context.Reject(Errors.InvalidToken, "The token is not valid any more.");
                return;
        }
    }

    private async Task JudgeUsedAsync(ValidateTokenContext context, GrantToken row)
    {
        var isRequest = context.EndpointType is OpenIddictServerEndpointType.Token;
        if (isRequest && context.Request?.IsRefreshTokenGrantType() == true && await grace.FindSuccessorAsync(row, context.Request.RefreshToken, context.CancellationToken) is { } successor)
        {
            RefreshGrace.Repeat(context.Transaction, successor);
            return;
        }

        // Asking what a token is worth is no use of it.
        if (row.GrantId is { } grant && context.EndpointType is not OpenIddictServerEndpointType.Introspection)
        {
            await revocation.RevokeGrantAsync(grant, CancellationToken.None);
            if (isRequest) events.ReuseDetected(context.Request?.ClientId, row.Subject, grant);
        }
        context.Reject(Errors.InvalidToken, "The token was already used.");
    }
}
