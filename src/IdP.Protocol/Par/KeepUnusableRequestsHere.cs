using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Par;

/// <summary>
/// A request_uri that is unknown, expired, used up or another client's ends on our own page: nothing that stands beside it in the address is proof of where
/// the person came from. It has one name then (RFC 9101 7), whatever the engine found.
/// </summary>
internal sealed class KeepUnusableRequestsHere : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyAuthorizationResponseContext>()
        .UseSingletonHandler<KeepUnusableRequestsHere>().SetOrder(Authentication.AttachRedirectUri.Descriptor.Order + 400).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (string.IsNullOrEmpty(context.Error) || !PushedRequests.Names(context.Request?.RequestUri)) return default;
        if (context.Error is Errors.InvalidToken)
        {
            context.Response.Error = Errors.InvalidRequestUri;
            context.Response.ErrorDescription = "The request_uri is unknown, has expired or was already used.";
        }
        if (AppliesTo(context)) context.RedirectUri = null;
        return default;
    }

    /// <summary>Whether the request could not be restored, or another visit with the same request_uri was faster.</summary>
    public static bool AppliesTo(ApplyAuthorizationResponseContext context) =>
        PushedRequests.Names(context.Request?.RequestUri) && (!RestorePushedRequest.IsRestored(context.Transaction) || context.Response.Error is Errors.InvalidRequestUri);
}
