using System.Security.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Device;

/// <summary>
/// Device authorization request (RFC 8628 3.1): makes the grant that both codes belong to. It has no person yet; whoever allows it becomes its owner
/// (<see cref="DeviceRequests"/>).
/// </summary>
internal sealed class StartDeviceAuthorization(Catalog catalog, DbContext db, TimeProvider clock) : IOpenIddictServerHandler<HandleDeviceAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleDeviceAuthorizationRequestContext>()
        .UseScopedHandler<StartDeviceAuthorization>().SetOrder(int.MinValue + 100_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(HandleDeviceAuthorizationRequestContext context)
    {
        var client = await catalog.FindClientAsync(context.Request.ClientId!, context.CancellationToken) ?? throw new InvalidOperationException("The engine accepted an unknown client.");
        var scopes = context.Request.GetScopes();
        var grant = new Grant { ClientKey = client.Id, Scopes = [.. scopes], Type = AuthorizationTypes.AdHoc, CreatedAt = clock.GetUtcNow() };
        db.Set<Grant>().Add(grant);

        context.Principal = new ClaimsPrincipal(new ClaimsIdentity());
        context.Principal.SetScopes(scopes).SetAuthorizationId(grant.Id.ToString());
    }
}
