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
internal sealed class CommitTokens(DbContext db, GrantRevocation revocation, IProtocolEvents events) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .UseScopedHandler<CommitTokens>().SetOrder(OpenIddictServerHandlers.AttachSignInParameters.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        try
        {
            // Not cancellable: past this point the client must find either everything or nothing.
            await db.SaveChangesAsync(CancellationToken.None);
        }
        catch (DbUpdateConcurrencyException)
        {
            // Somebody used the same code or refresh token in between: RFC 9700 4.14.2 asks to end the whole family.
            db.ChangeTracker.Clear();
            if (context.Principal?.GetAuthorizationId() is { } grant)
            {
                await revocation.RevokeGrantAsync(Guid.Parse(grant), CancellationToken.None);
                events.ReuseDetected(context.Request?.ClientId, context.Principal.GetClaim(OpenIddictConstants.Claims.Subject), Guid.Parse(grant));
            }
            context.Reject(Errors.InvalidGrant, "The token was already used.");
            return;
        }

        if (GrantOf(context) is { } grantType)
            events.TokensIssued(context.Request?.ClientId ?? "", context.Principal?.GetClaim(OpenIddictConstants.Claims.Subject), grantType);
    }

    /// <summary>The grant that tokens leave by; null when only a code does.</summary>
    private static string? GrantOf(ProcessSignInContext context) => context.EndpointType switch
    {
        OpenIddictServerEndpointType.Token => context.Request?.GrantType ?? "",
        OpenIddictServerEndpointType.Authorization when context.IncludeAccessToken || context.IncludeIdentityToken => context.IncludeAuthorizationCode ? Clients.GrantTypes.Hybrid : Clients.GrantTypes.Implicit,
        _ => null,
    };
}
