using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.Profiles;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>
/// The optional window (<see cref="Client.RefreshTokenReuseGrace"/>) in which a used refresh token gives its successor once more, for parallel tabs and
/// answers that got lost (RFC 9700 4.14.2). The successor stays one and the same, so the family never branches.
/// </summary>
internal sealed class RefreshGrace(Catalog catalog, TimeProvider clock)
{
    /// <summary>The successor of a used token, while the window of its client is open; else null.</summary>
    public async ValueTask<string?> FindSuccessorAsync(GrantToken used, string? presented, CancellationToken ct)
    {
        if (presented is null || used is not { Status: TokenStatus.Redeemed, Type: TokenTypeIdentifiers.RefreshToken, Successor: { } kept, RedeemedAt: { } at, ClientKey: { } key }) return null;
        var client = await catalog.FindClientByKeyAsync(key, ct);
        return client is not null && clock.GetUtcNow() < at + WindowOf(client) ? SealedSuccessor.Open(kept, presented) : null;
    }

    /// <summary>How long the window is; a profile that wants one-time tokens closes it, whatever the client's row says.</summary>
    public static TimeSpan WindowOf(Client client) => client.IsPublic && Profiles.Profiles.Demands(client, OAuth21.OneTimeRefreshTokens) ? TimeSpan.Zero : TimeSpan.FromSeconds(client.RefreshTokenReuseGrace);

    /// <summary>Notes for the rest of this request that it is answered with a successor there already is.</summary>
    public static void Repeat(OpenIddictServerTransaction transaction, string successor) => transaction.SetProperty(Property, successor);

    /// <summary>What <see cref="Repeat"/> noted.</summary>
    public static string? Repeated(OpenIddictServerTransaction transaction) => transaction.GetProperty<string>(Property);

    private const string Property = "IdP.RepeatedSuccessor";
}

/// <summary>Keeps the new refresh token beside the used one, in the same commit, where the client has a grace window.</summary>
internal sealed class KeepSuccessor(Catalog catalog, DbContext db) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .UseScopedHandler<KeepSuccessor>().SetOrder(CommitTokens.Descriptor.Order - 100).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.EndpointType is not OpenIddictServerEndpointType.Token || !context.Request.IsRefreshTokenGrantType() || RefreshGrace.Repeated(context.Transaction) is not null) return;
        if (context is not { RefreshToken: { } successor, Request.RefreshToken: { } presented } || RedeemToken.PresentedId(context.Transaction) is not { } id) return;
        if (await catalog.FindClientAsync(context.Request.ClientId!, context.CancellationToken) is not { } client || RefreshGrace.WindowOf(client) <= TimeSpan.Zero) return;

        if (await db.Set<GrantToken>().FindAsync([id], context.CancellationToken) is { } used) used.Successor = SealedSuccessor.Seal(successor, presented);
    }
}
