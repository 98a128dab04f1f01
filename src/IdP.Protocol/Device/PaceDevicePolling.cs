using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Device;

/// <summary>
/// A device asks for the outcome of its request (RFC 8628 3.5). Another client's code is refused before anything is told or written, and a question that
/// comes too early gets <c>slow_down</c> whatever the outcome. One conditional statement decides, so that nodes and parallel polls agree.
/// </summary>
internal sealed class PaceDevicePolling(DbContext db, TimeProvider clock) : IOpenIddictServerHandler<ValidateTokenContext>
{
    /// <summary>Least time between two polls, and what each <c>slow_down</c> adds to it.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>A device whose timer is exact may see its polls arrive closer together than it sent them.</summary>
    private static readonly TimeSpan Jitter = TimeSpan.FromMilliseconds(500);

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
        .UseScopedHandler<PaceDevicePolling>().SetOrder(Protection.ValidateTokenEntry.Descriptor.Order - 600).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.EndpointType is not OpenIddictServerEndpointType.Token || context.Principal is not { } code || !code.HasTokenType(TokenTypeIdentifiers.Private.DeviceCode)) return;
        if (!Guid.TryParse(context.TokenId, out var id)) return;

        if (context.Request?.ClientId is not { } clientId || !code.HasPresenter(clientId))
        {
            context.Reject(Errors.InvalidGrant, "The device code was issued to another client.");
            return;
        }

        var now = clock.GetUtcNow();
        var row = db.Set<GrantToken>().Where(t => t.Id == id);
        var due = now - Interval + Jitter;
        if (await row.Where(t => t.LastPolledAt == null || t.LastPolledAt <= due).ExecuteUpdateAsync(t => t.SetProperty(x => x.LastPolledAt, now), context.CancellationToken) == 1) return;

        // The next poll is due one interval later than it would have been.
        DateTimeOffset? postponed = now + Interval;
        await row.ExecuteUpdateAsync(t => t.SetProperty(x => x.LastPolledAt, postponed), context.CancellationToken);
        context.Reject(Errors.SlowDown, "The device polls too fast: it must wait 5 seconds longer between two polls from now on.");
    }
}
