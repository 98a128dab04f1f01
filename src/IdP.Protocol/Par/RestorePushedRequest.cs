using IdP.Protocol.Authorize;
using Microsoft.AspNetCore;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Par;

/// <summary>
/// A <c>request_uri</c> must be brought soon after the push (RFC 9126 2.2), while the person may take the time the pages need: what the browser brings
/// back from a page carries, sealed, that it came in time. The engine has just put the pushed parameters in the place of everything else in the address:
/// what stands beside a request_uri never counts (RFC 9101 6.3), and apps written by OpenID Connect Core 6.1 repeat a part of the request there.
/// </summary>
internal sealed class RestorePushedRequest(InteractionState state, IOptions<PushedAuthorizationOptions> options, TimeProvider clock) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessAuthenticationContext>()
        .UseSingletonHandler<RestorePushedRequest>().SetOrder(OpenIddictServerHandlers.RestoreParametersFromRequestToken.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    private static readonly string Restored = typeof(RestorePushedRequest).FullName!; // the type has a name

    /// <summary>Whether the request in hand is what was pushed; until then it is what anybody wrote into an address.</summary>
    public static bool IsRestored(OpenIddictServerTransaction transaction) => transaction.GetProperty<object>(Restored) is not null;

    public ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (context.EndpointType is not OpenIddictServerEndpointType.Authorization || context.RequestTokenPrincipal is not { } pushed) return default;

        if (!options.Value.Enabled)
        {
            context.Reject(Errors.RequestUriNotSupported, "Pushed authorization requests are switched off.");
            return default;
        }
        var pushedAt = pushed.GetCreationDate() ?? DateTimeOffset.MinValue;
        if (clock.GetUtcNow() - pushedAt > TimeSpan.FromSeconds(options.Value.Lifetime) && state.KnownStart(context.Transaction.GetHttpRequest(), InteractionState.Fingerprint(context.Request)) is null)
            context.Reject(Errors.InvalidRequestUri, "The request_uri has expired.");
        else
            context.Transaction.SetProperty(Restored, Restored);
        return default;
    }
}
