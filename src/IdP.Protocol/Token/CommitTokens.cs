using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>
/// One commit per request: the used token, the new ones and the grant are saved together, before the answer is written. A crash leaves
/// either the old refresh token alive or its successor, never both and never neither.
/// </summary>
internal sealed class CommitTokens(DbContext db, GrantRevocation revocation, RefreshGrace grace, IProtocolEvents events) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .UseScopedHandler<CommitTokens>().SetOrder(OpenIddictServerHandlers.AttachSignInParameters.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        try
        {
            // Not cancellable: past this point the client must find either everything or nothing.
            if (db.ChangeTracker.HasChanges()) await db.SaveChangesAsync(CancellationToken.None);
        }
        catch (DbUpdateConcurrencyException)
        {
            if (context.EndpointType is OpenIddictServerEndpointType.Authorization)
            {
                db.ChangeTracker.Clear();
                context.Reject(Errors.InvalidRequestUri, "The request_uri was already used."); // two visits with one pushed request: the other one was faster
                return;
            }
            if (!await YieldAsync(context))
            {
                context.Reject(Errors.InvalidGrant, "The token was already used.");
                return;
            }
        }

        if (GrantOf(context) is { } grantType)
            events.TokensIssued(context.Request?.ClientId ?? "", context.Principal?.GetClaim(OpenIddictConstants.Claims.Subject), grantType);
    }

    /// <summary>
    /// Somebody changed the presented code or refresh token in between. Used within the grace window: this request yields, and gives the winner's successor
    /// too. Used: RFC 9700 4.14.2 asks to end the whole family. Revoked: so are these tokens.
    /// </summary>
    private async Task<bool> YieldAsync(ProcessSignInContext context)
    {
        if (RedeemToken.PresentedId(context.Transaction) is { } id && await db.Set<GrantToken>().FindAsync([id], CancellationToken.None) is { } presented)
        {
            await db.Entry(presented).ReloadAsync(CancellationToken.None);
            if (await grace.FindSuccessorAsync(presented, context.Request?.RefreshToken, CancellationToken.None) is { } successor)
            {
                foreach (var own in db.ChangeTracker.Entries<GrantToken>().Where(e => e.State is EntityState.Added && e.Entity.Type == TokenTypeIdentifiers.RefreshToken).ToList())
                    own.State = EntityState.Detached;
                context.RefreshToken = successor;
                await db.SaveChangesAsync(CancellationToken.None); // the access token, where it has a row
                return true;
            }
            if (presented.Status == TokenStatus.Revoked) return false;
        }

        db.ChangeTracker.Clear();
        if (context.Principal?.GetAuthorizationId() is { } grant)
        {
            await revocation.RevokeGrantAsync(Guid.Parse(grant), CancellationToken.None);
            events.ReuseDetected(context.Request?.ClientId, context.Principal.GetClaim(OpenIddictConstants.Claims.Subject), Guid.Parse(grant));
        }
        return false;
    }

    /// <summary>The grant that tokens leave by; null when only a code does.</summary>
    private static string? GrantOf(ProcessSignInContext context) => context.EndpointType switch
    {
        OpenIddictServerEndpointType.Token => context.Request?.GrantType ?? "",
        OpenIddictServerEndpointType.Authorization when context.IncludeAccessToken || context.IncludeIdentityToken => context.IncludeAuthorizationCode ? Clients.GrantTypes.Hybrid : Clients.GrantTypes.Implicit,
        _ => null,
    };
}
